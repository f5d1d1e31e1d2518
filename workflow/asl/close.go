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

// limitExecution starts the clock of the state machine's TimeoutSeconds.
func (x *stepper) limitExecution() {
	if x.m.timeout > 0 {
		x.s.deadline = x.now + millis(x.m.timeout)*1000
	}
}

func (x *stepper) timeOutExecution() {
	x.interrupt(workflow.EventExecutionTimedOut, workflow.TimedOut, workflow.ErrorTimeout, "")
}

func (x *stepper) stop(e Stop) {
	x.interrupt(workflow.EventExecutionAborted, workflow.Aborted, e.Error, e.Cause)
}

// interrupt ends the execution from outside its states: those that wait are aborted.
func (x *stepper) interrupt(t workflow.EventType, status workflow.ExecutionStatus, err, cause string) {
	x.s.root.each(func(f *frame) {
		if s := x.m.state(f); f.phase != phaseNone && x.s.last < workflow.MaxHistoryEvents-1 {
			x.write(f, s.kind.aborted, x.at, workflow.Details{Name: s.name})
		}
	})
	e := told(err, cause)
	x.write(x.s.root, t, x.at, workflow.Details{Error: e.name, Cause: e.cause})
	x.close(status)
	x.s.err, x.s.cause = e.name, e.cause
}
