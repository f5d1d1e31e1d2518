package models

import (
	"context"
	"errors"
	"fmt"
	"math"

	"countersign/workflow"
)

// CheckHistories says, in sentences, where an execution's history has a gap or does
// not end where its row says. None means that every history is whole. Executions may go on
// meanwhile, of other processes too.
func (s *Store) CheckHistories(ctx context.Context) (violations []string, err error) {
	const atOnce = 1000 // so that no query is open for as long as all of it takes
	for after, more := int64(math.MinInt64), true; more; {
		var rows []struct{ ID, LastEventID int64 }
		err := s.read(ctx).Raw(`SELECT id, last_event_id FROM executions WHERE id > ? ORDER BY id LIMIT ?`, after, atOnce).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("check histories: %w", err)
		}
		for _, row := range rows {
			wrong, err := s.checkHistory(ctx, workflow.ExecutionID(row.ID), row.LastEventID)
			if err != nil {
				return nil, err
			}
			violations, after = append(violations, wrong...), row.ID
		}
		more = len(rows) == atOnce
	}
	return violations, nil
}

func (s *Store) checkHistory(ctx context.Context, id workflow.ExecutionID, last int64) (violations []string, err error) {
	events, err := s.History(ctx, id, 0, 0)
	if errors.Is(err, errUnreadable) {
		return []string{fmt.Sprintf("Execution %d: its history cannot be read: %v.", id, err)}, nil
	}
	if err != nil {
		return nil, err
	}
	if n := int64(len(events)); n != last { // it has gone on since its row was read, or has left
		now, err := s.CountEvents(ctx, id)
		if err != nil || now == 0 {
			return nil, err
		}
		last = max(last, min(n, now))
	}
	return gaps(id, last, events), nil
}

func gaps(id workflow.ExecutionID, last int64, events []workflow.HistoryEvent) (violations []string) {
	for i, event := range events {
		if want := int64(i) + 1; event.ID != want {
			return append(violations, fmt.Sprintf("Execution %d: event %d stands where %d should.", id, event.ID, want))
		}
		if event.PreviousID >= event.ID {
			violations = append(violations, fmt.Sprintf("Execution %d: event %d follows event %d.", id, event.ID, event.PreviousID))
		}
	}
	if int64(len(events)) != last {
		violations = append(violations, fmt.Sprintf("Execution %d: its row counts %d events, its history has %d.", id, last, len(events)))
	}
	return violations
}
