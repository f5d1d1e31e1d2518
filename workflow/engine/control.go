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

// StartRequest starts an execution of the latest version of a state machine.
type StartRequest struct {
	StateMachine string
	Name         string
	Input        json.RawMessage
	// Effects commit together with the creation of the execution. May be nil.
	Effects func(workflow.ExecutionID) []workflow.Effect
}

// StartExecution creates an execution and sets it going; when it returns nil, that is
// on disk. When an execution of this name exists, its info comes with
// workflow.ErrExists (same input) or workflow.ErrConflict (another input), and
// nothing was changed. workflow.ErrEffectRefused changes nothing either.
func (e *Engine) StartExecution(ctx context.Context, r StartRequest) (workflow.ExecutionInfo, error) {
	if e.draining.Load() {
		return workflow.ExecutionInfo{}, ErrDraining
	}
	machine, version, err := e.machines.get(ctx, r.StateMachine, 0)
	if err != nil {
		return workflow.ExecutionInfo{}, err
	}
	now := e.now()
	x := e.hold(e.ids.next(now))
	defer e.release(x)
	info, next, err := e.create(ctx, x, machine, version, now, r)
	e.enqueue(next)
	if errors.Is(err, workflow.ErrExists) || errors.Is(err, workflow.ErrConflict) {
		existing, findErr := e.Store.Find(ctx, r.StateMachine, r.Name)
		return existing, errors.Join(err, findErr)
	}
	return info, err
}

func (e *Engine) create(ctx context.Context, x *execution, machine *asl.StateMachine, version int64, now time.Time, r StartRequest) (workflow.ExecutionInfo, []*invocation, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	out, err := machine.Start(asl.Start{ID: x.id, Name: r.Name, StateMachine: r.StateMachine, Version: version,
		RoleARN: roleARN, Input: r.Input}, now, seed())
	if err != nil {
		return workflow.ExecutionInfo{}, nil, err
	}
	x.machine = machine
	x.row = workflow.Row{ExecutionInfo: workflow.ExecutionInfo{ID: x.id, Name: r.Name, StateMachine: r.StateMachine,
		Version: version, Status: workflow.Running, Input: r.Input, StartedAt: now}}
	var effects []workflow.Effect
	if r.Effects != nil {
		effects = r.Effects(x.id)
	}
	commit := e.commitFor(x, out, now, effects)
	if err := e.Store.Commit(context.WithoutCancel(ctx), commit); err != nil {
		return workflow.ExecutionInfo{}, nil, fmt.Errorf("start execution %s: %w", x.row.ARN(), err)
	}
	return commit.Info, e.committed(x, commit, out), nil
}

// roleARN stands where AWS has the role that a state machine assumes; there are no roles here.
const roleARN = "arn:aws:iam::" + workflow.Account + ":role/countersign"

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

// control applies an event from outside; while another engine holds the execution
// it waits until ctx ends.
func (e *Engine) control(ctx context.Context, id workflow.ExecutionID, event asl.Event, effects []workflow.Effect) error {
	x := e.hold(id)
	defer e.release(x)
	for {
		if e.draining.Load() {
			return ErrDraining
		}
		next, err := e.advance(ctx, x, event, effects)
		e.enqueue(next)
		if !errors.Is(err, errHeld) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		case <-time.After(e.Poll):
		}
	}
}
