package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// express is an EXPRESS state machine with one Wait.
func express(t *testing.T, i *installation, states string) workflow.Deployment {
	t.Helper()
	if _, err := i.store.PutDefinition(t.Context(), "Express", []byte(machine(states))); err != nil {
		t.Fatal(err)
	}
	d, err := i.store.Resolve(t.Context(), workflow.StateMachineARN("Express"), 0)
	if err != nil || d.Type != workflow.Express {
		t.Fatalf("%+v, %v", d, err)
	}
	return d
}

func TestStartSyncWaitsForTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"P":{"Type":"Pass","End":true}`), nil)
		defer i.drain()
		d := express(t, i, `"W":{"Type":"Wait","SecondsPath":"$.s","End":true}`)
		began := time.Now()
		for range 2 { // one name, two executions
			info, err := i.StartSync(t.Context(), engine.StartRequest{Deployment: d, Name: "n", Input: json.RawMessage(`{"s":7}`)})
			if err != nil || info.Status != workflow.Succeeded || string(info.Output) != `{"s":7}` {
				t.Errorf("%s %s, %v", info.Status, info.Output, err)
			}
		}
		if took := time.Since(began); took < 14*time.Second || took > 15*time.Second {
			t.Errorf("it took %v", took)
		}
		began = time.Now()
		info, err := i.StartSync(t.Context(), engine.StartRequest{Deployment: d, Name: "long", Input: json.RawMessage(`{"s":1000}`)})
		if err != nil || info.Status != workflow.TimedOut || time.Since(began) > 301*time.Second {
			t.Errorf("%s after %v, %v", info.Status, time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		info, err = i.StartSync(ctx, engine.StartRequest{Deployment: d, Name: "left", Input: json.RawMessage(`{"s":10}`)})
		if !errors.Is(err, context.DeadlineExceeded) || info.Status != workflow.Running {
			t.Errorf("%s, %v", info.Status, err)
		}
	})
}

func TestAnExpressExecutionIsNotRedriven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"P":{"Type":"Pass","End":true}`), nil)
		defer i.drain()
		d := express(t, i, `"F":{"Type":"Fail"}`)
		info, err := i.StartSync(t.Context(), engine.StartRequest{Deployment: d, Name: "n"})
		if err != nil || info.Status != workflow.Failed {
			t.Fatalf("%s, %v", info.Status, err)
		}
		if err := i.Redrive(t.Context(), info.ID); !errors.Is(err, workflow.ErrNotRedrivable) {
			t.Errorf("redriven: %v", err)
		}
		if got, want := info.ARN(), workflow.ExpressARN("Express", "n", info.ID); got != want {
			t.Errorf("ARN %s, want %s", got, want)
		}
	})
}

func TestAnExecutionKeepsWhatItWasStartedBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"P":{"Type":"Pass","End":true}`), nil)
		defer i.drain()
		d := workflow.Deployment{StateMachine: "M", Version: 1, Type: workflow.Standard, RoleARN: "arn:role", Published: 4, Alias: "live"}
		info, err := i.StartExecution(t.Context(), engine.StartRequest{Deployment: d, Name: "n", TraceHeader: "Root=1"})
		if err != nil {
			t.Fatal(err)
		}
		row := i.wantStatus(info.ID, workflow.Succeeded)
		if row.RoleARN != "arn:role" || row.Published != 4 || row.Alias != "live" || row.TraceHeader != "Root=1" {
			t.Errorf("row %+v", row.ExecutionInfo)
		}
		events, _ := i.store.History(t.Context(), info.ID, 0, 1)
		d1 := events[0].Details
		if d1.StateMachineAlias != workflow.AliasARN("M", "live") || d1.StateMachineVersion != workflow.VersionARN("M", 4) || d1.RoleARN != "arn:role" {
			t.Errorf("ExecutionStarted %+v", d1)
		}
	})
}
