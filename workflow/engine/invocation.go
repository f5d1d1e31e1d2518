package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// invocation is one call of a function that an execution waits for.
type invocation struct {
	execution *execution
	command   asl.Invoke
	info      workflow.ExecutionInfo
	ctx       context.Context
	withdraw  context.CancelFunc // the answer is no longer wanted
}

type invocationKey struct {
	entry   workflow.EntryID
	attempt int
}

func keyOf(c asl.Invoke) invocationKey { return invocationKey{c.Entry, c.Attempt} }

// register notes a call as in flight; the execution's lock is held. perform must follow.
func (e *Engine) register(x *execution, key invocationKey, c asl.Invoke) *invocation {
	v := &invocation{execution: x, command: c, info: x.row.ExecutionInfo}
	v.ctx, v.withdraw = context.WithCancel(e.base)
	x.inflight[key] = v
	e.mu.Lock()
	x.refs++
	e.mu.Unlock()
	return v
}

// perform calls a function, commits its answer, and goes straight on with the next
// function of the same execution; others go through the queue. It stops early when
// the engine drains: the rest is outstanding in the store.
func (e *Engine) perform(v *invocation) {
	for v != nil {
		next := e.performOne(v)
		v.withdraw()
		e.release(v.execution)
		v = nil
		for i, n := range next {
			if i == 0 && !e.draining.Load() {
				v = n
				continue
			}
			e.queue.push(func() { e.perform(n) })
		}
	}
}

// maxRefusals bounds how often a function may return effects that are refused.
const maxRefusals = 50

func (e *Engine) performOne(v *invocation) []*invocation {
	for refusals := 0; v.ctx.Err() == nil; refusals++ {
		event, effects := e.call(v)
		if v.ctx.Err() != nil {
			return nil
		}
		if refusals == maxRefusals {
			event, effects = v.failed(e.now(), &workflow.TaskError{Name: "Lambda.Unknown",
				Cause: "The facts changed every time the function read them; it gave up."}), nil
		}
		next, err := e.answer(v, event, effects)
		if errors.Is(err, workflow.ErrEffectRefused) {
			continue
		}
		return next
	}
	return nil
}

// answer commits a function's answer, for as long as it takes: only an execution
// that no longer wants the answer, a lost lease or a drain ends the attempts.
func (e *Engine) answer(v *invocation, event asl.Event, effects []workflow.Effect) ([]*invocation, error) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		next, err := e.advance(v.ctx, v.execution, event, effects)
		if err == nil || errors.Is(err, workflow.ErrEffectRefused) {
			return next, err
		}
		if unwanted(err) {
			return nil, nil
		}
		e.Logger.Error("an answer could not be committed; trying again", "execution", v.info.ARN(), "state", v.command.State, "error", err)
		select {
		case <-time.After(pause):
		case <-v.ctx.Done():
			return nil, nil
		case <-e.stop:
			return nil, nil
		}
	}
}

func unwanted(err error) bool {
	return errors.Is(err, workflow.ErrTaskGone) || errors.Is(err, workflow.ErrClosed) || errors.Is(err, errHeld)
}

// call performs the function and turns what it says into an event.
func (e *Engine) call(v *invocation) (asl.Event, []workflow.Effect) {
	e.stats.invocations.Add(1)
	e.stats.busy.Add(1)
	defer e.stats.busy.Add(-1)
	started := e.now()
	result, err := e.invoke(v)
	if err != nil {
		return v.failed(started, taskError(err)), result.Effects
	}
	c := v.command
	if len(result.Output) == 0 {
		result.Output = []byte("null")
	}
	if c.Token != "" {
		return asl.TaskSubmitted{Entry: c.Entry, Attempt: c.Attempt, StartedAt: started, Output: result.Output}, result.Effects
	}
	return asl.TaskSucceeded{Entry: c.Entry, Attempt: c.Attempt, StartedAt: started, Output: result.Output}, result.Effects
}

func (v *invocation) failed(started time.Time, t *workflow.TaskError) asl.Event {
	return asl.TaskFailed{Entry: v.command.Entry, Attempt: v.command.Attempt, StartedAt: started, Error: t.Name, Cause: t.Cause}
}

func taskError(err error) *workflow.TaskError {
	var t *workflow.TaskError
	if errors.As(err, &t) {
		return t
	}
	return &workflow.TaskError{Name: "Lambda.Unknown", Cause: err.Error()}
}

func (e *Engine) invoke(v *invocation) (result workflow.Result, err error) {
	c := v.command
	handler := e.Functions[c.Function]
	if handler == nil {
		return workflow.Result{}, workflow.Failf("Lambda.ResourceNotFoundException", "Function not found: %s", workflow.FunctionARN(c.Function))
	}
	defer func() {
		if p := recover(); p != nil {
			e.Logger.Error("a function panicked", "function", c.Function, "panic", p, "stack", string(debug.Stack()))
			result, err = workflow.Result{}, fmt.Errorf("function %s panicked: %v", c.Function, p)
		}
	}()
	return handler(v.ctx, workflow.Call{
		Execution: v.info, State: c.State, Entry: c.Entry, Attempt: c.Attempt,
		Function: c.Function, Payload: c.Payload, Token: c.Token,
		IdempotencyKey: workflow.IdempotencyKey(v.info.ID, c.Entry),
		ScheduledAt:    c.ScheduledAt, Deadline: c.Deadline,
	})
}
