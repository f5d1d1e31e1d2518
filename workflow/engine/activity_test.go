package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

var packing = workflow.ActivityARN("Pack")

const packState = `"P":{"Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:Pack",` +
	`"TimeoutSeconds":60,"HeartbeatSeconds":10,"End":true}`

func (i *installation) take(worker string) workflow.Offer {
	i.t.Helper()
	o, ok, err := i.TakeTask(i.t.Context(), packing, worker)
	if err != nil || !ok {
		i.t.Fatalf("no task for %s: %v", worker, err)
	}
	return o
}

func TestWorkersTakeTasksInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		i := install(t, store, machine(packState), nil)
		first := i.start("first")
		time.Sleep(time.Second)
		second := i.start("second")
		i.drain() // offers are on disk
		i = install(t, store, machine(packState), nil)
		defer i.drain()
		if _, ok, err := i.TakeTask(t.Context(), workflow.ActivityARN("Other"), ""); ok || err != nil {
			t.Errorf("another activity's task: %v, %v", ok, err)
		}
		a := i.take("Anna")
		b := i.take("Ben")
		if a.Execution != first.ID || b.Execution != second.ID || string(a.Input) != `{"a":1}` {
			t.Errorf("took the tasks of %d and %d with %s", a.Execution, b.Execution, a.Input)
		}
		if _, ok, _ := i.TakeTask(t.Context(), packing, "Carl"); ok {
			t.Error("a task was taken twice")
		}
		if err := i.SucceedTask(t.Context(), a.Token, json.RawMessage(`"packed"`)); err != nil {
			t.Fatal(err)
		}
		i.wantStatus(first.ID, workflow.Succeeded)
		time.Sleep(9 * time.Second)
		if err := i.HeartbeatTask(t.Context(), b.Token); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		i.wantStatus(second.ID, workflow.Running)
		time.Sleep(2 * time.Second)
		if row := i.wantStatus(second.ID, workflow.Failed); row.Error != workflow.ErrorTimeout {
			t.Errorf("%s: %s", row.Error, row.Cause)
		}
		if err := i.FailTask(t.Context(), b.Token, "E", ""); !errors.Is(err, workflow.ErrTaskGone) {
			t.Errorf("too late: %v", err)
		}
	})
}

func TestManyWorkersTakeEachTaskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tasks = 40
		i := install(t, storetest.NewMemory(), machine(packState), nil)
		defer i.drain()
		var ids []workflow.ExecutionID
		for n := range tasks {
			ids = append(ids, i.start(fmt.Sprint("e", n)).ID)
		}
		var done atomic.Int64
		for range 8 {
			go func() {
				for {
					o, ok, err := i.TakeTask(context.Background(), packing, "")
					if err != nil {
						t.Error(err)
					}
					if !ok {
						return
					}
					if err := i.SucceedTask(context.Background(), o.Token, o.Input); err != nil {
						t.Error(err)
					}
					done.Add(1)
				}
			}()
		}
		synctest.Wait()
		if done.Load() != tasks {
			t.Errorf("%d of %d tasks were done", done.Load(), tasks)
		}
		for _, id := range ids {
			i.wantStatus(id, workflow.Succeeded)
		}
	})
}

func TestAStoppedExecutionOffersNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(packState), nil)
		defer i.drain()
		if err := i.StopExecution(t.Context(), i.start("a").ID, "", ""); err != nil {
			t.Fatal(err)
		}
		if offers := i.store.AllOffers(); len(offers) != 0 {
			t.Errorf("it offers %v", offers)
		}
	})
}

func TestIntegrationsAndFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		definition := machine(`"S":{"Type":"Task","Resource":"arn:aws:states:::sns:publish","Next":"F",
			"Parameters":{"TopicArn":"arn:t","Message":"m"},"ResultSelector":{"id.$":"$.MessageId"},"ResultPath":"$.s"},
			"F":` + lambda("Unknown", `"ResultPath":"$.f","End":true`))
		for _, given := range []bool{true, false} {
			var seen workflow.Call
			i := install(t, storetest.NewMemory(), definition, nil, func(o *engine.Options) {
				o.Integrations = map[string]workflow.Handler{"sns:publish": func(_ context.Context, c workflow.Call) (workflow.Result, error) {
					seen = c
					return workflow.Result{Output: json.RawMessage(`{"MessageId":"1"}`)}, nil
				}}
				if given {
					o.Fallback = func(_ context.Context, c workflow.Call) (workflow.Result, error) {
						return workflow.Result{Output: json.RawMessage(`"` + c.Function + `"`)}, nil
					}
				}
			})
			id := i.start("a").ID
			if !given {
				if row := i.wantStatus(id, workflow.Failed); row.Error != "Lambda.ResourceNotFoundException" {
					t.Errorf("%s: %s", row.Error, row.Cause)
				}
			} else if row := i.wantStatus(id, workflow.Succeeded); string(row.Output) != `{"a":1,"s":{"id":"1"},"f":"Unknown"}` {
				t.Errorf("output %s", row.Output)
			}
			if seen.Resource != "sns:publish" || string(seen.Payload) != `{"TopicArn":"arn:t","Message":"m"}` {
				t.Errorf("the integration saw %s %s", seen.Resource, seen.Payload)
			}
			i.drain()
		}
	})
}
