package asl

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl/jsonata"
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
	weight   int // bytes of the events' payloads
	commands []Command
	ready    []*frame // whose states are entered next, in this order
	probe    *probe   // of a state under test

	pace        Pace
	effort      jsonata.Effort // of slow expressions
	spentBefore jsonata.Effort // of effort, before the present state
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
	x.weight += len(d.Input) + len(d.Output) + len(d.Parameters) + len(d.Cause)
	x.events = append(x.events, workflow.HistoryEvent{ID: x.s.last, PreviousID: f.prev, Type: t, At: at, Details: d})
	f.prev = x.s.last
	return x.s.last
}

// exhaust fails an execution whose history is full; the failure is its last event.
func (x *stepper) exhaust(f *frame) {
	x.closeFailed(f, &failure{
		name:  workflow.ErrorRuntime,
		cause: fmt.Sprintf("The execution reached the maximum number of history events (%d).", x.s.maxEvents()),
	})
}

// goTo puts a frame before a state: of what it was, only its place is left.
func (x *stepper) goTo(f *frame, s *state, input json.RawMessage) {
	*f = frame{
		parent: f.parent, index: f.index, item: f.item, itemEnd: f.itemEnd, vars: f.vars,
		state: s.name, entered: x.now, input: input, prev: f.prev, tries: f.tries[:0],
	}
}

// enter puts a frame into a state and begins its work.
func (x *stepper) enter(f *frame, s *state, input json.RawMessage) verdict {
	x.goTo(f, s, input)
	x.spentBefore = x.effort
	f.fresh, f.before = true, f.prev
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

// A step that grows beyond these bounds stops at the next entry into a state, and
// a Tick goes on: a loop that never waits, or a large Map, is neither to fill the
// memory nor to keep everybody else from the processor.
const (
	maxStepEvents = 4000
	maxStepBytes  = 8 << 20
	maxStepEffort = jsonata.MaxEffort / 20
)

func (x *stepper) spent() bool {
	return len(x.events) >= maxStepEvents || x.weight >= maxStepBytes || x.effort >= maxStepEffort
}

// proceed takes a frame on from state to state until it waits or has ended, and then
// the frame that waited for its end.
func (x *stepper) proceed(f *frame, v verdict) {
	for f != nil && x.open() {
		s := x.m.state(f)
		if v.leaves && v.failure == nil {
			v.failure = checkOutput(f, v.output)
		}
		switch {
		case v.failure != nil:
			f, v = x.recover(f, s, v.failure)
			continue
		case !v.leaves:
			return
		}
		x.emit(f, s.kind.exited, workflow.Details{Name: s.name, Output: v.output, Assigned: f.assign()})
		switch {
		case !x.open():
		case x.probe != nil:
			x.probe.leaves(v)
			return
		case v.next == nil:
			f, v = x.complete(f, v.output)
		case x.spent():
			x.goTo(f, v.next, v.output)
			f.phase, f.due = phaseReady, x.now
			return
		default:
			v = x.enter(f, v.next, v.output)
		}
	}
}

// run takes on the frames that have become ready.
func (x *stepper) run() {
	for len(x.ready) > 0 && x.open() && !x.spent() {
		f := x.ready[0]
		x.ready = x.ready[1:]
		if f.gone {
			continue
		}
		f.phase, f.due = phaseNone, 0
		x.proceed(x.resume(f))
	}
}

// resume enters the state that a frame stands before. If it was in the state before,
// it goes on there, with the input it had: a task is scheduled again within its state
// entry, so that its idempotency key stays; another state is entered again.
func (x *stepper) resume(f *frame) (*frame, verdict) {
	s := x.m.state(f)
	x.spentBefore = x.effort
	if f.group != nil {
		return x.resumeBranches(f, s)
	}
	if r, ok := s.body.(retryable); ok && f.entry != 0 {
		return f, r.again(x, f, s)
	}
	if f.input == nil {
		p := x.m.state(f.parent)
		input, fail := p.body.(branching).input(x, f.parent, f, p)
		if fail != nil {
			return x.fail(f, fail)
		}
		f.input = input
	}
	return f, x.enter(f, s, f.input)
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

// recover retries or catches a failure, or lets it end the frame. A retry is not
// recorded; that a state with branches has failed is.
func (x *stepper) recover(f *frame, s *state, e *failure) (*frame, verdict) {
	if x.probe != nil {
		e = x.probe.plain(f, e)
	}
	f.assigning = nil
	if e.evaluation {
		if x.emitEvaluationFailed(f, e); !x.open() {
			return nil, verdict{}
		}
	}
	if x.retry(f, s, e) {
		return nil, verdict{}
	}
	f.task = nil
	if e.inside && s.kind.failed != "" {
		x.emit(f, s.kind.failed, workflow.Details{})
		if !x.open() {
			return nil, verdict{}
		}
	}
	v, ok := x.catch(f, s, e)
	switch {
	case !ok:
		return x.fail(f, e)
	case v.failure != nil: // of the catcher itself
		if v.failure.evaluation {
			if x.emitEvaluationFailed(f, v.failure); !x.open() {
				return nil, verdict{}
			}
		}
		return x.fail(f, v.failure)
	}
	return f, v
}

// fail ends a frame without a result.
func (x *stepper) fail(f *frame, e *failure) (*frame, verdict) {
	if f.parent != nil {
		return x.branchFailed(f, e)
	}
	if s := x.m.state(f); x.probe != nil && s.within != nil {
		return x.probe.outwards(x, f, s.within, e)
	}
	x.closeFailed(f, e)
	return nil, verdict{}
}

// complete ends a frame that left a terminal state.
func (x *stepper) complete(f *frame, output json.RawMessage) (*frame, verdict) {
	if f.parent != nil {
		return x.branchSucceeded(f, output)
	}
	x.emit(f, workflow.EventExecutionSucceeded, workflow.Details{Output: output})
	if x.open() {
		x.close(workflow.Succeeded)
		x.s.output = output
		x.s.root = nil
	}
	return nil, verdict{}
}
