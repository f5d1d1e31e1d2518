package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/sim"
	"countersign/workflow/engine/storetest"
)

// besideCall is a machine with a question in one branch, and after it a call of G, and a call of F in the other.
var besideCall = machine(`"P":{"Type":"Parallel","End":true,"Branches":[` +
	machine(`"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","TimeoutSeconds":3600,`+
		`"Parameters":{"FunctionName":"Ask","Payload":{"t.$":"$$.Task.Token"}},"Next":"G"},"G":`+lambda("G", `"End":true`)) + `,` +
	machine(`"F":`+lambda("F", `"End":true`)) + `]}`)

func shared(o *engine.Options) { o.Exclusive = false }

// counted counts the calls of a function that takes its time.
func counted(calls *atomic.Int64, d time.Duration) workflow.Handler {
	return func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
		calls.Add(1)
		select {
		case <-time.After(d):
			return workflow.Result{Output: json.RawMessage(`1`)}, nil
		case <-ctx.Done():
			return workflow.Result{}, ctx.Err()
		}
	}
}

// While one engine calls a function, what another engine is told of another branch is committed at
// once, and the first one goes on with that branch beside its call.
func TestRequestIsTakenUpBesideTheHoldersCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		var token atomic.Value
		var f, g, elsewhere atomic.Int64
		a := install(t, store, besideCall, functions{"Ask": asked(&token), "F": counted(&f, 5*time.Minute), "G": counted(&g, time.Second)}, shared)
		b := install(t, store, besideCall, functions{"Ask": asked(&token), "F": counted(&elsewhere, 0), "G": counted(&elsewhere, 0)}, shared)
		info := a.start("x")
		pass(time.Second)
		before, began := a.row(info.ID), time.Now()
		right := token.Load().(workflow.TaskToken)
		if err := b.HeartbeatTask(t.Context(), right); err != nil {
			t.Errorf("heartbeat: %v", err)
		}
		if err := b.SucceedTask(t.Context(), right, json.RawMessage(`1`), storetest.Mark("answered")); err != nil {
			t.Errorf("answer: %v", err)
		}
		after := a.row(info.ID)
		if g.Load() != 1 || !store.Marked("answered") || time.Since(began) > 0 {
			t.Errorf("after %v: the next function was called %d times; the answer is recorded: %t", time.Since(began), g.Load(), store.Marked("answered"))
		}
		if after.Owner != before.Owner || !after.DueAt.Equal(before.DueAt) {
			t.Errorf("the lease of %q until %v became that of %q until %v", before.Owner, before.DueAt, after.Owner, after.DueAt)
		}
		if err := a.SucceedTask(t.Context(), right, json.RawMessage(`2`)); !errors.Is(err, workflow.ErrTaskGone) {
			t.Errorf("a second answer, to the holder: %v", err)
		}
		pass(5 * time.Minute)
		a.wantStatus(info.ID, workflow.Succeeded)
		if f.Load() != 1 || g.Load() != 1 || elsewhere.Load() != 0 {
			t.Errorf("the functions were called %d and %d times where they should be, and %d times elsewhere", f.Load(), g.Load(), elsewhere.Load())
		}
		a.drain()
		b.drain()
	})
}

// The lease of a dead engine ends when it would have, whatever is answered meanwhile.
func TestRequestDoesNotProlongTheLeaseOfTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		faulty := sim.NewFaulty(store)
		var token atomic.Value
		var lost, f, g atomic.Int64
		a := install(t, store, besideCall, functions{"Ask": asked(&token), "F": counted(&lost, time.Hour)}, shared,
			func(o *engine.Options) { o.Store = faulty })
		info := a.start("x")
		pass(time.Second)
		kill(a, faulty)
		b := install(t, store, besideCall, functions{"F": counted(&f, time.Second), "G": counted(&g, time.Second)}, shared)
		right := token.Load().(workflow.TaskToken)
		for range 20 {
			if err := b.HeartbeatTask(t.Context(), right); err != nil {
				t.Errorf("heartbeat: %v", err)
			}
			pass(time.Second)
		}
		if err := b.SucceedTask(t.Context(), right, json.RawMessage(`1`)); err != nil {
			t.Errorf("answer: %v", err)
		}
		pass(5 * time.Second)
		if f.Load()+g.Load() != 0 {
			t.Error("another engine performs what the lease is still held for")
		}
		pass(5 * time.Second)
		if f.Load() != 1 || g.Load() != 1 {
			t.Errorf("the lease has lapsed, and the functions were called %d and %d times", f.Load(), g.Load())
		}
		pass(2 * time.Second)
		b.wantStatus(info.ID, workflow.Succeeded)
		b.drain()
	})
}

