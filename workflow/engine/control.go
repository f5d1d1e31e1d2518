package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// SucceedTask answers a task that waits with a token (API: SendTaskSuccess). Errors:
// workflow.ErrTaskTokenInvalid, workflow.ErrTaskGone, workflow.ErrEffectRefused.
func (e *Engine) SucceedTask(ctx context.Context, token workflow.TaskToken, output json.RawMessage, effects ...workflow.Effect) error {
	return e.answerToken(ctx, token, asl.TokenSucceeded{Token: token, Output: output}, effects)
}

// FailTask fails a task that waits with a token (API: SendTaskFailure).
func (e *Engine) FailTask(ctx context.Context, token workflow.TaskToken, name, cause string, effects ...workflow.Effect) error {
	return e.answerToken(ctx, token, asl.TokenFailed{Token: token, Error: name, Cause: cause}, effects)
}

// HeartbeatTask says that whoever holds the token is still at it (API: SendTaskHeartbeat).
func (e *Engine) HeartbeatTask(ctx context.Context, token workflow.TaskToken) error {
	return e.answerToken(ctx, token, asl.TokenHeartbeat{Token: token}, nil)
}

func (e *Engine) answerToken(ctx context.Context, token workflow.TaskToken, event asl.Event, effects []workflow.Effect) error {
	id, err := asl.TokenExecution(token)
	if err != nil {
		return err
	}
	err = e.control(ctx, id, event, effects)
	if errors.Is(err, workflow.ErrNotFound) || errors.Is(err, workflow.ErrClosed) {
		return workflow.ErrTaskGone
	}
	return err
}

// TakeTask gives the oldest task that an activity offers to a worker (API:
// GetActivityTask, without the waiting); ok is false when there is none.
func (e *Engine) TakeTask(ctx context.Context, activity workflow.ARN, worker string) (o workflow.Offer, ok bool, err error) {
	for range offerRounds {
		offers, err := e.Store.Offers(ctx, activity, offersAtOnce)
		if err != nil || len(offers) == 0 {
			return workflow.Offer{}, false, err
		}
		for _, o := range offers {
			switch err := e.take(ctx, o, worker); {
			case err == nil:
				return o, true, nil
			case !errors.Is(err, workflow.ErrTaskGone): // to a quicker worker
				return workflow.Offer{}, false, err
			}
		}
	}
	return workflow.Offer{}, false, nil
}

const (
	offersAtOnce = 16  // how many offers a worker tries before it looks again
	offerRounds  = 100 // how often it looks, when others are always quicker
)

func (e *Engine) take(ctx context.Context, o workflow.Offer, worker string) error {
	if e.draining.Load() {
		return ErrDraining
	}
	x := e.hold(o.Execution)
	defer e.release(x)
	next, err := e.advance(ctx, nil, x, asl.ActivityStarted{Token: o.Token, Worker: worker}, nil)
	e.enqueue(next)
	if errors.Is(err, workflow.ErrNotFound) || errors.Is(err, workflow.ErrClosed) || errors.Is(err, workflow.ErrTaskTokenInvalid) {
		return workflow.ErrTaskGone
	}
	return err
}

// StopExecution aborts an open execution; nothing of it is undone (API: StopExecution).
// Errors: workflow.ErrNotFound, workflow.ErrClosed.
func (e *Engine) StopExecution(ctx context.Context, id workflow.ExecutionID, name, cause string, effects ...workflow.Effect) error {
	return e.control(ctx, id, asl.Stop{Error: name, Cause: cause}, effects)
}

// Redrive lets a failed, timed-out or aborted execution go on at the state that did
// not succeed (API: RedriveExecution). Errors: workflow.ErrNotFound, workflow.ErrNotRedrivable.
func (e *Engine) Redrive(ctx context.Context, id workflow.ExecutionID, effects ...workflow.Effect) error {
	return e.control(ctx, id, asl.Redrive{}, effects)
}

// control applies an event from outside. A redrive waits, until ctx ends, for the engine that has
// to tell a parent of the end first.
func (e *Engine) control(ctx context.Context, id workflow.ExecutionID, event asl.Event, effects []workflow.Effect) error {
	x := e.hold(id)
	defer e.release(x)
	defer x.hurry(event)()
	for {
		if e.draining.Load() {
			return ErrDraining
		}
		next, err := e.advance(ctx, nil, x, event, effects)
		e.enqueue(next)
		if !errors.Is(err, errHeld) && !errors.Is(err, errGivenUp) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		case <-time.After(e.Poll):
		}
	}
}
