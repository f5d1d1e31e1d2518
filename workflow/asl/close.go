package asl

import (
	"countersign/workflow"
)

// close ends the execution. The frames stay in their states, waiting for nothing: a
// redrive goes on there.
func (x *stepper) close(status workflow.ExecutionStatus) {
	x.s.root.each(func(f *frame) {
		x.withdraw(f)
		f.phase, f.due, f.task, f.tries = phaseNone, 0, nil, nil
	})
	x.s.status, x.s.closed, x.s.deadline = status, x.now, 0
}

func (x *stepper) closeFailed(f *frame, e *failure) {
	x.write(f, workflow.EventExecutionFailed, x.at, workflow.Details{Error: e.name, Cause: e.cause})
	x.close(workflow.Failed)
	x.s.err, x.s.cause = e.name, e.cause
}

// maxExpress is how long an EXPRESS execution may last, in seconds.
const maxExpress = 300

// limitExecution starts the clock of the state machine's TimeoutSeconds.
func (x *stepper) limitExecution() {
	limit := x.m.timeout
	if x.s.kind == workflow.Express && (limit == 0 || limit > maxExpress) {
		limit = maxExpress
	}
	if limit > 0 {
		x.s.deadline = x.now + millis(limit)*1000
	}
}

// full says whether the history has no room for n more events.
func (x *stepper) full(n int64) bool {
	return x.s.kind != workflow.Express && x.s.last > workflow.MaxHistoryEvents-n
}

func (x *stepper) timeOutExecution() {
	x.interrupt(workflow.EventExecutionTimedOut, workflow.TimedOut, workflow.ErrorTimeout, "")
}

func (x *stepper) stop(e Stop) {
	x.interrupt(workflow.EventExecutionAborted, workflow.Aborted, e.Error, e.Cause)
}

// interrupt ends the execution from outside its states: those that wait are aborted,
// outer ones first.
func (x *stepper) interrupt(t workflow.EventType, status workflow.ExecutionStatus, err, cause string) {
	root := x.s.root
	root.each(func(f *frame) {
		if f.parent != nil {
			outer, index := x.m.state(f.parent), f.index
			x.abortAtEnd(f, outer.body.(branching).events().aborted, workflow.Details{Name: outer.name, Index: &index})
		}
		x.abortRun(f, x.abortAtEnd)
		if s := x.m.state(f); f.phase != phaseNone && f.entry != 0 {
			x.abortAtEnd(f, s.kind.aborted, workflow.Details{Name: s.name})
		}
	})
	root.prev = x.s.last
	e := told(err, cause)
	x.write(root, t, x.at, workflow.Details{Error: e.name, Cause: e.cause})
	x.close(status)
	x.s.err, x.s.cause = e.name, e.cause
}

// abortAtEnd leaves room for the execution's own last event.
func (x *stepper) abortAtEnd(f *frame, t workflow.EventType, d workflow.Details) {
	if t != "" && !x.full(2) {
		x.write(f, t, x.at, d)
	}
}