// A request that leaves nothing of what the holder does has it withdraw its call at once, not when the
// lease would be renewed.
func TestHolderHearsThatItsCallIsNotWanted(t *testing.T) {
	for name, act := range map[string]func(ctx context.Context, b *installation, id workflow.ExecutionID, token workflow.TaskToken) error{
		"stopped": func(ctx context.Context, b *installation, id workflow.ExecutionID, _ workflow.TaskToken) error {
			return b.StopExecution(ctx, id, "E", "c")
		},
		"failed in the other branch": func(ctx context.Context, b *installation, _ workflow.ExecutionID, token workflow.TaskToken) error {
			return b.FailTask(ctx, token, "E", "c")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := storetest.NewMemory()
				var token atomic.Value
				var withdrawn atomic.Bool
				a := install(t, store, besideCall, functions{"Ask": asked(&token), "F": func(ctx context.Context, c workflow.Call) (workflow.Result, error) {
					defer withdrawn.Store(true)
					return untilWithdrawn(ctx, c)
				}}, shared)
				b := install(t, store, besideCall, nil, shared)
				info := a.start("x")
				pass(time.Second)
				if err := act(t.Context(), b, info.ID, token.Load().(workflow.TaskToken)); err != nil {
					t.Fatal(err)
				}
				if row := b.row(info.ID); !row.Status.Closed() || row.Owner != "" || !withdrawn.Load() {
					t.Errorf("it is %s, held by %q; the call was withdrawn: %t", row.Status, row.Owner, withdrawn.Load())
				}
				a.drain()
				b.drain()
			})
		})
	}
}

// unheard is a store that tells nothing for a while, and then that anything may have changed.
type unheard struct {
	engine.Store
	off  atomic.Bool
	tell func([]workflow.ExecutionID)
}

func (u *unheard) Hear(tell func([]workflow.ExecutionID)) (stop func()) {
	u.tell = tell
	return u.Store.Hear(func(ids []workflow.ExecutionID) {
		if !u.off.Load() {
			tell(ids)
		}
	})
}

// Who has not heard for a while looks at everything it holds, and tries again when it cannot.
func TestHolderLooksWhenItHasNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		deaf, blind := &unheard{Store: store}, &unreadable{}
		deaf.Store, blind.Store = blind, store
		var token atomic.Value
		var f, g atomic.Int64
		a := install(t, store, besideCall, functions{"Ask": asked(&token), "F": counted(&f, 5*time.Minute), "G": counted(&g, time.Second)}, shared,
			func(o *engine.Options) { o.Store = deaf })
		b := install(t, store, besideCall, nil, shared)
		info := a.start("x")
		pass(time.Second)
		deaf.off.Store(true)
		if err := b.SucceedTask(t.Context(), token.Load().(workflow.TaskToken), json.RawMessage(`1`)); err != nil {
			t.Errorf("answer: %v", err)
		}
		pass(time.Minute)
		if g.Load() != 0 {
			t.Fatal("it was told of nothing, and knows")
		}
		deaf.off.Store(false)
		blind.off.Store(true)
		deaf.tell(nil)
		pass(time.Second)
		blind.off.Store(false)
		pass(2 * time.Second)
		if g.Load() != 1 {
			t.Errorf("the next function was called %d times", g.Load())
		}
		pass(5 * time.Minute)
		a.wantStatus(info.ID, workflow.Succeeded)
		if f.Load() != 1 {
			t.Errorf("the first function was called %d times", f.Load())
		}
		a.drain()
		b.drain()
	})
}

// unreadable is a store that cannot be read for a while.
type unreadable struct {
	engine.Store
	off atomic.Bool
}

func (u *unreadable) Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error) {
	if u.off.Load() {
		return workflow.Row{}, errors.New("no connection")
	}
	return u.Store.Load(ctx, id)
}
