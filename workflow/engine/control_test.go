package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

func TestStartIsIdempotentByName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"A":{"Type":"Wait","Seconds":60,"End":true}`), nil)
		defer i.drain()
		first := i.start("x")
		again, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "x", Input: json.RawMessage(`{"a":1}`)})
		if !errors.Is(err, workflow.ErrExists) || again.ID != first.ID {
			t.Errorf("same name, same input: %v, execution %d, want %d", err, again.ID, first.ID)
		}
		_, err = i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "x", Input: json.RawMessage(`{"a":2}`)})
		if !errors.Is(err, workflow.ErrConflict) {
			t.Errorf("same name, other input: %v", err)
		}
		_, err = i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "Nowhere", Name: "y", Input: json.RawMessage(`{}`)})
		if !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("unknown state machine: %v", err)
		}
	})
}

func TestTaskTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var token atomic.Value
		i := install(t, storetest.NewMemory(), machine(askState), functions{"Ask": asked(&token)})
		defer i.drain()
		info := i.start("x")
		if row := i.wantStatus(info.ID, workflow.Running); row.Owner != "" || i.Stats().Live != 0 {
			t.Errorf("waiting for an answer: owner %q, %d live", row.Owner, i.Stats().Live)
		}
		right := token.Load().(workflow.TaskToken)
		for wrong, want := range map[workflow.TaskToken]error{"": workflow.ErrTaskTokenInvalid, "nonsense": workflow.ErrTaskTokenInvalid} {
			if err := i.SucceedTask(t.Context(), wrong, json.RawMessage(`1`)); !errors.Is(err, want) {
				t.Errorf("token %q: %v, want %v", wrong, err, want)
			}
		}
		if err := i.HeartbeatTask(t.Context(), right); err != nil {
			t.Errorf("heartbeat: %v", err)
		}
		if err := i.SucceedTask(t.Context(), right, json.RawMessage(`"yes"`), storetest.Mark("decision")); err != nil {
			t.Fatalf("answer: %v", err)
		}
		row := i.wantStatus(info.ID, workflow.Succeeded)
		if string(row.Output) != `"yes"` || !i.store.Marked("decision") {
			t.Errorf("output %s, decision recorded: %t", row.Output, i.store.Marked("decision"))
		}
		if err := i.FailTask(t.Context(), right, "No", "late", storetest.Mark("late")); !errors.Is(err, workflow.ErrTaskGone) || i.store.Marked("late") {
			t.Errorf("a used token: %v, effect committed: %t", err, i.store.Marked("late"))
		}
	})
}

func TestOneOfManyAnswersWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var token atomic.Value
		i := install(t, storetest.NewMemory(), machine(askState), functions{"Ask": asked(&token)})
		defer i.drain()
		info := i.start("x")
		i.row(info.ID)
		var won, gone atomic.Int64
		for range 10 {
			go func() {
				switch err := i.SucceedTask(t.Context(), token.Load().(workflow.TaskToken), json.RawMessage(`1`)); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, workflow.ErrTaskGone):
					gone.Add(1)
				}
			}()
		}
		i.wantStatus(info.ID, workflow.Succeeded)
		if won.Load() != 1 || gone.Load() != 9 {
			t.Errorf("%d answers won, %d were too late", won.Load(), gone.Load())
		}
	})
}

func TestStopAndRedrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		broken.Store(true)
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"Next":"B"`)+`,"B":`+lambda("G", `"End":true`)), functions{
			"F": answer(`{"kept":true}`),
			"G": func(ctx context.Context, c workflow.Call) (workflow.Result, error) {
				if broken.Load() {
					return workflow.Result{}, errors.New("no connection")
				}
				return workflow.Result{Output: c.Payload}, nil
			}})
		defer i.drain()
		info := i.start("x")
		if row := i.wantStatus(info.ID, workflow.Failed); row.Error != "Lambda.Unknown" || row.Cause != "no connection" {
			t.Errorf("failed with %s: %s", row.Error, row.Cause)
		}
		if err := i.StopExecution(t.Context(), info.ID, "E", "c"); !errors.Is(err, workflow.ErrClosed) {
			t.Errorf("stopping what is closed: %v", err)
		}
		broken.Store(false)
		if err := i.Redrive(t.Context(), info.ID); err != nil {
			t.Fatalf("redrive: %v", err)
		}
		if row := i.wantStatus(info.ID, workflow.Succeeded); string(row.Output) != `{"kept":true}` || row.Redrives != 1 || row.Error != "" {
			t.Errorf("after the redrive: output %s, %d redrives, error %q", row.Output, row.Redrives, row.Error)
		}
		if err := i.Redrive(t.Context(), info.ID); !errors.Is(err, workflow.ErrNotRedrivable) {
			t.Errorf("redriving what has succeeded: %v", err)
		}
		if err := i.Redrive(t.Context(), 42); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("redriving what is not there: %v", err)
		}
	})
}

func TestStopWithdrawsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var withdrawn atomic.Bool
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"End":true`)), functions{"F": func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
			<-ctx.Done()
			withdrawn.Store(true)
			return workflow.Result{}, ctx.Err()
		}})
		defer i.drain()
		info := i.start("x")
		synctest.Wait()
		if err := i.StopExecution(t.Context(), info.ID, "Stopped", "enough"); err != nil {
			t.Fatal(err)
		}
		row := i.wantStatus(info.ID, workflow.Aborted)
		if row.Error != "Stopped" || row.Cause != "enough" || !withdrawn.Load() || i.Stats().Live != 0 {
			t.Errorf("stopped with %s: %s; withdrawn %t; %d live", row.Error, row.Cause, withdrawn.Load(), i.Stats().Live)
		}
	})
}

// Redriven into a state that fails at once, an execution is closed again in the same step.
func TestRedriveThatFailsAtOnceCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"A":{"Type":"Fail","Error":"Lost"}`), nil)
		defer i.drain()
		info := i.start("x")
		for n := 1; n <= 2; n++ {
			if err := i.Redrive(t.Context(), info.ID); err != nil {
				t.Fatal(err)
			}
			if row := i.wantStatus(info.ID, workflow.Failed); row.Redrives != n || row.RedrivenAt.IsZero() {
				t.Errorf("redriven %d times, at %v; want %d", row.Redrives, row.RedrivenAt, n)
			}
		}
	})
}
