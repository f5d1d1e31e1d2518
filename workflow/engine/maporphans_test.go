package engine_test

import (
	"context"
	"encoding/json"
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

// unlisted is a store that cannot list the children of Map Runs for a while.
type unlisted struct {
	*storetest.Memory
	broken atomic.Bool
}

// activityRows has children that nobody answers.
var activityRows = strings.Replace(rows, "arn:aws:lambda:us-east-1:123456789012:function:Work", "arn:aws:states:us-east-1:123456789012:activity:Work", 1)

var errUnlisted = errors.New("the children cannot be listed")

func (u *unlisted) MapChildren(ctx context.Context, arn workflow.ARN, statuses []workflow.ExecutionStatus, visit func(int64, workflow.ExecutionInfo) error) error {
	if u.broken.Load() {
		return errUnlisted
	}
	return u.Memory.MapChildren(ctx, arn, statuses, visit)
}

// leftBehind is a Map Run that ended with its parent and has children that could not be stopped.
func leftBehind(t *testing.T) (*unlisted, *installation, workflow.ARN) {
	t.Helper()
	store := &unlisted{Memory: storetest.NewMemory()}
	i := install(t, store.Memory, machine(activityRows), nil, func(o *engine.Options) { o.MapRuns = store })
	info, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "x", Input: json.RawMessage(`[0,1,2]`)})
	if err != nil {
		t.Fatal(err)
	}
	pass(time.Second)
	store.broken.Store(true)
	if err := i.StopExecution(t.Context(), info.ID, "E", "c"); err != nil {
		t.Fatal(err)
	}
	pass(time.Second)
	run := store.AllMapRuns()[0]
	wantChildren(t, store, run.ARN, workflow.MapRunCounts{Running: 3})
	if run.Status != workflow.Aborted {
		t.Fatalf("the map run is %s", run.Status)
	}
	return store, i, run.ARN
}

func wantChildren(t *testing.T, store *unlisted, run workflow.ARN, want workflow.MapRunCounts) {
	t.Helper()
	synctest.Wait()
	if executions, _, err := store.CountMapRun(t.Context(), run); err != nil || executions != want {
		t.Errorf("its executions: %+v, %v; want %+v", executions, err, want)
	}
}

func TestChildrenThatCouldNotBeStoppedAreStoppedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, i, run := leftBehind(t)
		store.broken.Store(false)
		pass(25 * time.Second) // two looks for what is left over; a lease is 30 s
		wantChildren(t, store, run, workflow.MapRunCounts{Aborted: 3})
		i.drain()
	})
}

func TestChildrenThatADeadProcessDidNotStopAreStoppedByTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, i, run := leftBehind(t)
		i.drain()
		store.broken.Store(false)
		i = install(t, store.Memory, machine(activityRows), nil, func(o *engine.Options) { o.MapRuns = store })
		wantChildren(t, store, run, workflow.MapRunCounts{Aborted: 3})
		i.drain()
	})
}

// A Map Run of which nobody knows any more, because who ran it died when its parent had just
// gone another way, is ended while the parent goes on.
func TestAMapRunThatItsParentHasLeftIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &unlisted{Memory: storetest.NewMemory()}
		elsewhere := machine(`"Both":{"Type":"Parallel","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Rest"}],"End":true,"Branches":[` +
			machine(activityRows) + `,` + machine(`"Ask":`+lambda("Ask", `"End":true`)) + `]},"Rest":{"Type":"Wait","Seconds":3600,"End":true}`)
		fail := make(chan struct{})
		ask := func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
			<-fail
			return workflow.Result{}, workflow.Failf("Broken", "the other branch")
		}
		lost := &lostAborts{unlisted: store}
		i := install(t, store.Memory, elsewhere, functions{"Ask": ask}, func(o *engine.Options) { o.MapRuns = lost })
		info, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "x", Input: json.RawMessage(`[0,1,2]`)})
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		close(fail)
		pass(time.Second)
		i.wantStatus(info.ID, workflow.Running)
		run := store.AllMapRuns()[0]
		if run.Status != workflow.Running {
			t.Fatalf("the map run is %s already", run.Status)
		}
		lost.found.Store(true)
		pass(25 * time.Second)
		wantChildren(t, store, run.ARN, workflow.MapRunCounts{Aborted: 3})
		if run := store.AllMapRuns()[0]; run.Status != workflow.Aborted {
			t.Errorf("the map run is %s", run.Status)
		}
		i.wantStatus(info.ID, workflow.Running)
		i.drain()
	})
}

// lostAborts is a store to which no end of a Map Run comes until it is found again.
type lostAborts struct {
	*unlisted
	found atomic.Bool
}

func (l *lostAborts) AbortMapRun(ctx context.Context, arn workflow.ARN, at time.Time) error {
	if !l.found.Load() {
		return errUnlisted
	}
	return l.unlisted.AbortMapRun(ctx, arn, at)
}
