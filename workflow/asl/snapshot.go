package asl

import (
	"encoding/json"
	"slices"
	"time"

	"countersign/workflow"
)

// Snapshot is where an execution stands. It is made by Start and Step only and
// never changes; Encode and Decode keep it between steps.
type Snapshot struct {
	id      workflow.ExecutionID
	name    string
	machine string
	kind    workflow.StateMachineType // EXPRESS, or empty
	role    string
	input   json.RawMessage // kept only when the state machine reads $$.Execution.Input
	started millis

	status   workflow.ExecutionStatus
	output   json.RawMessage
	err      string
	cause    string
	closed   millis
	deadline millis // of the whole execution
	redrives int
	last     int64 // id of the newest history event

	root *frame
}

// frame is one thread of control through one set of states. The execution has a
// root frame; a state that contains states has a child frame for each of its
// branches or iterations.
type frame struct {
	parent *frame // nil for the root; not stored
	index  int    // of the branch or iteration
	// vars are the variables of the frame's own scope: name → JSON text. States within
	// read the parents' too. A map is never changed: whoever assigns makes a new one.
	vars map[string]json.RawMessage

	state    string
	entry    workflow.EntryID
	entered  millis
	input    json.RawMessage // of the state, before InputPath
	prev     int64           // the frame's newest history event
	phase    phase
	due      millis // end of a wait or of a retry delay; since when a frame is ready
	attempt  int    // invocations since the state was entered
	unheard  bool   // one of them was not answered before it was too late
	tries    []int  // retries taken, by retrier
	task     *pending
	group    *group   // of a state with states of its own
	children []*frame // its branches or iterations that have begun and not ended

	run string // id of a Distributed Map's Map Run, kept for a redrive

	item, itemEnd int  // of a Map's iteration: where its item is in the Map's items
	gone          bool // the frame was dropped in this step; not stored

	// assigning are the values that variables get when the state is left. It is not
	// stored: leaving is part of the step that finds the values.
	assigning []assigned
	// fresh says that the state was entered in this step, and before is the event that
	// preceded the entry. Neither is stored.
	fresh  bool
	before int64
}

// iteration is the innermost iteration of a Map state that the frame belongs to, or nil.
func (f *frame) iteration() *frame {
	for ; f != nil; f = f.parent {
		if f.itemEnd > 0 {
			return f
		}
	}
	return nil
}

// value is the item of an iteration.
func (f *frame) value() json.RawMessage {
	return f.parent.group.items[f.item:f.itemEnd:f.itemEnd]
}

// pending is a task that was scheduled and has not come to an end.
type pending struct {
	scheduled   millis
	timeout     millis // deadline; 0 for none
	heartbeat   millis // deadline; 0 for none
	timeoutMS   millis // from when the clock starts
	heartbeatMS millis // by which a heartbeat moves the deadline on
	token       workflow.TaskToken
	submitted   bool                 // the invocation is answered; the token or the child is waited for
	offered     bool                 // no worker has taken the activity's task yet
	event       bool                 // a failure of the function does not matter
	child       workflow.ExecutionID // that a submitted .sync task waits for
	// seed is kept when the arguments are random, so that they are the same ones when
	// the task is invoked again after a crash.
	seed *Seed
}

// phase is what a frame waits for.
type phase uint8

const (
	phaseNone     phase = iota // nothing: it has ended
	phaseWait                  // the end of a Wait state
	phaseTask                  // a task's answer
	phaseRetry                 // the end of a retry delay
	phaseReady                 // nothing: its state is to be entered when there is room in a step
	phaseChildren              // its branches or iterations
)

// millis is a time in milliseconds since 1970; 0 is no time.
type millis int64

func toMillis(t time.Time) millis { return millis(t.UnixMilli()) }

func (m millis) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// Status is the execution's status.
func (s *Snapshot) Status() workflow.ExecutionStatus { return s.status }

// Output is the execution's output; nil unless it has succeeded.
func (s *Snapshot) Output() json.RawMessage { return s.output }

// Failure is why the execution failed, was aborted or timed out.
func (s *Snapshot) Failure() (err, cause string) { return s.err, s.cause }

// LastEventID is the id of the newest history event.
func (s *Snapshot) LastEventID() int64 { return s.last }

// Redrives says how often the execution was redriven.
func (s *Snapshot) Redrives() int { return s.redrives }

// WakeAt is when the earliest timer is due; ok is false when there is none.
func (s *Snapshot) WakeAt() (at time.Time, ok bool) {
	t, _ := s.nextTimer()
	return t.at.time(), t.at != 0
}

func (s *Snapshot) clone() *Snapshot {
	c := *s
	c.root = s.root.clone(nil)
	return &c
}

func (f *frame) clone(parent *frame) *frame {
	if f == nil {
		return nil
	}
	c := *f
	c.fresh, c.before, c.assigning = false, 0, nil
	c.parent, c.gone, c.group = parent, false, f.group.clone()
	c.tries = slices.Clone(f.tries)
	if f.task != nil {
		t := *f.task
		c.task = &t
	}
	if len(f.children) > 0 {
		c.children = make([]*frame, len(f.children))
		for i, child := range f.children {
			c.children[i] = child.clone(&c)
		}
	}
	return &c
}

// each visits the frames of a tree, parents first.
func (f *frame) each(visit func(*frame)) {
	if f == nil {
		return
	}
	visit(f)
	for _, c := range f.children {
		c.each(visit)
	}
}

// find returns the frame that is within the given state entry.
func (f *frame) find(entry workflow.EntryID) (found *frame) {
	f.each(func(g *frame) {
		if g.entry == entry {
			found = g
		}
	})
	return found
}
