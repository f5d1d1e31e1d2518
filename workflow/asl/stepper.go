package asl

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"countersign/workflow"
)

// Seed is fresh randomness for one step: task tokens and jitter are drawn from it.
type Seed [32]byte

// stepper is one step in progress. It owns the snapshot that it changes.
type stepper struct {
	m        *StateMachine
	s        *Snapshot
	now      millis
	at       time.Time // now, to the millisecond
	seed     Seed
	random   *rand.ChaCha8 // made of seed when first drawn from
	events   []workflow.HistoryEvent
	commands []Command
	probe    *probe // of a state under test
}

func newStepper(m *StateMachine, s *Snapshot, now time.Time, seed Seed) *stepper {
	x := &stepper{m: m, s: s, now: toMillis(now), seed: seed}
	x.at = x.now.time()
	return x
}

func (x *stepper) outcome() Outcome {
	return Outcome{Snapshot: x.s, Events: x.events, Commands: x.commands}
}

func (x *stepper) open() bool { return x.s.status == workflow.Running }

// draw is the step's source of randomness.
func (x *stepper) draw() *rand.ChaCha8 {
	if x.random == nil {
		x.random = rand.NewChaCha8(x.seed)
	}
	return x.random
}

// emit appends a history event that follows the frame's last one.
func (x *stepper) emit(f *frame, t workflow.EventType, d workflow.Details) int64 {
	return x.emitAt(f, t, x.at, d)
}

func (x *stepper) emitAt(f *frame, t workflow.EventType, at time.Time, d workflow.Details) int64 {
	if !x.open() {
		return 0
	}
	if x.full(2) {
		x.exhaust(f)
		return 0
	}
	return x.write(f, t, at, d)
}

func (x *stepper) write(f *frame, t workflow.EventType, at time.Time, d workflow.Details) int64 {
	x.s.last++
	if x.events == nil {
		x.events = make([]workflow.HistoryEvent, 0, 6)
	}
	x.events = append(x.events, workflow.HistoryEvent{ID: x.s.last, PreviousID: f.prev, Type: t, At: at, Details: d})
	f.prev = x.s.last
	return x.s.last
}

// exhaust fails an execution whose history is full; the failure is its last event.
func (x *stepper) exhaust(f *frame) {
	x.closeFailed(f, &failure{
		name:  workflow.ErrorRuntime,
		cause: fmt.Sprintf("The execution reached the maximum number of history events (%d).", workflow.MaxHistoryEvents),
	})
}

// enter puts a frame into a state and begins its work.
func (x *stepper) enter(f *frame, s *state, input json.RawMessage) verdict {
	*f = frame{
		parent: f.parent, index: f.index, vars: f.vars,
		state: s.name, entered: x.now, input: input, prev: f.prev, tries: f.tries[:0],
	}
	f.entry = workflow.EntryID(x.emit(f, s.kind.entered, workflow.Details{Name: s.name, Input: input}))
	if !x.open() {
		return verdict{}
	}
	return s.body.begin(x, f, s)
}

// leave makes the verdict of a state without a result, as Wait and Succeed are.
func (x *stepper) leave(f *frame, s *state, input json.RawMessage) verdict {
	out, fail := s.lang.output(&environment{x: x, f: f}, input)
	if fail != nil {
		return failed(fail)
	}
	return verdict{leaves: true, output: out, next: s.next}
}

// proceed takes a frame on from state to state until it waits or has ended.
func (x *stepper) proceed(f *frame, v verdict) {
	for x.open() {
		s := x.m.state(f)
		if v.leaves && v.failure == nil {
			v.failure = checkOutput(f, v.output)
		}
		switch {
		case v.failure != nil:
			v = x.recover(f, s, v.failure)
		case !v.leaves:
			return
		default:
			x.emit(f, s.kind.exited, workflow.Details{Name: s.name, Output: v.output})
			if x.probe != nil {
				x.probe.leaves(v)
				return
			}
			if v.next == nil {
				x.complete(f, v.output)
				return
			}
			if x.open() {
				v = x.enter(f, v.next, v.output)
			}
		}
	}
}

// checkOutput refuses an output that has grown beyond the limits.
func checkOutput(f *frame, output []byte) *failure {
	switch {
	case len(output) > workflow.MaxPayload:
		return tooLarge(f.state)
	case deep(output):
		return runtimeFailure(f, "The state's output nests deeper than %d levels.", maxPayloadNesting)
	}
	return nil
}

func tooLarge(what string) *failure {
	return &failure{
		name:  workflow.ErrorDataLimitExceeded,
		cause: fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", what),
	}
}

// recover retries or catches a failure, or lets it end the execution.
func (x *stepper) recover(f *frame, s *state, e *failure) verdict {
	if x.probe != nil {
		e = x.probe.plain(f, e)
	}
	if v, ok := x.retry(f, s, e); ok {
		return v
	}
	f.task = nil
	if v, ok := x.catch(f, s, e); ok {
		return v
	}
	if x.probe != nil && s.within != nil {
		return x.probe.outwards(x, f, s.within, e)
	}
	x.closeFailed(f, e)
	return verdict{}
}

// complete ends a frame that left a terminal state.
func (x *stepper) complete(f *frame, output json.RawMessage) {
	if !x.open() {
		return
	}
	x.emit(f, workflow.EventExecutionSucceeded, workflow.Details{Output: output})
	if !x.open() {
		return
	}
	x.close(workflow.Succeeded)
	x.s.output = output
	x.s.root = nil
}
