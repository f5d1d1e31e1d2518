package asl

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"countersign/workflow"
)

// awaiting finds the frame whose task waits for the answer of an invocation. An
// answer that comes at the deadline or later comes too late, even before the timer
// was fired: who is first must not depend on when somebody looks.
func (x *stepper) awaiting(entry workflow.EntryID, attempt int) (*frame, *taskBody, error) {
	f := x.s.root.find(entry)
	if !x.open() || f == nil || f.phase != phaseTask || f.attempt != attempt || f.task.submitted || x.overdue(f) {
		return nil, nil, workflow.ErrTaskGone
	}
	t, ok := x.m.state(f).body.(*taskBody)
	if !ok {
		return nil, nil, workflow.ErrTaskGone
	}
	return f, t, nil
}

func (x *stepper) overdue(f *frame) bool {
	due := func(at millis) bool { return at != 0 && at <= x.now }
	return due(f.task.timeout) || due(f.task.heartbeat) || due(x.s.deadline)
}

// bearing finds the frame whose task waits for a token.
func (x *stepper) bearing(token workflow.TaskToken) (*frame, *taskBody, error) {
	id, entry, err := readToken(token)
	if err != nil || id != x.s.id {
		return nil, nil, workflow.ErrTaskTokenInvalid
	}
	f := x.s.root.find(entry)
	if !x.open() || f == nil || f.phase != phaseTask || x.overdue(f) ||
		subtle.ConstantTimeCompare([]byte(f.task.token), []byte(token)) != 1 {
		return nil, nil, workflow.ErrTaskGone
	}
	t, ok := x.m.state(f).body.(*taskBody)
	if !ok {
		return nil, nil, workflow.ErrTaskGone
	}
	return f, t, nil
}

func (x *stepper) taskSucceeded(e TaskSucceeded) error {
	f, t, err := x.awaiting(e.Entry, e.Attempt)
	if err != nil {
		return err
	}
	if t.token {
		return fmt.Errorf("asl: the task of state %q waits for its token; answer its invocation with TaskSubmitted", f.state)
	}
	x.emitStarted(f, t, e.StartedAt)
	out, fail := x.checkAnswer(t, e.Output)
	if fail != nil {
		x.failTask(f, t, fail)
		return nil
	}
	x.succeedTask(f, t, t.result(out))
	return nil
}

// checkAnswer turns what a function may not answer into a failure of its task.
func (x *stepper) checkAnswer(t *taskBody, output json.RawMessage) (json.RawMessage, *failure) {
	output = trim(output)
	if len(output) == 0 {
		return rawNull, nil
	}
	if len(output) > workflow.MaxPayload {
		return nil, tooLarge(t.resource)
	}
	if !json.Valid(output) {
		return nil, &failure{name: "Lambda.Unknown", cause: "The function's answer is not JSON."}
	}
	if deep(output) {
		return nil, &failure{name: "Lambda.Unknown", cause: "The function's answer nests too deep."}
	}
	return output, nil
}

func (x *stepper) taskFailed(e TaskFailed) error {
	f, t, err := x.awaiting(e.Entry, e.Attempt)
	if err != nil {
		return err
	}
	x.emitStarted(f, t, e.StartedAt)
	x.failTask(f, t, told(e.Error, e.Cause))
	return nil
}

func (x *stepper) taskSubmitted(e TaskSubmitted) error {
	f, t, err := x.awaiting(e.Entry, e.Attempt)
	if err != nil {
		return err
	}
	if !t.token {
		return fmt.Errorf("asl: the task of state %q has no token; answer its invocation with TaskSucceeded", f.state)
	}
	x.emitStarted(f, t, e.StartedAt)
	out, fail := x.checkAnswer(t, e.Output)
	if fail != nil {
		x.failTask(f, t, fail)
		return nil
	}
	if f.task != nil { // the execution may just have reached the end of its history
		f.task.submitted = true
	}
	x.emit(f, workflow.EventTaskSubmitted, t.details(workflow.Details{
		Output: (&taskBody{integration: true}).result(out),
	}))
	return nil
}

