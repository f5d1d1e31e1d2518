package asl

import (
	"encoding/json"
	"slices"

	"countersign/workflow"
)

// branching is the body of a state whose work is done by states of its own: Parallel
// and Map. What is the same for both is in this file.
//
// The events of a branch lead from one to the next, beginning with the state's
// …Started event or the MapIterationStarted of the iteration. What the state itself
// records of a branch stands beside that chain: the next iteration follows the last
// event within the one before, not its MapIterationSucceeded.
type branching interface {
	retryable
	// scope is the set of states that the branch or iteration number index runs through.
	scope(s *state, index int) *scope
	// input is what a branch or iteration that is about to begin is given, if it has
	// not been given it before.
	input(x *stepper, f, child *frame, s *state) (json.RawMessage, *failure)
	events() branchEvents
}

// branchEvents are what a state records of each of its branches; empty for nothing.
type branchEvents struct {
	started, succeeded, failed, aborted workflow.EventType
}

// note records something of a branch beside its chain of events.
func (x *stepper) note(prev int64, t workflow.EventType, f *frame, child *frame) int64 {
	if t == "" {
		return prev
	}
	index := child.index
	return x.emit(&frame{prev: prev}, t, workflow.Details{Name: f.state, Index: &index})
}

// fill begins branches until there are as many as may be active at the same time.
func (x *stepper) fill(f *frame, s *state, prev int64) {
	b := s.body.(branching)
	if f.group.next == 0 && x.events != nil {
		x.events = slices.Grow(x.events, min(maxStepEvents, 4*f.group.length))
	}
	for g := f.group; x.open() && g.next < g.length && len(f.children) < g.limit; g.next++ {
		child := &frame{
			parent: f, index: g.next, state: b.scope(s, g.next).start.name, entered: x.now,
			phase: phaseReady, due: x.now, input: g.given,
		}
		if g.items != nil {
			child.item, child.itemEnd = g.item()
		}
		if child.prev = x.note(prev, b.events().started, f, child); !x.open() {
			return // that was one event too many
		}
		f.children = append(f.children, child)
		x.ready = append(x.ready, child)
	}
	if x.open() && len(f.children) > 0 {
		f.phase = phaseChildren
	}
}

// begun ends the beginning of a state with branches: there may be none at all.
func (x *stepper) begun(f *frame, s *state) verdict {
	if x.probe != nil {
		return x.probe.mockBranches(x, f, s)
	}
	if !x.open() {
		return verdict{}
	}
	if x.fill(f, s, f.group.began); len(f.children) > 0 || !x.open() {
		return verdict{}
	}
	return x.join(f, s)
}

// branchSucceeded takes a branch's result, begins the next branch, and ends the
// state's work after the last one.
func (x *stepper) branchSucceeded(child *frame, output json.RawMessage) (*frame, verdict) {
	f := child.parent
	s := x.m.state(f)
	last := x.note(child.prev, s.body.(branching).events().succeeded, f, child)
	f.group.keep(child.index, output)
	return x.branchEnded(f, s, child, last)
}

func (x *stepper) branchEnded(f *frame, s *state, child *frame, last int64) (*frame, verdict) {
	f.children = slices.DeleteFunc(f.children, func(c *frame) bool { return c == child })
	child.gone = true
	x.fill(f, s, child.prev)
	if len(f.children) > 0 || !x.open() {
		return nil, verdict{}
	}
	f.prev = last
	return f, x.join(f, s)
}

// join makes the state's result of those of its branches.
func (x *stepper) join(f *frame, s *state) verdict {
	g := f.group
	f.phase, f.group = phaseNone, nil
	if g.size+1 > workflow.MaxPayload {
		e := tooLarge(f.state)
		e.inside = true
		return failed(e)
	}
	x.emit(&frame{prev: f.prev}, s.kind.succeeded, workflow.Details{})
	if !x.open() {
		return verdict{}
	}
	out, fail := s.lang.result(&environment{x: x, f: f}, f.input, g.array())
	if fail != nil {
		return failed(fail)
	}
	return verdict{leaves: true, output: out, next: s.next}
}

// branchFailed fails the state, whose other branches are aborted, unless the failure
// is tolerated. The branches stay in their states: if the execution fails of it, a
// redrive goes on there.
func (x *stepper) branchFailed(child *frame, e *failure) (*frame, verdict) {
	f := child.parent
	s := x.m.state(f)
	g := f.group
	last := x.note(child.prev, s.body.(branching).events().failed, f, child)
	x.abortState(child, child.prev, e.inside)
	if g.tolerates() {
		return x.branchEnded(f, s, child, last)
	}
	for _, other := range f.children {
		if other != child {
			x.abort(other, child.prev)
		}
	}
	x.drop(f.children)
	f.prev, f.phase = child.prev, phaseNone
	inner := *e
	inner.inside, inner.branch = true, true
	if g.allow != thresholdless {
		inner = failure{name: workflow.ErrorThresholdExceeded, inside: true, cause: "The specified tolerated failure threshold was exceeded"}
	}
	return f, failed(&inner)
}

// abort records that a branch, with all that is within, ends without a result.
func (x *stepper) abort(f *frame, prev int64) {
	x.note(prev, x.m.state(f.parent).body.(branching).events().aborted, f.parent, f)
	x.abortState(f, prev, false)
}

// abortState records that a frame's state ends without an exit. Nothing is recorded
// of a state that was not entered yet, or that has recorded its failure already.
func (x *stepper) abortState(f *frame, prev int64, recorded bool) {
	s := x.m.state(f)
	x.abortRun(f, func(f *frame, t workflow.EventType, d workflow.Details) { x.emit(&frame{prev: prev}, t, d) })
	if f.entry != 0 && s.kind.aborted != "" && !(recorded && s.kind.failed != "") {
		x.emit(&frame{prev: prev}, s.kind.aborted, workflow.Details{Name: f.state})
	}
	if f.phase == phaseChildren {
		for _, child := range f.children {
			x.abort(child, prev)
		}
	}
}

// drop makes frames wait for nothing.
func (x *stepper) drop(frames []*frame) {
	for _, child := range frames {
		child.each(x.quiet)
	}
}

func (x *stepper) quiet(f *frame) {
	x.withdraw(f)
	f.phase, f.due, f.task, f.tries, f.gone = phaseNone, 0, nil, nil, true
}
