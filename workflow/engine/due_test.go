package engine_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// untilWithdrawn is a function that answers nothing and ends when nobody waits for it.
func untilWithdrawn(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
	<-ctx.Done()
	return workflow.Result{}, ctx.Err()
}

// A function that hangs must not keep the very timer waiting that would end it, nor
// anybody else's.
func TestTimersDoNotWaitForFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		i := install(t, store, machine(`"A":`+lambda("F", `"TimeoutSeconds":10,"End":true`)), functions{"F": untilWithdrawn},
			func(o *engine.Options) { o.Workers = 1 })
		defer i.drain()
		if _, err := store.PutDefinition(t.Context(), "Waiting", []byte(machine(`"W":{"Type":"Wait","Seconds":3,"End":true}`))); err != nil {
			t.Fatal(err)
		}
		silent := i.start("x")
		waiting, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "Waiting", Name: "w", Input: []byte(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		pass(4 * time.Second)
		i.wantStatus(waiting.ID, workflow.Succeeded)
		pass(7 * time.Second)
		if row := i.wantStatus(silent.ID, workflow.Failed); row.Error != workflow.ErrorTimeout {
			t.Errorf("the silent function's execution failed with %s: %s", row.Error, row.Cause)
		}
	})
}

// A heartbeat counts although the function that hands out the token has not returned.
func TestHeartbeatDuringTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var token atomic.Value
		i := install(t, storetest.NewMemory(), machine(`"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",`+
			`"HeartbeatSeconds":10,"Parameters":{"FunctionName":"Ask","Payload":{"t.$":"$$.Task.Token"}},"End":true}`),
			functions{"Ask": func(ctx context.Context, c workflow.Call) (workflow.Result, error) {
				token.Store(c.Token)
				return untilWithdrawn(ctx, c)
			}})
		defer i.drain()
		info := i.start("x")
		for range 4 {
			pass(8 * time.Second)
			if err := i.HeartbeatTask(t.Context(), token.Load().(workflow.TaskToken)); err != nil {
				t.Fatalf("heartbeat: %v", err)
			}
		}
		pass(8 * time.Second)
		i.wantStatus(info.ID, workflow.Running)
		pass(3 * time.Second)
		if row := i.wantStatus(info.ID, workflow.Failed); row.Error != workflow.ErrorTimeout {
			t.Errorf("without a heartbeat: %s: %s", row.Error, row.Cause)
		}
	})
}

// claiming does something between a claim and its answer.
type claiming struct {
	engine.Store
	between func(claimed []workflow.Row)
}

func (c *claiming) Claim(ctx context.Context, owner string, now, until time.Time, limit int) ([]workflow.Row, error) {
	rows, err := c.Store.Claim(ctx, owner, now, until, limit)
	if err == nil && len(rows) > 0 {
		c.between(rows)
	}
	return rows, err
}

// abandoned makes an execution whose function was under way when its engine died.
func abandoned(t *testing.T, store *storetest.Memory, definition string) workflow.ExecutionID {
	t.Helper()
	i := install(t, store, definition, functions{"F": untilWithdrawn})
	info := i.start("x")
	synctest.Wait()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_ = i.Drain(ended)
	return info.ID
}

// An execution that was stopped after it was claimed must not have its function called
// from the row as it was claimed: nothing would undo what the function does.
func TestClaimedExecutionIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		definition := machine(`"A":` + lambda("F", `"End":true`))
		id := abandoned(t, store, definition)
		var i *installation
		var stopped atomic.Bool
		ready := make(chan struct{})
		i = install(t, store, definition, functions{"F": func(ctx context.Context, c workflow.Call) (workflow.Result, error) {
			if stopped.Load() {
				t.Error("the function of a stopped execution is called")
			}
			return untilWithdrawn(ctx, c)
		}}, func(o *engine.Options) {
			o.Store = &claiming{store, func([]workflow.Row) {
				<-ready
				if err := i.StopExecution(t.Context(), id, "Stopped", "between the claim and its answer"); err != nil {
					t.Errorf("stop: %v", err)
				}
				pass(time.Millisecond) // whatever was called has been withdrawn
				stopped.Store(true)
			}}
		})
		defer i.drain()
		close(ready)
		pass(time.Minute)
		i.wantStatus(id, workflow.Aborted)
	})
}

// What is claimed and not taken up when the engine drains must not stay leased.
func TestDrainGivesBackWhatWasClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		definition := machine(`"A":` + lambda("F", `"End":true`))
		id := abandoned(t, store, definition)
		var i *installation
		ready, drained := make(chan struct{}), make(chan struct{})
		i = install(t, store, definition, functions{"F": untilWithdrawn}, func(o *engine.Options) {
			o.Store = &claiming{store, func([]workflow.Row) {
				<-ready
				go func() {
					defer close(drained)
					ended, cancel := context.WithCancel(t.Context())
					cancel()
					_ = i.Drain(ended)
				}()
				pass(time.Second) // Drain has begun and waits for this claim
			}}
		})
		close(ready)
		<-drained
		if row := i.row(id); row.DueAt.After(time.Now()) {
			t.Errorf("after the drain it is due in %v, owner %q", time.Until(row.DueAt), row.Owner)
		}
	})
}

// hiccup is a store whose next commit fails when armed.
type hiccup struct {
	engine.Store
	armed atomic.Bool
}

func (h *hiccup) Commit(ctx context.Context, c *workflow.Commit) error {
	if h.armed.Swap(false) {
		return errors.New("disk full")
	}
	return h.Store.Commit(ctx, c)
}

// A timer whose commit failed does not wait for the lease of its claim to lapse.
func TestTimerIsTriedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &hiccup{Store: storetest.NewMemory()}
		i := install(t, store.Store.(*storetest.Memory), machine(`"W":{"Type":"Wait","Seconds":10,"End":true}`), nil,
			func(o *engine.Options) { o.Store = store })
		defer i.drain()
		info := i.start("x")
		store.armed.Store(true)
		pass(11 * time.Second)
		if i.wantStatus(info.ID, workflow.Running); store.armed.Load() {
			t.Fatal("the timer was not tried")
		}
		pass(5 * time.Second)
		i.wantStatus(info.ID, workflow.Succeeded)
	})
}

// A step that grows too large stops and goes on, without waiting for anybody to look for it.
func TestALargeStepGoesOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"M":{"Type":"Map","End":true,"ItemsPath":"$.items",`+
			`"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}`), nil)
		defer i.drain()
		pass(time.Second) // the loops have begun
		began := time.Now()
		info, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "large",
			Input: []byte(`{"items":[1` + strings.Repeat(",1", 4999) + `]}`)})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		i.wantStatus(info.ID, workflow.Succeeded)
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// The answer of a call comes after its time was up and before anybody has noticed that: it does
// not count, and nobody else is there to fire the timer.
func TestATimeoutFiresThoughALateAnswerWasFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := func(context.Context, workflow.Call) (workflow.Result, error) {
			time.Sleep(10*time.Second + time.Millisecond)
			return workflow.Result{}, nil
		}
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"TimeoutSeconds":10,"End":true`)), functions{"F": late})
		defer i.drain()
		pass(50 * time.Millisecond) // between two looks at what is due
		info := i.start("x")
		pass(11 * time.Second)
		if row := i.wantStatus(info.ID, workflow.Failed); row.Error != workflow.ErrorTimeout {
			t.Errorf("it has failed with %s", row.Error)
		}
	})
}