func (x *stepper) tokenSucceeded(e TokenSucceeded) error {
	f, t, err := x.bearing(e.Token)
	if err != nil {
		return err
	}
	out := trim(e.Output)
	if err := checkPayload(out); err != nil {
		return fmt.Errorf("%w: %v", ErrInvalidOutput, err)
	}
	x.emitStartedUnseen(f, t)
	x.withdraw(f) // the token came before the function's own answer
	x.succeedTask(f, t, out)
	return nil
}

func (x *stepper) tokenFailed(e TokenFailed) error {
	f, t, err := x.bearing(e.Token)
	if err != nil {
		return err
	}
	x.emitStartedUnseen(f, t)
	x.withdraw(f)
	x.failTask(f, t, told(e.Error, e.Cause))
	return nil
}

func (x *stepper) tokenHeartbeat(e TokenHeartbeat) error {
	f, _, err := x.bearing(e.Token)
	if err != nil {
		return err
	}
	if f.task.heartbeatMS > 0 {
		f.task.heartbeat = x.now + f.task.heartbeatMS
	}
	return nil
}

// timeOutTask ends a task that was not answered in time.
func (x *stepper) timeOutTask(f *frame, e *failure) {
	t := x.m.state(f).body.(*taskBody)
	x.emitStartedUnseen(f, t)
	x.withdraw(f)
	event := workflow.EventTaskTimedOut
	if !t.integration {
		event = workflow.EventLambdaFunctionTimedOut
	}
	x.emit(f, event, t.details(workflow.Details{Error: e.name, Cause: e.cause}))
	x.endTask(f, failed(e))
}

// emitStarted records when the function began, as far as that is believable.
func (x *stepper) emitStarted(f *frame, t *taskBody, at time.Time) {
	began := min(max(toMillis(at), f.task.scheduled), x.now)
	if at.IsZero() {
		began = f.task.scheduled
	}
	event := workflow.EventTaskStarted
	if !t.integration {
		event = workflow.EventLambdaFunctionStarted
	}
	x.emitAt(f, event, began.time(), t.details(workflow.Details{}))
}

// emitStartedUnseen records the beginning of a task that ends while its function
// still holds the answer: it was invoked when it was scheduled.
func (x *stepper) emitStartedUnseen(f *frame, t *taskBody) {
	if !f.task.submitted {
		x.emitStarted(f, t, time.Time{})
	}
}

// details adds what every event of an integration's task says.
func (t *taskBody) details(d workflow.Details) workflow.Details {
	if t.integration {
		d.Resource, d.ResourceType = t.action(), "lambda"
	}
	return d
}

func (x *stepper) succeedTask(f *frame, t *taskBody, result json.RawMessage) {
	event := workflow.EventTaskSucceeded
	if !t.integration {
		event = workflow.EventLambdaFunctionSucceeded
	}
	x.emit(f, event, t.details(workflow.Details{Output: result}))
	s := x.m.state(f)
	out, fail := s.lang.result(&environment{x: x, f: f}, f.input, result)
	if fail != nil {
		x.endTask(f, failed(fail))
		return
	}
	x.endTask(f, verdict{leaves: true, output: out, next: s.next})
}

func (x *stepper) failTask(f *frame, t *taskBody, e *failure) {
	event := workflow.EventTaskFailed
	if !t.integration {
		event = workflow.EventLambdaFunctionFailed
	}
	x.emit(f, event, t.details(workflow.Details{Error: e.name, Cause: e.cause}))
	x.endTask(f, failed(e))
}

// endTask takes the frame on; the task no longer waits.
func (x *stepper) endTask(f *frame, v verdict) {
	f.phase, f.task = phaseNone, nil
	x.proceed(f, v)
}

// withdraw takes back an invocation that nobody waits for any more. One that this
// very step has asked for is not asked for at all.
func (x *stepper) withdraw(f *frame) {
	if f.phase != phaseTask || f.task.submitted {
		return
	}
	asked := len(x.commands)
	x.commands = slices.DeleteFunc(x.commands, func(c Command) bool {
		inv, ok := c.(Invoke)
		return ok && inv.Entry == f.entry
	})
	if len(x.commands) == asked {
		x.commands = append(x.commands, Withdraw{Entry: f.entry})
	}
}
