package asl

import (
	"countersign/workflow"
)

// close ends the execution. The frames stay in their states, waiting for nothing: a
// redrive goes on there.
func (x *stepper) close(status workflow.ExecutionStatus) {
	x.s.root.each(func(f *frame) {
		x.withdraw(f)
		f.unheard = f.unheard || f.phase == phaseTask
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
	return x.s.last > x.s.maxEvents()-n
}

// maxExpressEvents ends an EXPRESS execution that would fill the disk: the service,
// which keeps no history of such executions, has no limit.
const maxExpressEvents = 1_000_000

func (s *Snapshot) maxEvents() int64 {
	if s.kind == workflow.Express {
		return maxExpressEvents
	}
	return workflow.MaxHistoryEvents
}

func (x *stepper) timeOutExecution() {
	x.interrupt(workflow.EventExecutionTimedOut, workflow.TimedOut, workflow.ErrorTimeout, "")
}

func (x *stepper) stop(e Stop) {
	x.interrupt(workflow.EventExecutionAborted, workflow.Aborted, e.Error, e.Cause)
}

// interrupt ends the execution from outside its states. As in the service, its one
// event follows nothing, and the states that are cut off have none of their own. Only
// the event says that time has run out: the execution itself has no error then.
func (x *stepper) interrupt(t workflow.EventType, status workflow.ExecutionStatus, err, cause string) {
	x.s.root.each(func(f *frame) { x.abortRun(f, x.abortAtEnd) })
	e := told(err, cause)
	x.s.root.prev = 0
	x.write(x.s.root, t, x.at, workflow.Details{Error: e.name, Cause: e.cause})
	x.close(status)
	if status == workflow.Aborted {
		x.s.err, x.s.cause = e.name, e.cause
	}
}

// abortAtEnd leaves room for the execution's own last event.
func (x *stepper) abortAtEnd(f *frame, t workflow.EventType, d workflow.Details) {
	if t != "" && !x.full(2) {
		x.write(f, t, x.at, d)
	}
}
