package asl

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"countersign/workflow"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sameText compares payloads as a whole: byte by byte takes long for large ones. What
// Map Runs select with cannot be compared.
var sameText = cmp.Options{
	cmp.Comparer(func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }),
	cmpopts.IgnoreFields(MapRun{}, "Select"),
}

// differ says where two values differ, which is found out only if they do: that takes long.
func differ(a, b any) string {
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return cmp.Diff(a, b, sameText)
}

// tester steps a state machine and checks after every step what must hold for all:
// a snapshot that went through the store steps the same, no step changes the
// snapshot it was given, and history has no gaps.
type tester struct {
	t        testing.TB
	machine  *StateMachine
	snapshot *Snapshot
	now      time.Time
	steps    uint64
	history  []workflow.HistoryEvent
}

func newTester(t testing.TB, m *StateMachine) *tester {
	return &tester{t: t, machine: m, now: epoch}
}

func (x *tester) seed() (s Seed) {
	x.steps++
	binary.BigEndian.PutUint64(s[:], x.steps)
	return s
}

func (x *tester) start(input []byte) (Outcome, error) {
	o, err := x.machine.Start(Start{
		ID: 1234, Name: "order-1", StateMachine: "Orders", Version: 3,
		RoleARN: "arn:aws:iam::123456789012:role/countersign", Input: bytes.TrimSpace(input),
	}, x.now, x.seed())
	if err == nil {
		x.accept(nil, o)
	}
	return o, err
}

func (x *tester) step(e Event) (Outcome, error) {
	before := x.snapshot.Encode()
	stored, err := Decode(before)
	if err != nil {
		x.t.Fatalf("decoding %s: %v", before, err)
	}
	seed := x.seed()
	o, err := x.machine.Step(x.snapshot, e, x.now, seed)
	again, err2 := x.machine.Step(stored, e, x.now, seed)
	if after := x.snapshot.Encode(); !bytes.Equal(before, after) {
		x.t.Fatalf("%T changed the snapshot it was given\nfrom %s\nto   %s", e, before, after)
	}
	if fmt.Sprint(err) != fmt.Sprint(err2) {
		x.t.Fatalf("%T after storing: %v, before: %v", e, err2, err)
	}
	if err != nil {
		return o, err
	}
	if d := differ(o.Events, again.Events) + differ(o.Commands, again.Commands); d != "" {
		x.t.Fatalf("%T does otherwise after storing:\n%s", e, d)
	}
	if a, b := o.Snapshot.Encode(), again.Snapshot.Encode(); !bytes.Equal(a, b) {
		x.t.Fatalf("%T leads elsewhere after storing\nfrom %s\nto   %s\nnot  %s", e, before, b, a)
	}
	x.accept(x.snapshot, o)
	return o, nil
}

// accept checks an outcome and makes it the present.
func (x *tester) accept(before *Snapshot, o Outcome) {
	x.t.Helper()
	last := int64(0)
	if before != nil {
		last = before.LastEventID()
	}
	var valid json.RawMessage // what one event shows the next often shows, too
	for _, e := range o.Events {
		if last++; e.ID != last {
			x.t.Fatalf("event %d comes after %d", e.ID, last-1)
		}
		if e.PreviousID < 0 || e.PreviousID >= e.ID {
			x.t.Fatalf("event %d follows %d", e.ID, e.PreviousID)
		}
		if e.At.After(x.now) || e.At.Nanosecond()%1e6 != 0 {
			x.t.Fatalf("event %d is at %v, now is %v", e.ID, e.At, x.now)
		}
		for _, payload := range []json.RawMessage{e.Details.Input, e.Details.Output, e.Details.Parameters} {
			if payload == nil || len(valid) > 0 && bytes.Equal(payload, valid) {
				continue
			}
			if valid = payload; !json.Valid(payload) {
				x.t.Fatalf("event %d carries what is not JSON: %s", e.ID, payload)
			}
		}
	}
	if o.Snapshot.LastEventID() != last {
		x.t.Fatalf("the snapshot is at event %d, history at %d", o.Snapshot.LastEventID(), last)
	}
	if at, ok := o.Snapshot.WakeAt(); ok && o.Snapshot.Status().Closed() {
		x.t.Fatalf("a closed execution wakes at %v", at)
	}
	x.checkOutstanding(o)
	x.checkTree(o.Snapshot)
	x.snapshot = o.Snapshot
	x.history = append(x.history, o.Events...)
	x.checkBranches()
}

