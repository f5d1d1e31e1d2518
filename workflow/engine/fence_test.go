package engine_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// overtaken is a store on which somebody else is quicker, once, when armed.
type overtaken struct {
	engine.Store
	quicker atomic.Pointer[func()]
}

func (o *overtaken) Commit(ctx context.Context, c *workflow.Commit) error {
	if quicker := o.quicker.Swap(nil); quicker != nil {
		(*quicker)()
	}
	return o.Store.Commit(ctx, c)
}

// A commit that was fenced is tried again with everything that belongs to it.
func TestFencedAnswerKeepsItsEffects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var token atomic.Value
		store := storetest.NewMemory()
		raced := &overtaken{Store: store}
		f := functions{"Ask": asked(&token)}
		a := install(t, store, machine(askState), f, func(o *engine.Options) { o.Store, o.Exclusive = raced, false })
		b := install(t, store, machine(askState), f, func(o *engine.Options) { o.Exclusive = false })
		info := a.start("x")
		a.wantStatus(info.ID, workflow.Running)
		right := token.Load().(workflow.TaskToken)
		heartbeat := func() {
			if err := b.HeartbeatTask(t.Context(), right); err != nil {
				t.Errorf("the other engine's heartbeat: %v", err)
			}
		}
		raced.quicker.Store(&heartbeat)
		if err := a.SucceedTask(t.Context(), right, json.RawMessage(`1`), storetest.Mark("decision")); err != nil {
			t.Fatalf("answer: %v", err)
		}
		a.wantStatus(info.ID, workflow.Succeeded)
		if !store.Marked("decision") || a.Stats().Fenced != 1 {
			t.Errorf("decision recorded: %t; %d commits were fenced", store.Marked("decision"), a.Stats().Fenced)
		}
		a.drain()
		b.drain()
	})
}

// An engine that hears of its lost lease withdraws the call: its outside effects would
// come on top of the new holder's.
func TestLostLeaseWithdrawsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		cut := &cutOff{Store: store}
		definition := machine(`"A":` + lambda("F", `"End":true`))
		var withdrawn atomic.Bool
		a := install(t, store, definition, functions{"F": func(ctx context.Context, c workflow.Call) (workflow.Result, error) {
			defer withdrawn.Store(true)
			return untilWithdrawn(ctx, c)
		}}, func(o *engine.Options) { o.Store, o.Exclusive = cut, false })
		info := a.start("x")
		synctest.Wait()
		cut.off.Store(true)
		b := install(t, store, definition, functions{"F": untilWithdrawn}, func(o *engine.Options) { o.Exclusive = false })
		pass(40 * time.Second)
		if row := b.row(info.ID); row.Owner == "" || withdrawn.Load() {
			t.Fatalf("owner %q; withdrawn %t before the engine could know", row.Owner, withdrawn.Load())
		}
		cut.off.Store(false)
		pass(11 * time.Second)
		if b.row(info.ID); !withdrawn.Load() {
			t.Error("the call goes on although the lease is another's")
		}
		a.drain()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_ = b.Drain(ended)
	})
}

// A stop does not wait for the engine that calls a function: what that function answers is refused,
// and if it does not answer that engine learns of it when it would renew the lease, though it hears nothing.
func TestStopTakesTheExecutionFromItsHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		deaf := &unheard{Store: store}
		deaf.off.Store(true)
		definition := machine(`"C":{"Type":"Choice","Choices":[{"Variable":"$$.Execution.Name","StringEquals":"endless","Next":"B"}],"Default":"A"},
			"A":` + lambda("F", `"Next":"W"`) + `,"B":` + lambda("Endless", `"End":true`) + `,"W":{"Type":"Wait","Seconds":60,"End":true}`)
		var withdrawn atomic.Bool
		a := install(t, store, definition, functions{
			"F": func(context.Context, workflow.Call) (workflow.Result, error) {
				pass(5 * time.Second)
				return workflow.Result{Effects: []workflow.Effect{storetest.Mark("done")}}, nil
			},
			"Endless": func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
				<-ctx.Done()
				withdrawn.Store(true)
				return workflow.Result{}, ctx.Err()
			},
		}, shared, func(o *engine.Options) { o.Store = deaf })
		b := install(t, store, definition, nil, shared)
		answering := a.start("answering")
		endless := a.start("endless")
		pass(time.Second)
		began := time.Now()
		for _, info := range []workflow.ExecutionInfo{answering, endless} {
			if err := b.StopExecution(t.Context(), info.ID, "E", "c"); err != nil {
				t.Errorf("stop %s: %v", info.Name, err)
			}
			b.wantStatus(info.ID, workflow.Aborted)
		}
		if took := time.Since(began); took > 10*time.Millisecond {
			t.Errorf("the stops took %v", took)
		}
		pass(11 * time.Second)
		if store.Marked("done") || a.Stats().Fenced != 1 || a.Stats().Live != 0 || !withdrawn.Load() {
			t.Errorf("the call's effect is there: %t; %+v; the endless call was withdrawn: %t", store.Marked("done"), a.Stats(), withdrawn.Load())
		}
		a.drain()
		b.drain()
	})
}

// Whoever asked may hang up: a commit that has begun is heard to its end.
func TestCallerHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var token atomic.Value
		raced := &overtaken{Store: storetest.NewMemory()}
		i := install(t, raced.Store.(*storetest.Memory), machine(askState), functions{"Ask": asked(&token)},
			func(o *engine.Options) { o.Store = raced })
		defer i.drain()
		info := i.start("x")
		i.row(info.ID)
		ctx, hangUp := context.WithCancel(t.Context())
		quit := func() { hangUp() }
		raced.quicker.Store(&quit)
		if err := i.SucceedTask(ctx, token.Load().(workflow.TaskToken), json.RawMessage(`1`)); err != nil {
			t.Errorf("answer: %v", err)
		}
		i.wantStatus(info.ID, workflow.Succeeded)
	})
}

// What an engine remembers of another's lease grows old: the holder renews it.
func TestRequestDoesNotTakeARenewedLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		cut := &cutOff{Store: store}
		var token atomic.Value
		deaf := make(chan struct{})
		a := install(t, store, machine(askState), functions{"Ask": func(_ context.Context, c workflow.Call) (workflow.Result, error) {
			token.Store(c.Token)
			<-deaf // keeps the execution in a's memory
			return workflow.Result{}, nil
		}}, shared, func(o *engine.Options) { o.Store = cut })
		info := a.start("x")
		synctest.Wait()
		cut.off.Store(true)
		b := install(t, store, machine(askState), functions{"Ask": untilWithdrawn}, shared)
		pass(40 * time.Second) // b has taken it over
		cut.off.Store(false)
		pass(2 * time.Minute) // a has heard of it, and b has renewed its lease since
		holder := a.row(info.ID)
		if err := a.HeartbeatTask(t.Context(), token.Load().(workflow.TaskToken)); err != nil {
			t.Errorf("heartbeat: %v", err)
		}
		if row := a.row(info.ID); row.Owner != holder.Owner || !row.DueAt.Equal(holder.DueAt) {
			t.Errorf("the lease went from %q until %v to %q until %v", holder.Owner, holder.DueAt, row.Owner, row.DueAt)
		}
		close(deaf)
		a.drain()
		ended, stop := context.WithCancel(t.Context())
		stop()
		_ = b.Drain(ended)
	})
}
