package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
)

func compile(t testing.TB, src string) *StateMachine {
	t.Helper()
	m, err := Compile([]byte(strings.ReplaceAll(src, "LAMBDA", lambda)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// text is a JSON string of n bytes, quotes included.
func text(n int) json.RawMessage {
	return json.RawMessage(`"` + strings.Repeat("x", n-2) + `"`)
}

func TestStartRefusesBadInput(t *testing.T) {
	m := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}`)
	for name, input := range map[string]json.RawMessage{
		"not JSON":  json.RawMessage(`{"a":`),
		"two texts": json.RawMessage(`{} {}`),
		"too large": text(workflow.MaxPayload + 1),
	} {
		if _, err := m.Start(Start{Input: input}, epoch, Seed{}); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	o, err := m.Start(Start{Input: text(workflow.MaxPayload)}, epoch, Seed{})
	if err != nil || o.Snapshot.Status() != workflow.Succeeded {
		t.Errorf("input of exactly the limit: %v, %v", o.Snapshot.Status(), err)
	}
	if o, err = m.Start(Start{}, epoch, Seed{}); err != nil || string(o.Snapshot.Output()) != "{}" {
		t.Errorf("no input: %s, %v", o.Snapshot.Output(), err)
	}
}

// A result that is too large is a failure with the service's words, which only its
// own name catches.
func TestDataLimit(t *testing.T) {
	const states = `{"StartAt":"A","States":{
		"A":{"Type":"Task","Resource":"LAMBDA","ResultPath":"$.r","Next":"C",
			"Retry":[{"ErrorEquals":["States.TaskFailed"]}],"Catch":[%s]},
		"C":{"Type":"Succeed"},"F":{"Type":"Fail","Error":"Caught"}}}`
	tests := []struct {
		name, catch string
		size        int
		want        string
	}{
		{"a large answer", `{"ErrorEquals":["States.ALL"],"Next":"F"}`, workflow.MaxPayload + 1, "States.DataLimitExceeded"},
		{"a large answer, caught", `{"ErrorEquals":["States.DataLimitExceeded"],"Next":"F"}`, workflow.MaxPayload + 1, "Caught"},
		{"a large output", `{"ErrorEquals":["States.ALL"],"Next":"F"}`, workflow.MaxPayload, "States.DataLimitExceeded"},
		{"a large output, caught", `{"ErrorEquals":["States.DataLimitExceeded"],"Next":"F"}`, workflow.MaxPayload, "Caught"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := newTester(t, compile(t, fmt.Sprintf(states, test.catch)))
			o, err := x.start([]byte(`{"a":1}`))
			if err != nil {
				t.Fatal(err)
			}
			inv := o.Commands[0].(Invoke)
			if _, err = x.step(TaskSucceeded{Entry: inv.Entry, Attempt: inv.Attempt, Output: text(test.size)}); err != nil {
				t.Fatal(err)
			}
			name, cause := x.snapshot.Failure()
			if name != test.want {
				t.Errorf("failed with %s: %s", name, cause)
			}
			if name == workflow.ErrorDataLimitExceeded &&
				!strings.HasSuffix(cause, "returned a result with a size exceeding the maximum number of bytes service limit.") {
				t.Errorf("cause %q", cause)
			}
		})
	}
}

// Catching may itself exceed the limit; that ends the execution.
func TestDataLimitInCatch(t *testing.T) {
	x := newTester(t, compile(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"LAMBDA","End":true,
		"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.e","Next":"A"}]}}}`))
	o, err := x.start([]byte(`{"a":` + string(text(workflow.MaxPayload-10)) + `}`))
	if err != nil {
		t.Fatal(err)
	}
	inv := o.Commands[0].(Invoke)
	if _, err := x.step(TaskFailed{Entry: inv.Entry, Attempt: inv.Attempt, Error: "E", Cause: strings.Repeat("ü", 40_000)}); err != nil {
		t.Fatal(err)
	}
	if name, _ := x.snapshot.Failure(); name != workflow.ErrorDataLimitExceeded {
		t.Errorf("failed with %s", name)
	}
	if cause := x.history[len(x.history)-2].Details.Cause; len(cause) > maxCause || !strings.HasSuffix(cause, "ü") {
		t.Errorf("a cause of %d bytes", len(cause))
	}
}

// A template can repeat its input; it is stopped early.
func TestTemplateBlowUp(t *testing.T) {
	fields := strings.Repeat(`{"x.$":"$"},`, 2000)
	x := newTester(t, compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Parameters":{"a":[`+fields+`1]}}}}`))
	if _, err := x.start(text(workflow.MaxPayload)); err != nil {
		t.Fatal(err)
	}
	if name, cause := x.snapshot.Failure(); name != workflow.ErrorDataLimitExceeded {
		t.Errorf("failed with %s: %s", name, cause)
	}
}

// A search that multiplies its input is a failure, not an exhausted memory or a hang.
func TestSearchBlowUp(t *testing.T) {
	chain := func(n int) string { return strings.Repeat(`{"a":`, n) + "0" + strings.Repeat("}", n) }
	for name, test := range map[string]struct{ path, input string }{
		"deep":          {"$..*..*", strings.Repeat("[", 900) + strings.Repeat("]", 900)},
		"deep and wide": {"$..*", strings.Repeat("[", 500) + strings.Repeat("1,", 100_000) + "1" + strings.Repeat("]", 500)},
		"descents":      {"$..a..a..a..a..b", chain(900)},
		"more descents": {"$..a..a..a..a..a..a..a..a", chain(60)},
		"in a filter":   {"$..a[?(@..a..b)]", chain(900)},
		"comparisons":   {"$.a[?($ == @)]", `{"a":[` + strings.Repeat("1,", 20_000) + `1],"b":"` + strings.Repeat("x", 200_000) + `"}`},
		"matches":       {"$.a[?($.b =~ /(x+x+)+y/)]", `{"a":[` + strings.Repeat("1,", 20_000) + `1],"b":"` + strings.Repeat("x", 200_000) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTester(t, compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Parameters":{"a.$":"`+test.path+`"}}}}`))
			if _, err := x.start([]byte(test.input)); err != nil {
				t.Fatal(err)
			}
			if _, cause := x.snapshot.Failure(); !strings.HasSuffix(cause, errSearchTooLarge.Error()) {
				t.Errorf("%s, %s", x.snapshot.Status(), cut(cause, 500))
			}
		})
	}
}

// Payloads that nest too deep are refused at the door, and where a loop makes them:
// every snapshot on the way can be stored.
func TestNesting(t *testing.T) {
	nested := func(n int) json.RawMessage { return json.RawMessage(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	x := newTester(t, compile(t, `{"StartAt":"A","States":{
		"A":{"Type":"Task","Resource":"LAMBDA","Next":"B"},
		"B":{"Type":"Pass","Parameters":{"a.$":"$"},"Next":"C"},
		"C":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"D"}],"Default":"B"},
		"D":{"Type":"Succeed"}}}`))
	if _, err := x.machine.Start(Start{Input: nested(maxPayloadNesting + 1)}, epoch, Seed{}); !errors.Is(err, ErrInvalidInput) {
		t.Errorf("a deep input: %v", err)
	}
	o, err := x.start(nested(maxPayloadNesting))
	if err != nil {
		t.Fatal(err)
	}
	inv := o.Commands[0].(Invoke)
	if _, err := x.step(TaskSucceeded{Entry: inv.Entry, Attempt: 1, Output: nested(500)}); err != nil {
		t.Fatal(err)
	}
	if name, cause := x.snapshot.Failure(); name != workflow.ErrorRuntime || !strings.Contains(cause, "nests") {
		t.Errorf("%s: %s", name, cause)
	}
}

// An endless loop that never waits ends when its history is full. Its steps are
// bounded, and a Tick goes on at once.
func TestHistoryLimitOfALoop(t *testing.T) {
	x := newTester(t, compile(t, `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},
		"B":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"}}}`))
	if _, err := x.start(nil); err != nil {
		t.Fatal(err)
	}
	for n := 0; !x.snapshot.Status().Closed(); n++ {
		if at, ok := x.snapshot.WakeAt(); !ok || at.After(x.now) || n > 20 {
			t.Fatalf("after %d steps it wakes at %v", n, at)
		}
		if o, err := x.step(Tick{}); err != nil || len(o.Events) > maxStepEvents+10 {
			t.Fatal(len(o.Events), err)
		}
	}
	x.checkExhausted()
	if _, err := x.step(Redrive{}); !errors.Is(err, workflow.ErrNotRedrivable) {
		t.Errorf("redriven: %v", err)
	}
}

func (x *tester) checkExhausted() {
	x.t.Helper()
	last := x.history[len(x.history)-1]
	if last.ID != workflow.MaxHistoryEvents || last.Type != workflow.EventExecutionFailed {
		x.t.Fatalf("the last event is %d %s", last.ID, last.Type)
	}
	if name, cause := x.snapshot.Failure(); name != workflow.ErrorRuntime || !strings.Contains(cause, "25000") {
		x.t.Errorf("failed with %s: %s", name, cause)
	}
}

// A history may be full at any event of a task. Whatever the event, the execution
// ends there and the snapshot stays good.
func TestHistoryLimitOfTasks(t *testing.T) {
	m := compile(t, `{"StartAt":"A","States":{
		"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
			"Parameters":{"FunctionName":"F","Payload":{"t.$":"$$.Task.Token"}},"TimeoutSeconds":60,"HeartbeatSeconds":30,
			"Retry":[{"ErrorEquals":["Again"],"MaxAttempts":99999999}],
			"Catch":[{"ErrorEquals":["States.ALL"],"Next":"A"}],"Next":"B"},
		"B":{"Type":"Wait","Seconds":1,"Next":"C"},
		"C":{"Type":"Choice","Choices":[{"Variable":"$.done","IsPresent":true,"Next":"D"}],"Default":"A"},
		"D":{"Type":"Succeed"}}}`)
	events := map[string]func(Invoke) Event{
		"submitted": func(i Invoke) Event { return TaskSubmitted{Entry: i.Entry, Attempt: i.Attempt} },
		"failed":    func(i Invoke) Event { return TaskFailed{Entry: i.Entry, Attempt: i.Attempt, Error: "Again"} },
		"caught":    func(i Invoke) Event { return TaskFailed{Entry: i.Entry, Attempt: i.Attempt, Error: "Other"} },
		"token":     func(i Invoke) Event { return TokenSucceeded{Token: i.Token, Output: json.RawMessage("{}")} },
		"refused":   func(i Invoke) Event { return TokenFailed{Token: i.Token, Error: "Again"} },
		"too late":  func(Invoke) Event { return Tick{} },
		"stopped":   func(Invoke) Event { return Stop{Error: "Enough"} },
	}
	for name, event := range events {
		t.Run(name, func(t *testing.T) {
			for room := int64(1); room < 12; room++ {
				x := newTester(t, m)
				o, err := x.start(nil)
				if err != nil {
					t.Fatal(err)
				}
				x.snapshot.last = workflow.MaxHistoryEvents - room
				for range 4 {
					inv, ok := newest(o, m)
					if !ok {
						x.now = x.now.Add(2 * time.Minute)
					}
					e := event(inv)
					if _, tick := e.(Tick); tick || !ok {
						x.now, e = x.now.Add(time.Minute), Tick{}
					}
					if o, err = x.step(e); err != nil {
						break
					}
				}
				if x.snapshot.LastEventID() > workflow.MaxHistoryEvents {
					t.Fatalf("with room for %d events, %d were written", room, x.snapshot.LastEventID())
				}
				if _, err := Decode(x.snapshot.Encode()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func newest(o Outcome, m *StateMachine) (Invoke, bool) {
	for _, c := range m.Outstanding(o.Snapshot) {
		return c.(Invoke), true
	}
	return Invoke{}, false
}

func TestWakeAt(t *testing.T) {
	x := newTester(t, compile(t, `{"StartAt":"A","TimeoutSeconds":100,"States":{"A":{"Type":"Wait","Seconds":300,"End":true}}}`))
	if _, err := x.start(nil); err != nil {
		t.Fatal(err)
	}
	if at, ok := x.snapshot.WakeAt(); !ok || !at.Equal(epoch.Add(100*time.Second)) {
		t.Errorf("wakes at %v %v", at, ok)
	}
}
