package engine_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// installation is an engine on a store in memory, in virtual time.
type installation struct {
	*engine.Engine
	t     *testing.T
	store *storetest.Memory
}

type functions = map[string]workflow.Handler

func install(t *testing.T, store *storetest.Memory, definition string, f functions, change ...func(*engine.Options)) *installation {
	t.Helper()
	if _, err := store.PutDefinition(t.Context(), "M", []byte(definition)); err != nil {
		t.Fatal(err)
	}
	o := engine.Options{Store: store, Functions: f, Workers: 4, Exclusive: true}
	for _, c := range change {
		c(&o)
	}
	e := engine.New(o)
	if err := e.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &installation{e, t, store}
}

func (i *installation) start(name string) workflow.ExecutionInfo {
	i.t.Helper()
	info, err := i.StartExecution(i.t.Context(), engine.StartRequest{StateMachine: "M", Name: name, Input: json.RawMessage(`{"a":1}`)})
	if err != nil {
		i.t.Fatalf("start %s: %v", name, err)
	}
	return info
}

// row reads the execution after everything that can happen now has happened.
func (i *installation) row(id workflow.ExecutionID) workflow.Row {
	i.t.Helper()
	synctest.Wait()
	row, err := i.store.Load(i.t.Context(), id)
	if err != nil {
		i.t.Fatal(err)
	}
	return row
}

func (i *installation) wantStatus(id workflow.ExecutionID, want workflow.ExecutionStatus) workflow.Row {
	i.t.Helper()
	row := i.row(id)
	if row.Status != want {
		i.t.Fatalf("execution is %s (%s: %s), want %s", row.Status, row.Error, row.Cause, want)
	}
	return row
}

func (i *installation) types(id workflow.ExecutionID) string {
	events, err := i.store.History(i.t.Context(), id, 0, 0)
	if err != nil {
		i.t.Fatal(err)
	}
	var types []string
	for _, e := range events {
		types = append(types, string(e.Type))
	}
	return strings.Join(types, " ")
}

func (i *installation) drain() {
	i.t.Helper()
	if err := i.Drain(i.t.Context()); err != nil {
		i.t.Error(err)
	}
}

func answer(output string) workflow.Handler {
	return func(context.Context, workflow.Call) (workflow.Result, error) {
		return workflow.Result{Output: json.RawMessage(output)}, nil
	}
}

// lambda is a Task state that calls function name; more are further members.
func lambda(name, more string) string {
	return `{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:` + name + `",` + more + `}`
}

func machine(states string) string {
	first := strings.SplitN(states, `"`, 3)[1]
	return `{"StartAt":"` + first + `","States":{` + states + `}}`
}

const askState = `"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","TimeoutSeconds":3600,` +
	`"Parameters":{"FunctionName":"Ask","Payload":{"t.$":"$$.Task.Token"}},"Next":"After"},"After":{"Type":"Pass","End":true}`

// asked records the token that the function Ask was called with.
func asked(token *atomic.Value) workflow.Handler {
	return func(_ context.Context, c workflow.Call) (workflow.Result, error) {
		token.Store(c.Token)
		return workflow.Result{}, nil
	}
}

func TestExecutionGoesThroughItsStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"Next":"B"`)+`,"B":`+lambda("G", `"End":true`)),
			functions{"F": answer(`{"b":2}`), "G": func(_ context.Context, c workflow.Call) (workflow.Result, error) {
				if string(c.Payload) != `{"b":2}` || c.State != "B" || c.Attempt != 1 {
					t.Errorf("G was called with %s in %s, attempt %d", c.Payload, c.State, c.Attempt)
				}
				return workflow.Result{Output: json.RawMessage(`"done"`)}, nil
			}})
		defer i.drain()
		row := i.wantStatus(i.start("x").ID, workflow.Succeeded)
		if string(row.Output) != `"done"` || row.Owner != "" || !row.DueAt.IsZero() || row.StoppedAt.IsZero() {
			t.Errorf("closed row: output %s, owner %q, due %v, stopped %v", row.Output, row.Owner, row.DueAt, row.StoppedAt)
		}
		want := "ExecutionStarted TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded TaskStateExited " +
			"TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded TaskStateExited ExecutionSucceeded"
		if got := i.types(row.ID); got != want {
			t.Errorf("history:\n%s\nwant:\n%s", got, want)
		}
		if s := i.Stats(); s.Live != 0 || s.Transitions != 2 || s.Started != 1 || s.Closed != 1 {
			t.Errorf("stats: %+v", s)
		}
	})
}

func TestWaitsAreRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":5}],"Next":"W"`)+
			`,"W":{"Type":"Wait","Seconds":100,"End":true}`), functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
			if calls.Add(1) == 1 {
				return workflow.Result{}, workflow.Failf("Busy", "later")
			}
			return workflow.Result{Output: json.RawMessage(`1`)}, nil
		}})
		defer i.drain()
		begin := time.Now()
		info := i.start("x")
		row := i.wantStatus(info.ID, workflow.Running)
		if row.Owner != "" || row.DueAt.Sub(begin).Round(time.Second) != 5*time.Second || i.Stats().Live != 0 {
			t.Errorf("waiting for a retry: owner %q, due in %v, %d live", row.Owner, row.DueAt.Sub(begin), i.Stats().Live)
		}
		pass(6 * time.Second)
		if row = i.wantStatus(info.ID, workflow.Running); calls.Load() != 2 || row.DueAt.Sub(begin).Round(time.Second) != 105*time.Second {
			t.Errorf("after the retry: %d calls, due in %v", calls.Load(), row.DueAt.Sub(begin))
		}
		pass(100 * time.Second)
		row = i.wantStatus(info.ID, workflow.Succeeded)
		if late := row.StoppedAt.Sub(begin) - 105*time.Second; late < 0 || late > time.Second {
			t.Errorf("the timers fired %v late", late)
		}
	})
}

func TestRefusedEffectsAskTheFunctionAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		var keys []string
		i := install(t, store, machine(`"A":`+lambda("F", `"End":true`)), functions{"F": func(_ context.Context, c workflow.Call) (workflow.Result, error) {
			keys = append(keys, c.IdempotencyKey)
			if store.Marked("taken") {
				return workflow.Result{}, workflow.Failf("OutOfStock", "taken")
			}
			taken := &workflow.Commit{Info: workflow.ExecutionInfo{ID: 77777, StateMachine: "Other"}, Effects: []workflow.Effect{storetest.Mark("taken")}}
			if err := store.Commit(t.Context(), taken); err != nil { // somebody else is quicker
				t.Error(err)
			}
			return workflow.Result{Effects: []workflow.Effect{storetest.Mark("taken")}}, nil
		}})
		defer i.drain()
		row := i.wantStatus(i.start("x").ID, workflow.Failed)
		if row.Error != "OutOfStock" || len(keys) != 2 || keys[0] != keys[1] {
			t.Errorf("error %q after calls with keys %q", row.Error, keys)
		}
	})
}

func TestSilentFunctionTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var withdrawn atomic.Bool
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"TimeoutSeconds":10,"End":true`)),
			functions{"F": func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
				<-ctx.Done()
				withdrawn.Store(true)
				return workflow.Result{Output: json.RawMessage(`"late"`), Effects: []workflow.Effect{storetest.Mark("late")}}, nil
			}})
		defer i.drain()
		info := i.start("x")
		pass(11 * time.Second)
		if row := i.wantStatus(info.ID, workflow.Failed); row.Error != workflow.ErrorTimeout || !withdrawn.Load() || i.store.Marked("late") {
			t.Errorf("error %q, withdrawn %t, late effect %t", row.Error, withdrawn.Load(), i.store.Marked("late"))
		}
	})
}

func TestObserveCommitsWithTheEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var committed atomic.Int64
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"End":true`)), functions{"F": answer(`1`)}, func(o *engine.Options) {
			o.Observe = func(info workflow.ExecutionInfo, events []workflow.HistoryEvent) []workflow.Effect {
				last := events[len(events)-1].Type
				return []workflow.Effect{storetest.Mark(info.Name + " " + string(info.Status) + " " + string(last))}
			}
			o.Committed = func(workflow.ExecutionInfo, []workflow.HistoryEvent) { committed.Add(1) }
		})
		defer i.drain()
		i.wantStatus(i.start("x").ID, workflow.Succeeded)
		begun, ended := i.store.Marked("x RUNNING LambdaFunctionScheduled"), i.store.Marked("x SUCCEEDED ExecutionSucceeded")
		if !begun || !ended || committed.Load() != 2 {
			t.Errorf("observed effects committed: %t, %t; %d commits announced", begun, ended, committed.Load())
		}
	})
}

func TestPanickingFunctionFailsItsTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"Next":"B"`)+`,"B":`+lambda("Nobody", `"End":true`)), functions{
			"F": func(context.Context, workflow.Call) (workflow.Result, error) { panic("oops") }})
		defer i.drain()
		if row := i.wantStatus(i.start("x").ID, workflow.Failed); row.Error != "Lambda.Unknown" || !strings.Contains(row.Cause, "oops") {
			t.Errorf("failed with %s: %s", row.Error, row.Cause)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"B":`+lambda("Nobody", `"End":true`)), nil)
		defer i.drain()
		if row := i.wantStatus(i.start("x").ID, workflow.Failed); row.Error != "Lambda.ResourceNotFoundException" {
			t.Errorf("an unknown function fails with %s: %s", row.Error, row.Cause)
		}
	})
}

func TestBacklogWaitsInTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"End":true`)), functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
			<-gate
			return workflow.Result{}, nil
		}}, func(o *engine.Options) { o.Workers, o.Backlog = 1, 2 })
		defer i.drain()
		var ids []workflow.ExecutionID
		for n := range 20 {
			ids = append(ids, i.start(strings.Repeat("x", n+1)).ID)
			synctest.Wait()
		}
		if s := i.Stats(); s.Queued > 3 {
			t.Errorf("%d invocations wait in memory", s.Queued)
		}
		close(gate)
		pass(5 * time.Second)
		for _, id := range ids {
			i.wantStatus(id, workflow.Succeeded)
		}
	})
}

func TestIDsGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"A":{"Type":"Pass","End":true}`), nil)
		defer i.drain()
		var ids []workflow.ExecutionID
		for n := range 100 {
			ids = append(ids, i.start(strings.Repeat("x", n+1)).ID)
		}
		if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 100 {
			t.Errorf("ids do not grow: %v", ids)
		}
	})
}

// pass lets virtual time go by.
func pass(d time.Duration) { <-time.After(d) }
