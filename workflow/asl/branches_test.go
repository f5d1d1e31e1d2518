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

func express(t testing.TB, m *StateMachine, input json.RawMessage) Outcome {
	o, err := m.Start(Start{ID: 7, Name: "n", StateMachine: "m", Type: workflow.Express, Input: input}, epoch, Seed{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// The service has 40 iterations active at the same time, whatever MaxConcurrency says.
func TestMapConcurrencyLimit(t *testing.T) {
	for _, max := range []string{"", `"MaxConcurrency":0,`, `"MaxConcurrency":1000,`} {
		m := compile(t, strings.Replace(mapOfTasks, `"ItemProcessor"`, max+`"ItemProcessor"`, 1))
		o := express(t, m, numbers(100))
		if len(o.Commands) != maxIterations || len(o.Snapshot.root.children) != maxIterations {
			t.Errorf("%s: %d are active", max, len(o.Commands))
		}
	}
}

// What a step of a Map costs and what its snapshot holds depends on the active
// iterations, not on all.
func TestMapStepCost(t *testing.T) {
	m := compile(t, mapOfTasks)
	allocs := func(n int) float64 {
		o := express(t, m, numbers(n))
		inv := o.Commands[3].(Invoke)
		return testing.AllocsPerRun(20, func() {
			if _, err := m.Step(o.Snapshot, TaskSucceeded{Entry: inv.Entry, Attempt: 1, Output: rawNull}, epoch, Seed{}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocs(100), allocs(20_000); many > few+5 {
		t.Errorf("%v allocations with 100 items, %v with 20,000", few, many)
	}
	o := express(t, m, numbers(10_000))
	if n := len(o.Snapshot.Encode()) - len(numbers(10_000)); n > 9000 {
		t.Errorf("%d bytes besides the items", n)
	}
}

// An input that several branches have been given is stored once.
func TestBranchesShareInput(t *testing.T) {
	m := compile(t, `{"StartAt":"P","States":{"P":{"Type":"Parallel","Parameters":{"x.$":"$"},"End":true,"Branches":[
		{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"End":true}}},
		{"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":1,"End":true}}},
		{"StartAt":"C","States":{"C":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"D","States":{"D":{"Type":"Wait","Seconds":1,"End":true}}}]}}}]}}}`)
	o := express(t, m, text(100_000))
	if n := len(o.Snapshot.Encode()); n > 202_000 {
		t.Errorf("the snapshot has %d bytes", n)
	}
	stored, err := Decode(o.Snapshot.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if o, err = m.Step(stored, Tick{}, epoch.Add(time.Second), Seed{}); err != nil || o.Snapshot.Status() != workflow.Failed {
		t.Errorf("%s, %v", o.Snapshot.Status(), err) // three times 100,000 bytes are too much
	}
	if name, _ := o.Snapshot.Failure(); name != workflow.ErrorDataLimitExceeded {
		t.Errorf("failed with %s", name)
	}
}

// Results that are too large together fail the state, which can be caught, and are
// not kept beyond the limit.
func TestMapResultTooLarge(t *testing.T) {
	m := compile(t, `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"Catch":[{"ErrorEquals":["States.DataLimitExceeded"],"ResultPath":null,"Next":"Z"}],
		"ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"LAMBDA","End":true}}}},"Z":{"Type":"Pass","Result":"caught","End":true}}}`)
	x := newTester(t, m)
	o, err := x.start(numbers(30))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range o.Commands {
		if n := len(x.snapshot.Encode()); n > 300_000 {
			t.Fatalf("the snapshot has %d bytes", n)
		}
		inv := c.(Invoke)
		if _, err := x.step(TaskSucceeded{Entry: inv.Entry, Attempt: 1, Output: text(100_000)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(x.snapshot.Output()); got != `"caught"` {
		t.Errorf("%s %s", x.snapshot.Status(), got)
	}
}

// A STANDARD execution ends when its history is full, an EXPRESS one has no such limit.
func TestMapHistoryLimit(t *testing.T) {
	m := compile(t, mapOfPasses)
	x := newTester(t, m)
	if _, err := x.start(numbers(10_000)); err != nil {
		t.Fatal(err)
	}
	for !x.snapshot.Status().Closed() {
		if _, err := x.step(Tick{}); err != nil {
			t.Fatal(err)
		}
	}
	x.checkExhausted()
	steps, events := through(t, m, Start{Type: workflow.Express, Input: numbers(10_000)})
	if events != 40_006 || steps < 10 {
		t.Errorf("%d events in %d steps", events, steps)
	}
}

// A history may be full at any event of branches. Whatever the event, the execution
// ends there and the snapshot stays good.
func TestHistoryLimitOfBranches(t *testing.T) {
	m := compile(t, `{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":2,"Next":"M","ToleratedFailureCount":1,
		"Catch":[{"ErrorEquals":["Enough"],"Next":"Z"},{"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"M"}],
		"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Retry":[{"ErrorEquals":["Again"],"MaxAttempts":99999999}],"Branches":[
			{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"LAMBDA","TimeoutSeconds":30,"End":true}}},
			{"StartAt":"B","States":{"B":{"Type":"Task","Resource":"LAMBDA","TimeoutSeconds":30,"Next":"C"},"C":{"Type":"Wait","Seconds":5,"End":true}}}]}}}},"Z":{"Type":"Succeed"}}}`)
	for name, event := range map[string]func(Invoke) Event{
		"succeed":  func(i Invoke) Event { return TaskSucceeded{Entry: i.Entry, Attempt: i.Attempt} },
		"fail":     func(i Invoke) Event { return TaskFailed{Entry: i.Entry, Attempt: i.Attempt, Error: "E"} },
		"retry":    func(i Invoke) Event { return TaskFailed{Entry: i.Entry, Attempt: i.Attempt, Error: "Again"} },
		"time out": func(Invoke) Event { return Tick{} },
		"stop":     func(Invoke) Event { return Stop{} },
	} {
		t.Run(name, func(t *testing.T) {
			for room := int64(1); room < 60; room++ {
				x := newTester(t, m)
				o, err := x.start(json.RawMessage(`[1,2,3]`))
				if err != nil {
					t.Fatal(err)
				}
				x.snapshot.last = workflow.MaxHistoryEvents - room
				for range 12 {
					inv, ok := newest(o, m)
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
			}
		})
	}
}

// An EXPRESS execution is named otherwise, ends after five minutes, even one that
// never waits, and cannot be redriven.
func TestExpress(t *testing.T) {
	m := compile(t, `{"StartAt":"A","TimeoutSeconds":9999,"States":{"A":{"Type":"Pass","Parameters":{"id.$":"$$.Execution.Id"},"Next":"B"},
		"B":{"Type":"Choice","Choices":[{"Variable":"$.id","StringMatches":"*:stateMachine:*","Next":"C"}],"Default":"B"},"C":{"Type":"Succeed"}}}`)
	o := express(t, m, nil)
	if out := string(o.Events[2].Details.Output); out != `{"id":"arn:aws:states:us-east-1:123456789012:express:m:n:7"}` {
		t.Errorf("it is called %s", out)
	}
	for range 10 {
		at, ok := o.Snapshot.WakeAt()
		if o.Snapshot.Status() != workflow.Running || !ok || at.After(epoch) || len(o.Events) > maxStepEvents+10 {
			t.Fatalf("%s, %d events, wakes %v", o.Snapshot.Status(), len(o.Events), at)
		}
		stored, err := Decode(o.Snapshot.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if o, err = m.Step(stored, Tick{}, epoch, Seed{}); err != nil {
			t.Fatal(err)
		}
	}
	o, err := m.Step(o.Snapshot, Tick{}, epoch.Add(5*time.Minute), Seed{})
	if err != nil || o.Snapshot.Status() != workflow.TimedOut {
		t.Fatalf("%s, %v", o.Snapshot.Status(), err)
	}
	if _, err := m.Step(o.Snapshot, Redrive{}, epoch.Add(6*time.Minute), Seed{}); !errors.Is(err, workflow.ErrNotRedrivable) {
		t.Error(err)
	}
}

// Many branches, and branches within branches, cost no more than their number.
func TestManyBranches(t *testing.T) {
	var branches []string
	for i := range 10_000 {
		branches = append(branches, fmt.Sprintf(`{"StartAt":"%d","States":{"%d":{"Type":"Wait","Seconds":1,"End":true}}}`, i, i))
	}
	paid := spent()
	m := compile(t, `{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[`+strings.Join(branches, ",")+`]}}}`)
	if len(m.Graph().States) != 10_001 {
		t.Error("states are missing from the graph")
	}
	if _, events := through(t, m, Start{Type: workflow.Express}); events != 20_006 {
		t.Errorf("%d events", events)
	}
	if cost := spent() - paid; cost > 20*time.Second {
		t.Errorf("it cost %v", cost)
	}
	deep, end := `{"StartAt":"X","States":{"X":{"Type":"Pass","End":true}}}`, 35
	for i := range end {
		deep = fmt.Sprintf(`{"StartAt":"P%d","States":{"P%d":{"Type":"Parallel","End":true,"Branches":[%s]}}}`, i, i, deep)
	}
	if _, events := through(t, compile(t, deep), Start{Input: json.RawMessage("1")}); events != 4*end+4 {
		t.Errorf("%d events", events)
	}
}
