package asl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
	if !ok || t.activity != "" {
		return nil, nil, workflow.ErrTaskGone
	}
	return f, t, nil
}

func (x *stepper) overdue(f *frame) bool {
	due := func(at millis) bool { return at != 0 && at <= x.now }
	return due(f.task.timeout) || due(f.task.heartbeat) || due(x.s.deadline)
}

func (x *stepper) taskSucceeded(e TaskSucceeded) error {
	if f := x.running(e.Entry, e.Attempt); f != nil {
		x.mapRunSucceeded(f, e.Output)
		return nil
	}
	f, t, err := x.awaiting(e.Entry, e.Attempt)
	if err != nil {
		return err
	}
	if t.waits() {
		return fmt.Errorf("asl: the task of state %q waits for more than its invocation; answer it with TaskSubmitted", f.state)
	}
	x.emitStarted(f, t, e.StartedAt)
	out, fail := x.checkAnswer(t, e.Output)
	if fail != nil {
		x.failTask(f, t, fail)
		return nil
	}
	x.succeedTask(f, t, x.result(f, t, out))
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
	if f := x.running(e.Entry, e.Attempt); f != nil {
		x.mapRunFailed(f, told(e.Error, e.Cause))
		return nil
	}
	f, t, err := x.awaiting(e.Entry, e.Attempt)
	if err != nil {
		return err
	}
	x.emitStarted(f, t, e.StartedAt)
	switch {
	case f.task != nil && f.task.event && !strings.HasPrefix(e.Error, "Lambda."):
		x.answerEvent(f, t) // the function was called, and nobody waits for what came of it
	case t.pattern == Sync || t.pattern == Sync2:
		x.emitFailed(f, t, workflow.EventTaskSubmitFailed, told(e.Error, e.Cause))
	default:
		x.failTask(f, t, told(e.Error, e.Cause))
	}
	return nil
}

// answerEvent goes on after an invocation that is not waited for.
func (x *stepper) answerEvent(f *frame, t *taskBody) {
	if t.waits() {
		x.submit(f, t, x.result(f, t, rawNull))
		return
	}
	x.succeedTask(f, t, x.result(f, t, rawNull))
}

func (x *stepper) taskSubmitted(e TaskSubmitted) error {
	f, t, err := x.awaiting(e.Entry, e.Attempt)
	if err != nil {
		return err
	}
	if !t.waits() {
		return fmt.Errorf("asl: the task of state %q waits for nothing more; answer its invocation with TaskSucceeded", f.state)
	}
	x.emitStarted(f, t, e.StartedAt)
	out, fail := x.checkAnswer(t, e.Output)
	if fail != nil {
		x.failTask(f, t, fail)
		return nil
	}
	if f.task != nil { // the execution may just have reached the end of its history
		f.task.child = e.Child
	}
	x.submit(f, t, x.result(f, t, out))
	return nil
}

func (x *stepper) submit(f *frame, t *taskBody, result json.RawMessage) {
	if f.task != nil {
		f.task.submitted = true
	}
	x.emit(f, workflow.EventTaskSubmitted, t.details(workflow.Details{Output: result}))
}

// timeOutTasks ends tasks that were not answered in time, all by the same instant.
// All of them are recorded before the first one's failure has its consequences, which
// may be that the others are aborted.
func (x *stepper) timeOutTasks(late []timer) {
	for _, t := range late {
		if !x.open() {
			return
		}
		x.emitStartedUnseen(t.frame, x.m.state(t.frame).body.(*taskBody))
	}
	for _, t := range late {
		if !x.open() {
			return
		}
		body := x.m.state(t.frame).body.(*taskBody)
		x.withdraw(t.frame)
		x.emit(t.frame, body.event(endedLate), body.details(workflow.Details{Error: workflow.ErrorTimeout}))
		t.frame.phase, t.frame.task, t.frame.unheard = phaseNone, nil, true
	}
	for _, t := range late {
		if t.frame.gone || !x.open() {
			continue
		}
		e := &failure{name: workflow.ErrorTimeout}
		if t.kind == timerHeartbeat {
			e.also = workflow.ErrorHeartbeatTimeout
		}
		x.endTask(t.frame, failed(e))
	}
}

// withdraw takes back what nobody waits for any more: an invocation, an offer, an
// execution that was started. One that this very step has asked for is not asked
// for at all.
func (x *stepper) withdraw(f *frame) {
	if f.phase != phaseTask {
		return
	}
	if f.task.submitted {
		if f.task.child != 0 {
			x.commands = append(x.commands, StopChild{Entry: f.entry, Child: f.task.child})
		}
		return
	}
	t, _ := x.m.state(f).body.(*taskBody)
	if t != nil && t.activity != "" && !f.task.offered {
		return // a worker has it; there is nothing to take back
	}
	asked := len(x.commands)
	x.commands = slices.DeleteFunc(x.commands, func(c Command) bool {
		switch c := c.(type) {
		case Invoke:
			return c.Entry == f.entry
		case Offer:
			return c.Entry == f.entry
		}
		return false
	})
	if len(x.commands) == asked {
		x.commands = append(x.commands, Withdraw{Entry: f.entry, Offer: f.task.offered})
	}
}
