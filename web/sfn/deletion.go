package sfn

import (
	"context"
	"errors"
	"strings"
	"time"

	"countersign/models"
	"countersign/workflow"
)

// deletionStore knows which state machines are being deleted, and what still runs of them.
type deletionStore interface {
	Deletions(ctx context.Context) ([]models.Deletion, error)
	OpenExecutions(ctx context.Context, machine string, after workflow.ExecutionID, limit int) ([]workflow.ExecutionID, error)
	HistoryBefore(ctx context.Context, id workflow.ExecutionID, before int64, limit int) ([]workflow.HistoryEvent, error)
	FinishDeletions(ctx context.Context) error
}

const (
	deletionEvery = time.Second
	deletionBatch = 500 // executions looked at in one go
)

// Run ends what state machines that are being deleted have left open, until ctx ends. Any
// number of servers may do so at the same time.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(deletionEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch err := s.AdvanceDeletions(ctx); {
		case err == nil:
			s.deleting.Worked()
		case ctx.Err() == nil:
			s.deleting.Failed("state machines are not deleted yet", 1, err)
		}
	}
}

// AdvanceDeletions stops the executions that have entered a state since their state machine
// began to be deleted, as the service does at the next state transition, and removes the state
// machines that have no open execution any more.
func (s *Service) AdvanceDeletions(ctx context.Context) error {
	deletions, err := s.Store.Deletions(ctx)
	if err != nil || len(deletions) == 0 {
		return err
	}
	for _, d := range deletions {
		if err := s.stopMoved(ctx, d); err != nil {
			return err
		}
	}
	return s.Store.FinishDeletions(ctx)
}

func (s *Service) stopMoved(ctx context.Context, d models.Deletion) error {
	var last workflow.ExecutionID
	for {
		ids, err := s.Store.OpenExecutions(ctx, d.StateMachine, last, deletionBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			moved, err := s.movedSince(ctx, id, d.Since)
			if err == nil && moved {
				err = s.Engine.StopExecution(ctx, id, "", "")
			}
			if err != nil && !errors.Is(err, workflow.ErrClosed) {
				return err
			}
		}
		last = ids[len(ids)-1]
	}
}

// movedSince says whether an execution has entered a state after a moment. Retries and
// heartbeats of a state that it is in do not count.
func (s *Service) movedSince(ctx context.Context, id workflow.ExecutionID, moment time.Time) (bool, error) {
	const page = 20
	for before := int64(0); ; {
		events, err := s.Store.HistoryBefore(ctx, id, before, page)
		if err != nil || len(events) == 0 {
			return false, err
		}
		for _, e := range events {
			if !e.At.After(moment) {
				return false, nil
			}
			if strings.HasSuffix(string(e.Type), "StateEntered") {
				return true, nil
			}
		}
		before = events[len(events)-1].ID
	}
}
