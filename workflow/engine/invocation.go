package engine

import (
	"cmp"
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
	repeated  bool               // it may have been called before, and nobody knows the answer
	drawn     *draws             // for the execution that it starts, the first time
}

// register notes a call as in flight; the execution's lock is held. perform must follow.
func (e *Engine) register(x *execution, key asl.Asked, c asl.Invoke) *invocation {
	v := &invocation{execution: x, command: c, info: x.row.ExecutionInfo}
	v.ctx, v.withdraw = context.WithCancel(e.base)
	if v.starts() {
		v.drawn = e.draw()
	}
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
			if i == 0 && n.command.Map == nil && !e.draining.Load() {
				v = n
				continue
			}
			e.assign(n)
		}
	}
}

// maxRefusals bounds how often a function may return effects that are refused.
const maxRefusals = 50

func (e *Engine) performOne(v *invocation) []*invocation {
	for refusals := 0; v.ctx.Err() == nil; refusals++ {
		event, effects := e.callable(v)
		if v.ctx.Err() != nil || event == nil {
			e.abandon(v, event)
			e.leave(v)
			return nil
		}
		if refusals == maxRefusals {
			event, effects = v.failed(e.now(), unexplained(v.command, "The facts changed every time the function read them; it gave up.")), nil
		}
		next, err := e.answer(v, event, effects)
		switch {
		case errors.Is(err, workflow.ErrEffectRefused):
			v.repeated = true
			continue
		case err != nil:
			e.abandon(v, event)
			e.leave(v)
			e.fireSoon(v.execution)
		}
		return next
	}
	return nil
}

// fireSoon has timers fired that are due already. The answer that came too late was the last to
// keep the execution in memory, and its lease would have to lapse first.
func (e *Engine) fireSoon(x *execution) {
	if at := x.wake.Load(); at == 0 || at > e.now().UnixMilli() || !x.leased.Load() || e.draining.Load() {
		return
	}
	e.mu.Lock()
	x.refs++
	e.mu.Unlock()
	e.due.push(func() { e.tick(x) })
}

// leave notes that a call comes to nothing because of a drain, so that the lease is given
// back when the execution is no longer in memory.
func (e *Engine) leave(v *invocation) {
	if !e.draining.Load() || !v.execution.leased.Load() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.left = append(e.left, v.execution.id)
}

// answer commits a function's answer, for as long as it takes: only refused effects, an
// execution that no longer wants the answer, a lost lease or a drain end the attempts.
func (e *Engine) answer(v *invocation, event asl.Event, effects []workflow.Effect) ([]*invocation, error) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		next, err := e.advance(v.ctx, e.queue, v.execution, event, effects)
		if err == nil || errors.Is(err, workflow.ErrEffectRefused) {
			return next, err
		}
		if unwanted(err) {
			return nil, err
		}
		if !errors.Is(err, errGivenUp) {
			e.trouble.Failed("an answer could not be committed; trying again", 1, err, "execution", v.info.ARN(), "state", v.command.State)
		}
		select {
		case <-time.After(e.dice.around(pause)):
		case <-v.ctx.Done():
			return nil, v.ctx.Err()
		case <-e.stop:
			return nil, ErrDraining
		}
	}
}

func unwanted(err error) bool {
	return errors.Is(err, workflow.ErrTaskGone) || errors.Is(err, workflow.ErrClosed) || errors.Is(err, errHeld)
}

// callable calls until the call could be made; event is nil when the engine drains
// first.
func (e *Engine) callable(v *invocation) (event asl.Event, effects []workflow.Effect) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		event, effects, err := e.call(v)
		if err == nil {
			return event, effects
		}
		if v.ctx.Err() == nil && !errors.Is(err, ErrDraining) {
			e.complain("calling "+v.command.Resource+" for execution "+v.info.ID.String(), err)
		}
		select {
		case <-time.After(e.dice.around(pause)):
		case <-v.ctx.Done():
			return nil, nil
		case <-e.stop:
			return nil, nil
		}
	}
}

// call performs the task and turns what is said into an event. An error means that
// nobody has said anything.
func (e *Engine) call(v *invocation) (asl.Event, []workflow.Effect, error) {
	e.stats.invocations.Add(1)
	e.stats.busy.Add(1)
	defer e.stats.busy.Add(-1)
	started := e.now()
	a, own, err := e.stepFunctions(v)
	if !own {
		a.Result, err = e.invoke(v)
	}
	var t *workflow.TaskError
	switch {
	case own && err != nil && !errors.As(err, &t):
		return nil, nil, err
	case err != nil:
		return v.failed(started, taskError(v.command, err)), a.Effects, nil
	}
	c := v.command
	if len(a.Output) == 0 {
		a.Output = []byte("null")
	}
	if c.Waits() {
		return asl.TaskSubmitted{Entry: c.Entry, Attempt: c.Attempt, StartedAt: started, Output: a.Output, Child: a.child}, a.Effects, nil
	}
	return asl.TaskSucceeded{Entry: c.Entry, Attempt: c.Attempt, StartedAt: started, Output: a.Output}, a.Effects, nil
}

func (v *invocation) failed(started time.Time, t *workflow.TaskError) asl.Event {
	return asl.TaskFailed{Entry: v.command.Entry, Attempt: v.command.Attempt, StartedAt: started, Error: t.Name, Cause: t.Cause}
}

func taskError(c asl.Invoke, err error) *workflow.TaskError {
	var t *workflow.TaskError
	if errors.As(err, &t) {
		return t
	}
	return unexplained(c, err.Error())
}

// unexplained is the failure of a task that has no name of its own.
func unexplained(c asl.Invoke, cause string) *workflow.TaskError {
	name := "Lambda.Unknown"
	if c.Function == "" {
		name = workflow.ErrorTaskFailed
	}
	return &workflow.TaskError{Name: name, Cause: cause}
}

func (e *Engine) invoke(v *invocation) (result workflow.Result, err error) {
	c := v.command
	defer func() {
		if p := recover(); p != nil {
			e.Logger.Error("a function panicked", "resource", c.Resource, "function", c.Function, "panic", p, "stack", string(debug.Stack()))
			result, err = workflow.Result{}, fmt.Errorf("%s panicked: %v", cmp.Or(c.Function, c.Resource), p)
		}
	}()
	return e.handler(c)(v.ctx, workflow.Call{
		Execution: v.info, State: c.State, Entry: c.Entry, Attempt: c.Attempt,
		Resource: c.Resource, Function: c.Function, Payload: c.Payload, Token: c.Token,
		IdempotencyKey: workflow.IdempotencyKey(v.info.ID, c.Entry),
		ScheduledAt:    c.ScheduledAt, Deadline: c.Deadline, Repeated: v.repeated || c.Unheard,
	})
}

// handler is who performs a call.
func (e *Engine) handler(c asl.Invoke) workflow.Handler {
	if c.Function == "" {
		if handler := e.Integrations[c.Resource]; handler != nil {
			return handler
		}
		return failing(workflow.ErrorTaskFailed, "The integration %s is not available here.", c.Resource)
	}
	if handler := e.Functions[c.Function]; handler != nil {
		return handler
	}
	if e.Fallback != nil {
		return e.Fallback
	}
	return failing("Lambda.ResourceNotFoundException",
		"Function not found: %s:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: %s; Proxy: null)",
		workflow.FunctionARN(c.Function), e.dice.uuid())
}

func failing(name, format string, args ...any) workflow.Handler {
	return func(context.Context, workflow.Call) (workflow.Result, error) {
		return workflow.Result{}, workflow.Failf(name, format, args...)
	}
}
