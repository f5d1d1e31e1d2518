package engine_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A task is tried without an execution, by whoever would do it for one. What it wants to
// change here is not changed.
func TestTry(t *testing.T) {
	store := storetest.NewMemory()
	e := engine.New(engine.Options{Store: store, Exclusive: true, Functions: functions{
		"Double": func(_ context.Context, c workflow.Call) (workflow.Result, error) {
			text, err := json.Marshal([]any{c.Payload, c.Execution.Name, c.State})
			return workflow.Result{Output: text, Effects: []workflow.Effect{storetest.Mark("doubled")}}, err
		},
		"Break": func(context.Context, workflow.Call) (workflow.Result, error) {
			return workflow.Result{}, workflow.Failf("Broken", "in two")
		},
		"Panic": func(context.Context, workflow.Call) (workflow.Result, error) { panic("lost") },
	}})
	for name, want := range map[string]asl.Event{
		"Double": asl.TaskSucceeded{Entry: 3, Attempt: 1, Output: json.RawMessage(`[5,"test","S"]`)},
		"Break":  asl.TaskFailed{Entry: 3, Attempt: 1, Error: "Broken", Cause: "in two"},
		"Panic":  asl.TaskFailed{Entry: 3, Attempt: 1, Error: "Lambda.Unknown", Cause: "Panic panicked: lost"},
	} {
		got, err := e.Try(t.Context(), workflow.ExecutionInfo{Name: "test", StateMachine: "m"},
			asl.Invoke{Entry: 3, Attempt: 1, State: "S", Resource: "lambda:invoke", Function: name, Payload: json.RawMessage(`5`)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(time.Time{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if store.Marked("doubled") {
		t.Error("the effect was kept")
	}
}
