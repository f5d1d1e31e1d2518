package engine_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

const rows = `"Rows":{"Type":"Map","Label":"rows","ItemsPath":"$$.Execution.Input","End":true,"ItemProcessor":{
	"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Work","States":{"Work":{"Type":"Task",
	"Resource":"arn:aws:lambda:us-east-1:123456789012:function:Work","TimeoutSeconds":600,"End":true}}}}`

// A Map Run that has failed leaves nothing behind that goes on, nor anything to begin with.
func TestAFailedMapRunStopsItsChildren(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		withdrawn := make(chan string, 10)
		work := func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
			if string(call.Payload) == "0" {
				time.Sleep(time.Second)
				return workflow.Result{}, workflow.Failf("Broken", "the first")
			}
			<-ctx.Done()
			withdrawn <- string(call.Payload)
			return workflow.Result{}, ctx.Err()
		}
		i := install(t, store, machine(rows), functions{"Work": work}, func(o *engine.Options) { o.MapRuns = store })
		info, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "x", Input: json.RawMessage(`[0,1,2,3]`)})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second) // far less than the tasks' own time
		i.wantStatus(info.ID, workflow.Failed)
		runs := store.AllMapRuns()
		if len(runs) != 1 || runs[0].Status != workflow.Failed {
			t.Fatalf("map runs: %+v", runs)
		}
		executions, _, err := store.CountMapRun(t.Context(), runs[0].ARN)
		if want := (workflow.MapRunCounts{Failed: 1, Aborted: 3}); err != nil || executions != want {
			t.Errorf("its executions: %+v, %v", executions, err)
		}
		if len(withdrawn) != 3 {
			t.Errorf("%d calls were withdrawn", len(withdrawn))
		}
		i.drain()
	})
}

// A Map Run whose parent another engine has stopped begins nothing more, long before the lease
// would have been renewed.
func TestAMapRunStopsWhereItsParentWasStoppedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		var worked atomic.Int64
		work := func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
			worked.Add(1)
			pass(time.Second)
			return workflow.Result{}, ctx.Err()
		}
		shared := func(o *engine.Options) { o.MapRuns, o.Exclusive = store, false }
		definition := machine(strings.Replace(rows, `"Label"`, `"MaxConcurrency":1,"Label"`, 1))
		a := install(t, store, definition, functions{"Work": work}, shared)
		b := install(t, store, definition, nil, shared)
		info, err := a.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "x", Input: json.RawMessage(`[0,1,2,3,4,5,6,7,8,9,10,11,12]`)})
		if err != nil {
			t.Fatal(err)
		}
		pass(2500 * time.Millisecond)
		if err := b.StopExecution(t.Context(), info.ID, "E", "c"); err != nil {
			t.Fatal(err)
		}
		before := worked.Load()
		pass(2 * time.Second)
		begun := worked.Load()
		pass(20 * time.Second)
		runs := store.AllMapRuns()
		if before == 0 || begun > before+1 || worked.Load() != begun || len(runs) != 1 || runs[0].Status != workflow.Aborted {
			t.Errorf("%d children before the stop, %d soon after, %d in the end; map runs %+v", before, begun, worked.Load(), runs)
		}
		a.drain()
		b.drain()
	})
}
