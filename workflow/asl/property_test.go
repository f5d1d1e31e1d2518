package asl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/workflow"

	"github.com/google/go-cmp/cmp"
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
		input := rapid.SampledFrom([]string{`{}`, `{"n":1,"list":[1,{"a":2.0}]}`, `[]`, `"text"`, `null`}).Draw(rt, "input")
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
	if d := cmp.Diff(x.history, again.history, sameText); d != "" {
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
	tokens := strings.Contains(string(x.snapshot.Encode()), `"submitted":true`)
	if want == workflow.Running && !wakes && !tokens && len(x.machine.Outstanding(x.snapshot)) == 0 {
		rt.Fatalf("the execution waits for nothing: %s", x.snapshot.Encode())
	}
}

func drawEvent(rt *rapid.T, x *tester) Event {
	inv := Invoke{Entry: 2, Attempt: 1, Token: "AAAA"}
	for _, c := range x.machine.Outstanding(x.snapshot) {
		inv = c.(Invoke)
	}
	if root := x.snapshot.root; root != nil && root.task != nil && root.task.token != "" {
		inv.Token = root.task.token
	}
	output := json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"n":2}`, `[1]`, `7.50`, `null`, `{bad`, ``}).Draw(rt, "output"))
	name := rapid.SampledFrom([]string{"A", "B", workflow.ErrorTimeout, workflow.ErrorRuntime, "", "ü<"}).Draw(rt, "error")
	inv.Attempt += rapid.SampledFrom([]int{0, 0, 0, 0, 1, -1}).Draw(rt, "attempt")
	return rapid.SampledFrom([]Event{
		TaskSucceeded{inv.Entry, inv.Attempt, x.now, output},
		TaskSucceeded{inv.Entry, inv.Attempt, time.Time{}, output},
		TaskFailed{inv.Entry, inv.Attempt, x.now.Add(time.Hour), name, "why"},
		TaskFailed{inv.Entry, inv.Attempt, time.Time{}, name, ""},
		TaskSubmitted{inv.Entry, inv.Attempt, x.now, output, 0},
		TokenSucceeded{inv.Token, output},
		TokenFailed{inv.Token, name, "no"},
		TokenHeartbeat{inv.Token},
		Tick{}, Tick{}, Tick{},
		Stop{name, ""},
		Redrive{},
	}).Draw(rt, "event")
}

// drawMachine draws a valid definition: a chain through all states, so that each is
// reachable, with branches and loops drawn in.
func drawMachine(rt *rapid.T) string {
	n := rapid.IntRange(1, 6).Draw(rt, "states")
	names := make([]string, n+1)
	for i := range names {
		names[i] = fmt.Sprintf("S%d", i)
	}
	names[n] = "End"
	states := []string{`"End":{"Type":"Succeed"}`}
	for i := range n {
		states = append(states, fmt.Sprintf("%q:%s", names[i], drawState(rt, names[i+1], names)))
	}
	timeout := rapid.SampledFrom([]string{"", `"TimeoutSeconds":60,`}).Draw(rt, "timeout")
	return `{` + timeout + `"StartAt":"S0","States":{` + strings.Join(states, ",") + `}}`
}

func drawState(rt *rapid.T, next string, names []string) string {
	anywhere := rapid.SampledFrom(names).Draw(rt, "to")
	f := []string{fmt.Sprintf(`"Next":%q`, next)}
	maybe := func(fields ...string) {
		if pick := rapid.SampledFrom(append(fields, "", "")).Draw(rt, "field"); pick != "" {
			f = append(f, pick)
		}
	}
	paths := func() {
		maybe(`"InputPath":"$.n"`, `"InputPath":null`, `"InputPath":"$$.Execution"`)
		maybe(`"OutputPath":"$.list[0]"`, `"OutputPath":null`)
	}
	results := func() {
		paths()
		maybe(`"ResultPath":"$.r.x"`, `"ResultPath":null`, `"ResultPath":"$.list[0]"`)
	}
	handlers := func() {
		maybe(`"TimeoutSeconds":20`, `"TimeoutSecondsPath":"$.n"`)
		maybe(`"HeartbeatSeconds":10`)
		maybe(`"Retry":[{"ErrorEquals":["A"],"MaxAttempts":1},{"ErrorEquals":["States.ALL"],"IntervalSeconds":5,"MaxAttempts":2,"JitterStrategy":"FULL"}]`)
		maybe(fmt.Sprintf(`"Catch":[{"ErrorEquals":["B"],"ResultPath":"$.e","Next":%q},{"ErrorEquals":["States.ALL"],"Next":%q}]`, anywhere, anywhere))
	}
	switch kind := rapid.SampledFrom([]string{"Pass", "Task", "Invoke", "Token", "Wait", "Choice"}).Draw(rt, "type"); kind {
	case "Pass":
		f = append(f, `"Type":"Pass"`)
		results()
		maybe(`"Result":{"n":5,"list":[1]}`, `"Parameters":{"a.$":"$.n","all.$":"$..n"}`)
	case "Task":
		f = append(f, `"Type":"Task"`, fmt.Sprintf(`"Resource":%q`, lambda))
		maybe(`"Parameters":{"id.$":"States.UUID()","n.$":"States.Array(States.MathRandom(0,9),$$.State.RetryCount)"}`)
		results()
		handlers()
	case "Invoke":
		f = append(f, `"Type":"Task"`, `"Resource":"arn:aws:states:::lambda:invoke"`, `"Parameters":{"FunctionName":"F","Payload.$":"$$.State"}`)
		results()
		handlers()
		maybe(`"ResultSelector":{"p.$":"$.Payload"}`)
	case "Token":
		f = append(f, `"Type":"Task"`, `"Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken"`,
			`"Parameters":{"FunctionName":"F","Payload":{"t.$":"$$.Task.Token"}}`)
		results()
		handlers()
	case "Wait":
		f = append(f, `"Type":"Wait"`, rapid.SampledFrom([]string{
			`"Seconds":0`, `"Seconds":30`, `"SecondsPath":"$.n"`, `"Timestamp":"2026-01-02T03:05:00Z"`,
		}).Draw(rt, "wait"))
		paths()
	case "Choice":
		f = []string{`"Type":"Choice"`, fmt.Sprintf(`"Default":%q`, next), fmt.Sprintf(
			`"Choices":[{"And":[{"Variable":"$.n","IsPresent":true},{"Variable":"$.n","NumericGreaterThan":3}],"Next":%q}]`, anywhere)}
		paths()
	}
	slices.Sort(f)
	return "{" + strings.Join(f, ",") + "}"
}