// checkOutstanding compares the step's invocations with what is derived from the
// snapshot: after a crash the very same must be done.
func (x *tester) checkOutstanding(o Outcome) {
	type attempt struct {
		entry workflow.EntryID
		n     int
	}
	outstanding := map[attempt]Invoke{}
	for _, c := range x.machine.Outstanding(o.Snapshot) {
		inv := c.(Invoke)
		outstanding[attempt{inv.Entry, inv.Attempt}] = inv
	}
	for _, c := range o.Commands {
		inv, ok := c.(Invoke)
		if !ok {
			continue
		}
		if d := differ(inv, outstanding[attempt{inv.Entry, inv.Attempt}]); d != "" {
			x.t.Fatalf("what is outstanding is not what was asked for:\n%s", d)
		}
	}
}

// checkTree checks that every frame of an open execution waits for something, knows
// its parent, and that a state has no more branches than it may.
func (x *tester) checkTree(s *Snapshot) {
	if s.Status() != workflow.Running {
		s.root.each(func(f *frame) {
			if f.phase != phaseNone || f.task != nil || f.due != 0 {
				x.t.Fatalf("the execution is %s, and the frame in state %s waits", s.Status(), f.state)
			}
		})
		return
	}
	entries := map[workflow.EntryID]bool{}
	s.root.each(func(f *frame) {
		state := x.machine.state(f)
		switch {
		case f.gone, f.phase == phaseNone:
			x.t.Fatalf("the frame in state %s waits for nothing", f.state)
		case f.entry == 0 && f.phase != phaseReady, f.entry != 0 && entries[f.entry]:
			x.t.Fatalf("the frame in state %s has entry %d", f.state, f.entry)
		case (f.phase == phaseChildren) != (len(f.children) > 0), (f.phase == phaseChildren) != (f.group != nil):
			x.t.Fatalf("the frame in state %s is in phase %d with %d branches", f.state, f.phase, len(f.children))
		case f.parent == nil != (state.within == nil):
			x.t.Fatalf("state %s is on the wrong level", f.state)
		case f.group != nil && (len(f.children) > f.group.limit || f.group.next > f.group.length):
			x.t.Fatalf("state %s has %d branches", f.state, len(f.children))
		}
		entries[f.entry] = true
		for i, c := range f.children {
			if c.parent != f || i > 0 && f.children[i-1].index >= c.index {
				x.t.Fatalf("branch %d of state %s is out of place", i, f.state)
			}
		}
	})
}

// checkBranches counts what history says of the branches: whatever was begun must
// have come to an end when the execution has succeeded.
func (x *tester) checkBranches() {
	if x.snapshot.Status() != workflow.Succeeded {
		return
	}
	n := map[workflow.EventType]int{}
	for _, e := range x.history {
		n[e.Type]++
	}
	// A state may fail, and be caught, before its branches begin.
	unbegun := func(kind string) int {
		return max(0, n[workflow.EventType(kind+"StateEntered")]-n[workflow.EventType(kind+"StateStarted")])
	}
	ended := n[workflow.EventMapIterationSucceeded] + n[workflow.EventMapIterationFailed] + n[workflow.EventMapIterationAborted]
	if begun := n[workflow.EventMapIterationStarted]; begun > ended {
		x.t.Fatalf("%d iterations began, %d ended", begun, ended)
	}
	if exited := n[workflow.EventMapStateExited]; exited > n[workflow.EventMapStateSucceeded]+n[workflow.EventMapStateFailed]+unbegun("Map") {
		x.t.Fatalf("%d exits of Map states", exited)
	}
	if exited := n[workflow.EventParallelStateExited]; exited > n[workflow.EventParallelStateSucceeded]+n[workflow.EventParallelStateFailed]+unbegun("Parallel") {
		x.t.Fatalf("%d exits of Parallel states", exited)
	}
}
