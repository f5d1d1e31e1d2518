package asl

import (
	"strings"
	"testing"
	"time"

	"countersign/workflow"

	"pgregory.net/rapid"
)

// TestRandomMachines drives random state machines with random events. tester checks
// after every step that history has no gaps, that the step changed nothing it was
// given, and that a stored snapshot steps the same. Replaying what was recorded
// must give the same history.
func TestRandomMachines(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		src := drawMachine(rt)
		m, err := Compile([]byte(src))
		if err != nil {
			rt.Fatalf("%s\n%v", src, err)
		}
		input := rapid.SampledFrom([]string{`{}`, `{"n":1,"list":[1,{"a":2.0},null]}`, `[]`, `"text"`, `null`}).Draw(rt, "input")
		x := newTester(quietly(t, rt), m)
		if _, err := x.start([]byte(input)); err != nil {
			rt.Fatal(err)
		}
		var taken []recorded
		for range rapid.IntRange(0, 25).Draw(rt, "events") {
			x.now = x.now.Add(time.Duration(rapid.IntRange(0, 40_000).Draw(rt, "ms")) * time.Millisecond)
			e := drawEvent(rt, x)
			before := x.steps + 1
			if _, err := x.step(e); err == nil {
				taken = append(taken, recorded{e, x.now, before})
			}
			checkShape(rt, x)
		}
		replay(rt, m, input, taken, x)
	})
}

// quietly lets tester's failures shrink the example.
func quietly(t *testing.T, rt *rapid.T) testing.TB { return rapidTB{t, rt} }

type rapidTB struct {
	testing.TB
	rt *rapid.T
}

func (b rapidTB) Fatalf(format string, args ...any) { b.rt.Fatalf(format, args...) }
func (b rapidTB) Fatal(args ...any)                 { b.rt.Fatal(args...) }
func (b rapidTB) Helper()                           {}

// recorded is an event with what a step needs besides.
type recorded struct {
	event Event
	at    time.Time
	step  uint64 // what the seed was made of
}

func replay(rt *rapid.T, m *StateMachine, input string, taken []recorded, x *tester) {
	again := &tester{t: x.t, machine: m, now: epoch}
	if _, err := again.start([]byte(input)); err != nil {
		rt.Fatal(err)
	}
	for _, r := range taken {
		again.now, again.steps = r.at, r.step-1
		if _, err := again.step(r.event); err != nil {
			rt.Fatalf("replaying %T: %v", r.event, err)
		}
	}
	if d := differ(x.history, again.history); d != "" {
		rt.Fatalf("the replay has another history:\n%s", d)
	}
	if a, b := x.snapshot.Encode(), again.snapshot.Encode(); string(a) != string(b) {
		rt.Fatalf("the replay ends elsewhere:\n%s\n%s", a, b)
	}
}

// checkShape compares history and snapshot.
func checkShape(rt *rapid.T, x *tester) {
	last := x.history[len(x.history)-1]
	want := map[workflow.EventType]workflow.ExecutionStatus{
		workflow.EventExecutionSucceeded: workflow.Succeeded, workflow.EventExecutionFailed: workflow.Failed,
		workflow.EventExecutionAborted: workflow.Aborted, workflow.EventExecutionTimedOut: workflow.TimedOut,
	}[last.Type]
	if want == "" {
		want = workflow.Running
	}
	if got := x.snapshot.Status(); got != want {
		rt.Fatalf("%s after %s", got, last.Type)
	}
	_, wakes := x.snapshot.WakeAt()
	stored := string(x.snapshot.Encode())
	tokens := strings.Contains(stored, `"submitted":true`) || strings.Contains(stored, `"token":`)
	if want == workflow.Running && !wakes && !tokens && len(x.machine.Outstanding(x.snapshot)) == 0 {
		rt.Fatalf("the execution waits for nothing: %s", stored)
	}
}
