package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

const endless = `{% ($f := function($n) { $f($n + 1) }; $f(0)) %}`

// These run by the clock on the wall: an expression that burns the processor is told by it.

// patience is longer than a busy machine takes, and much shorter than all that is slow.
const patience = 30 * time.Second

func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for late := time.After(patience); !is(); {
		select {
		case <-ticker.C:
		case <-late:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func (i *installation) status(id workflow.ExecutionID) workflow.ExecutionStatus {
	row, err := i.store.Load(i.t.Context(), id)
	if err != nil {
		i.t.Fatal(err)
	}
	return row.Status
}

// Executions that burn the processor wait for each other; everybody else's timers, starts,
// ends and the shutdown do not wait for them.
func TestSlowExpressionsKeepNobodyWaiting(t *testing.T) {
	store := storetest.NewMemory()
	i := install(t, store, `{"QueryLanguage":"JSONata",`+machine(`"W":{"Type":"Wait","Seconds":1,"Next":"S"},"S":{"Type":"Pass","Output":"` + endless + `","End":true}`)[1:], nil)
	if _, err := store.PutDefinition(t.Context(), "Waiting", []byte(machine(`"W":{"Type":"Wait","Seconds":2,"End":true}`))); err != nil {
		t.Fatal(err)
	}
	var slow []workflow.ExecutionInfo
	for n := range 50 {
		slow = append(slow, i.start(fmt.Sprint("slow", n)))
	}
	waiting, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "Waiting", Name: "w", Input: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	soon(t, "a timer of two seconds", func() bool { return i.status(waiting.ID) == workflow.Succeeded })
	soon(t, "the end of those that are slow", func() bool {
		for _, info := range slow[:5] {
			if err := i.StopExecution(t.Context(), info.ID, "", ""); err != nil && !errors.Is(err, workflow.ErrClosed) {
				t.Fatal(err)
			}
		}
		return true
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := i.Drain(ctx); err != nil {
		t.Error(err)
	}
}

// An execution whose first state is slow is started at once.
func TestStartDoesNotWaitForASlowState(t *testing.T) {
	i := install(t, storetest.NewMemory(), `{"QueryLanguage":"JSONata",`+machine(`"S":{"Type":"Pass","Output":"` + endless + `","End":true}`)[1:], nil)
	defer i.Drain(t.Context())
	began := time.Now()
	info := i.start("x")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("starting took %v", took)
	}
	if got := i.types(info.ID); got != "ExecutionStarted" {
		t.Errorf("the history is %s", got)
	}
	soon(t, "the slow state's turn and its end", func() bool {
		return i.StopExecution(t.Context(), info.ID, "", "") == nil && i.status(info.ID) == workflow.Aborted
	})
}
