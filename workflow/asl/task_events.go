package asl

import (
	"encoding/json"
	"time"

	"countersign/workflow"
)

// ending is how a task may end, as a choice of history event.
type ending uint8

const (
	endedWell ending = iota
	endedBadly
	endedLate
)

// endings are the events of functions by their ARNs, of activities and of integrations.
var endings = [...][3]workflow.EventType{
	endedWell:  {workflow.EventLambdaFunctionSucceeded, workflow.EventActivitySucceeded, workflow.EventTaskSucceeded},
	endedBadly: {workflow.EventLambdaFunctionFailed, workflow.EventActivityFailed, workflow.EventTaskFailed},
	endedLate:  {workflow.EventLambdaFunctionTimedOut, workflow.EventActivityTimedOut, workflow.EventTaskTimedOut},
}

func (t *taskBody) event(e ending) workflow.EventType {
	switch {
	case t.integration != nil:
		return endings[e][2]
	case t.activity != "":
		return endings[e][1]
	}
	return endings[e][0]
}

// details adds what every event of an integration's task says.
func (t *taskBody) details(d workflow.Details) workflow.Details {
	if t.integration != nil {
		d.Resource, d.ResourceType = t.action(), t.integration.service
	}
	return d
}

// emitStarted records when the function began, as far as that is believable.
func (x *stepper) emitStarted(f *frame, t *taskBody, at time.Time) {
	began := min(max(toMillis(at), f.task.scheduled), x.now)
	if at.IsZero() {
		began = f.task.scheduled
	}
	event := workflow.EventTaskStarted
	if t.integration == nil {
		event = workflow.EventLambdaFunctionStarted
	}
	x.emitAt(f, event, began.time(), t.details(workflow.Details{}))
}

// emitStartedUnseen records the beginning of a task that ends while its function
// still holds the answer: it was invoked when it was scheduled.
func (x *stepper) emitStartedUnseen(f *frame, t *taskBody) {
	if !f.task.submitted && t.activity == "" {
		x.emitStarted(f, t, time.Time{})
	}
}

func (x *stepper) succeedTask(f *frame, t *taskBody, result json.RawMessage) {
	x.emit(f, t.event(endedWell), t.details(workflow.Details{Output: result}))
	if x.probe != nil {
		x.probe.Result = result
	}
	s := x.m.state(f)
	out, fail := s.lang.result(&environment{x: x, f: f}, f.input, result)
	if fail != nil {
		x.endTask(f, failed(fail))
		return
	}
	x.endTask(f, verdict{leaves: true, output: out, next: s.next})
}

func (x *stepper) failTask(f *frame, t *taskBody, e *failure) {
	x.emitFailed(f, t, t.event(endedBadly), e)
}

func (x *stepper) emitFailed(f *frame, t *taskBody, event workflow.EventType, e *failure) {
	x.emit(f, event, t.details(workflow.Details{Error: e.name, Cause: e.cause}))
	x.endTask(f, failed(e))
}

// endTask takes the frame on; the task no longer waits.
func (x *stepper) endTask(f *frame, v verdict) {
	f.phase, f.task = phaseNone, nil
	x.proceed(f, v)
}
