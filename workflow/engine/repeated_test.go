package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/sim"
	"countersign/workflow/engine/storetest"
)

// A function that may have been called before is told so, however its answer was lost.
func TestRepeatedCallsAreMarked(t *testing.T) {
	retried := `"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":3}],`
	for name, c := range map[string]struct {
		definition string
		answer     func(ctx context.Context, call workflow.Call, calls int) (workflow.Result, error)
		during     func(t *testing.T, i *installation, info workflow.ExecutionInfo)
		want       string // of each call
	}{
		"answered at once": {machine(`"A":` + lambda("F", `"End":true`)), nil, nil, "[false]"},
		"failed by itself": {machine(`"A":` + lambda("F", retried+`"End":true`)), func(_ context.Context, _ workflow.Call, calls int) (workflow.Result, error) {
			if calls == 1 {
				return workflow.Result{}, workflow.Failf("Busy", "not now")
			}
			return workflow.Result{}, nil
		}, nil, "[false false]"},
		"timed out": {machine(`"A":` + lambda("F", retried+`"TimeoutSeconds":5,"End":true`)), func(ctx context.Context, _ workflow.Call, calls int) (workflow.Result, error) {
			if calls == 1 {
				<-ctx.Done()
			}
			return workflow.Result{}, nil
		}, nil, "[false true]"},
		"effects refused": {machine(`"A":` + lambda("F", `"End":true`)), func(_ context.Context, _ workflow.Call, calls int) (workflow.Result, error) {
			if calls == 1 {
				return workflow.Result{Effects: []workflow.Effect{storetest.Mark("twice"), storetest.Mark("twice")}}, nil
			}
			return workflow.Result{}, nil
		}, nil, "[false true]"},
		"stopped and redriven": {machine(`"A":` + lambda("F", `"End":true`)), func(ctx context.Context, _ workflow.Call, calls int) (workflow.Result, error) {
			if calls == 1 {
				<-ctx.Done()
			}
			return workflow.Result{}, nil
		}, func(t *testing.T, i *installation, info workflow.ExecutionInfo) {
			if err := i.StopExecution(t.Context(), info.ID, "", ""); err != nil {
				t.Error(err)
			}
			if err := i.Redrive(t.Context(), info.ID); err != nil {
				t.Error(err)
			}
		}, "[false true]"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var repeated []bool
				i := install(t, storetest.NewMemory(), c.definition, functions{"F": func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
					repeated = append(repeated, call.Repeated)
					if c.answer == nil {
						return workflow.Result{}, nil
					}
					return c.answer(ctx, call, len(repeated))
				}})
				defer i.drain()
				info := i.start("x")
				synctest.Wait()
				if c.during != nil {
					c.during(t, i, info)
				}
				pass(10 * time.Second)
				i.wantStatus(info.ID, workflow.Succeeded)
				if got := fmt.Sprint(repeated); got != c.want {
					t.Errorf("calls were marked %s, want %s", got, c.want)
				}
			})
		})
	}
}

// Whoever takes over from a dead engine does not know what it has called; what waited as a row, with
// nobody, was not called.
func TestCallsTakenOverAreMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		faulty := sim.NewFaulty(store)
		definition := machine(`"A":` + lambda("F", `"End":true`))
		a := install(t, store, definition, functions{"F": func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
			<-ctx.Done()
			return workflow.Result{}, ctx.Err()
		}}, func(o *engine.Options) { o.Store, o.Workers, o.Backlog = faulty, 1, 1 })
		held := a.start("held")
		synctest.Wait()
		queued := a.start("queued")
		waiting := a.start("waiting")
		for _, info := range []workflow.ExecutionInfo{held, queued, waiting} {
			if row := a.row(info.ID); (row.Owner == "") != (info.ID == waiting.ID) {
				t.Fatalf("%s is held by %q", info.Name, row.Owner)
			}
		}
		kill(a, faulty)
		repeated := map[string]bool{}
		b := install(t, store, definition, functions{"F": func(_ context.Context, c workflow.Call) (workflow.Result, error) {
			repeated[c.Execution.Name] = c.Repeated
			return workflow.Result{Output: json.RawMessage(`2`)}, nil
		}}, func(o *engine.Options) { o.Workers = 1 })
		defer b.drain()
		pass(time.Second)
		if got := fmt.Sprint(repeated); got != "map[held:true queued:true waiting:false]" {
			t.Error(got)
		}
	})
}
