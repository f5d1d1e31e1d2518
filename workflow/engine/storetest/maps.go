package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/workflow"
)

// The Map Runs of these tests belong to execution 1, at entry 2.
var mapRunARN = workflow.MapRunARN("Machine", "Rows", "run")

func openedMapRun() workflow.MapRun {
	return workflow.MapRun{
		ARN: mapRunARN, Execution: 1, Entry: 2, StateMachine: "Machine", Label: "Rows", Status: workflow.Running, StartedAt: start,
		MaxConcurrency: 3, ToleratedFailureCount: 4, ToleratedFailurePercentage: 12.5,
	}
}

// newMapRun opens a Map Run of execution 1 with items that hold 1, 2, 3, … items each, and seals it.
func newMapRun(t *testing.T, f Fixture, items int) (parent *workflow.Commit) {
	t.Helper()
	parent = creation(1)
	commit(t, f, parent)
	_, err := f.MapRuns.OpenMapRun(t.Context(), openedMapRun())
	succeed(t, "open", err)
	succeed(t, "add items", f.MapRuns.AddMapItems(t.Context(), mapRunARN, mapItems(0, items)))
	succeed(t, "seal", f.MapRuns.SealMapRun(t.Context(), mapRunARN))
	return parent
}

func mapItems(from, to int) (list []workflow.MapItem) {
	for i := from; i < to; i++ {
		list = append(list, workflow.MapItem{Index: int64(i), Count: int64(i + 1), Input: json.RawMessage(fmt.Sprintf(`{"row": %d.0}`, i))})
	}
	return list
}

// mapChild is a commit that creates the execution id for an item.
func mapChild(f Fixture, id, index int64) *workflow.Commit {
	c := creation(id)
	c.Info.StateMachine, c.Info.MapRun = "Machine/Rows", mapRunARN
	c.Info.Input = mapItems(int(index), int(index)+1)[0].Input
	c.Effects = []workflow.Effect{f.MapRuns.StartMapItem(mapRunARN, index, c.Info.ID)}
	return c
}

// closing is a commit that ends an execution on top of c.
func closing(c *workflow.Commit, status workflow.ExecutionStatus) *workflow.Commit {
	next := following(c, 3, 3)
	next.Info.Status, next.Info.StoppedAt, next.DueAt = status, start.Add(time.Hour), time.Time{}
	return next
}

func succeed(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func readMapRun(t *testing.T, f Fixture) workflow.MapRun {
	t.Helper()
	run, err := f.MapRuns.MapRun(t.Context(), mapRunARN)
	succeed(t, "read the Map Run", err)
	return run
}

func counted(t *testing.T, f Fixture) (executions, items workflow.MapRunCounts) {
	t.Helper()
	executions, items, err := f.MapRuns.CountMapRun(t.Context(), mapRunARN)
	succeed(t, "count", err)
	return executions, items
}

// waitingFor are the indexes of items that no execution was started with.
func waitingFor(t *testing.T, f Fixture) (indexes []int64) {
	t.Helper()
	items, err := f.MapRuns.MapItems(t.Context(), mapRunARN, 100)
	succeed(t, "items", err)
	for _, item := range items {
		indexes = append(indexes, item.Index)
	}
	return indexes
}

func mapRunOpensOnce(t *testing.T, f Fixture) {
	commit(t, f, creation(1))
	for range 2 {
		again := openedMapRun()
		if _, err := f.MapRuns.MapRun(t.Context(), mapRunARN); err == nil {
			again.MaxConcurrency, again.StartedAt = 99, start.Add(time.Hour)
		}
		run, err := f.MapRuns.OpenMapRun(t.Context(), again)
		succeed(t, "open", err)
		equal(t, "as opened", run, openedMapRun())
	}
	equal(t, "read back", readMapRun(t, f), openedMapRun())
}

// Whoever reads the items again after a crash adds them in other portions.
func mapItemsAreKeptOnce(t *testing.T, f Fixture) {
	commit(t, f, creation(1))
	_, err := f.MapRuns.OpenMapRun(t.Context(), openedMapRun())
	succeed(t, "open", err)
	succeed(t, "add items", f.MapRuns.AddMapItems(t.Context(), mapRunARN, mapItems(0, 3)))
	changed := mapItems(0, 5)
	changed[1].Input, changed[1].Count = json.RawMessage(`"another"`), 77
	succeed(t, "add items again", f.MapRuns.AddMapItems(t.Context(), mapRunARN, changed))
	equal(t, "before it is sealed", readMapRun(t, f).Sealed, false)
	succeed(t, "seal", f.MapRuns.SealMapRun(t.Context(), mapRunARN))
	want := openedMapRun()
	want.Sealed, want.Executions, want.Items = true, 5, 1+2+3+4+5
	equal(t, "sealed", readMapRun(t, f), want)
	for limit, n := range map[int]int{1: 1, 4: 4, 100: 5} {
		items, err := f.MapRuns.MapItems(t.Context(), mapRunARN, limit)
		succeed(t, "items", err)
		equal(t, "items in order, as they came first", items, mapItems(0, n))
	}
}

func mapItemStartsOnce(t *testing.T, f Fixture) {
	parent := newMapRun(t, f, 3)
	commit(t, f, mapChild(f, 10, 1))
	equal(t, "what is left", waitingFor(t, f), []int64{0, 2})
	refuse(t, f, mapChild(f, 11, 1), workflow.ErrEffectRefused)
	refuse(t, f, mapChild(f, 11, 0+3), workflow.ErrEffectRefused)
	stranger := creation(11)
	stranger.Effects = []workflow.Effect{f.MapRuns.StartMapItem("arn:none", 0, 11)}
	refuse(t, f, stranger, workflow.ErrEffectRefused)
	taken := mapChild(f, 12, 0)
	taken.Info.Name, taken.Info.Input = "execution-10", json.RawMessage(`{"row": 1.0}`)
	refuse(t, f, taken, workflow.ErrExists)
	equal(t, "refused creations start nothing", waitingFor(t, f), []int64{0, 2})
	for _, id := range []workflow.ExecutionID{11, 12} {
		if _, err := f.Store.Load(t.Context(), id); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("execution %d was not to be created: %v", id, err)
		}
	}
	end := closing(parent, workflow.Failed)
	end.Effects = []workflow.Effect{f.MapRuns.CloseMapRun(mapRunARN, workflow.Failed, start.Add(time.Hour), 0)}
	commit(t, f, end)
	refuse(t, f, mapChild(f, 13, 0), workflow.ErrEffectRefused)
}

func mapItemStartsOnceAmongMany(t *testing.T, f Fixture) {
	const items, each = 5, 4
	newMapRun(t, f, items)
	var won, refused atomic.Int64
	var wg sync.WaitGroup
	for n := range int64(items * each) {
		c := mapChild(f, 10+n, n%items)
		wg.Go(func() {
			switch err := f.Store.Commit(context.Background(), c); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, workflow.ErrEffectRefused):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	executions, _ := counted(t, f)
	equal(t, "executions", executions, workflow.MapRunCounts{Running: items})
	if won.Load() != items || refused.Load() != items*(each-1) {
		t.Errorf("%d won and %d were refused, for %d items", won.Load(), refused.Load(), items)
	}
}

// family starts the executions 10, 11, … for the items of a new Map Run and ends each in its status.
func family(t *testing.T, f Fixture, kind workflow.StateMachineType, ends ...workflow.ExecutionStatus) (parent *workflow.Commit) {
	t.Helper()
	parent = newMapRun(t, f, len(ends))
	for i, status := range ends {
		if status == "" {
			continue
		}
		child := mapChild(f, 10+int64(i), int64(i))
		child.Info.Type = kind
		commit(t, f, child)
		if !status.Closed() {
			continue
		}
		end := closing(child, status)
		if status == workflow.Succeeded {
			end.Info.Output = json.RawMessage(`"done"`)
		} else {
			end.Info.Error, end.Info.Cause = "E", "because"
		}
		commit(t, f, end)
	}
	return parent
}

// everyEnd is one item for each way that a child can be.
var everyEnd = []workflow.ExecutionStatus{workflow.Succeeded, "", workflow.Failed, workflow.Running, workflow.TimedOut, workflow.Aborted}

func mapChildrenAreCounted(t *testing.T, f Fixture) {
	family(t, f, workflow.Standard, everyEnd...)
	executions, items := counted(t, f)
	equal(t, "executions", executions, workflow.MapRunCounts{Pending: 1, Running: 1, Succeeded: 1, Failed: 1, TimedOut: 1, Aborted: 1})
	equal(t, "items", items, workflow.MapRunCounts{Succeeded: 1, Pending: 2, Failed: 3, Running: 4, TimedOut: 5, Aborted: 6})
}

func mapChildrenAreVisited(t *testing.T, f Fixture) {
	family(t, f, workflow.Standard, everyEnd...)
	visited := func(statuses ...workflow.ExecutionStatus) (indexes []int64) {
		t.Helper()
		succeed(t, "visit", f.MapRuns.MapChildren(t.Context(), mapRunARN, statuses, func(index int64, child workflow.ExecutionInfo) error {
			indexes = append(indexes, index)
			// What result files show of it.
			got, stored := child, load(t, f, child.ID).ExecutionInfo
			stored.RoleARN, got.RoleARN = "", ""
			equal(t, "child", got, stored)
			if child.ID != workflow.ExecutionID(10+index) || child.MapRun != mapRunARN {
				t.Errorf("child %d stands at index %d of %s", child.ID, index, child.MapRun)
			}
			return nil
		}))
		return indexes
	}
	equal(t, "all that were started", visited(), []int64{0, 2, 3, 4, 5})
	equal(t, "those that were lost", visited(workflow.Failed, workflow.TimedOut, workflow.Aborted), []int64{2, 4, 5})
	equal(t, "those that go on", visited(workflow.Running), []int64{3})
	enough, visits := errors.New("enough"), 0
	err := f.MapRuns.MapChildren(t.Context(), mapRunARN, nil, func(int64, workflow.ExecutionInfo) error { visits++; return enough })
	if !errors.Is(err, enough) || visits != 1 {
		t.Errorf("after the visitor had enough it was called %d times: %v", visits, err)
	}
}

func mapRunClosesWithItsParent(t *testing.T, f Fixture) {
	parent := newMapRun(t, f, 2)
	closed := []workflow.Effect{f.MapRuns.CloseMapRun(mapRunARN, workflow.Succeeded, start.Add(time.Hour), 5)}
	fenced := following(parent, 3, 3)
	fenced.Expect, fenced.Effects = 7, closed
	refuse(t, f, fenced, workflow.ErrFenced)
	equal(t, "after a fenced commit", readMapRun(t, f).Status, workflow.Running)
	next := following(parent, 3, 3)
	next.Effects = closed
	commit(t, f, next)
	want := openedMapRun()
	want.Sealed, want.Executions, want.Items = true, 2, 3
	want.Status, want.StoppedAt, want.ResultsWritten = workflow.Succeeded, start.Add(time.Hour), 5
	equal(t, "closed", readMapRun(t, f), want)
	succeed(t, "abort what is closed", f.MapRuns.AbortMapRun(t.Context(), mapRunARN, start.Add(2*time.Hour)))
	equal(t, "closed it stays as it is", readMapRun(t, f), want)
}

func orphans(t *testing.T, f Fixture) []workflow.ARN {
	t.Helper()
	arns, err := f.MapRuns.OrphanedMapRuns(t.Context())
	succeed(t, "orphans", err)
	return arns
}

func openMapRunsAreOrphaned(t *testing.T, f Fixture) {
	parent := newMapRun(t, f, 1)
	held := following(parent, 3, 3)
	held.Owner, held.DueAt = "a", start.Add(time.Hour)
	commit(t, f, held)
	equal(t, "while somebody holds the parent", len(orphans(t, f)), 0)
	left := following(held, 4, 4)
	left.Owner = ""
	commit(t, f, left)
	equal(t, "while nobody does", orphans(t, f), []workflow.ARN{mapRunARN})
	end := following(left, 5, 5)
	end.Info.Status, end.Info.StoppedAt, end.DueAt = workflow.Aborted, start.Add(time.Hour), time.Time{}
	commit(t, f, end)
	equal(t, "once it has closed", orphans(t, f), []workflow.ARN{mapRunARN})
	succeed(t, "abort", f.MapRuns.AbortMapRun(t.Context(), mapRunARN, start.Add(2*time.Hour)))
	equal(t, "once it was ended", len(orphans(t, f)), 0)
	if run := readMapRun(t, f); run.Status != workflow.Aborted || !run.StoppedAt.Equal(start.Add(2*time.Hour)) {
		t.Errorf("it is %s since %v", run.Status, run.StoppedAt)
	}
	refuse(t, f, mapChild(f, 10, 0), workflow.ErrEffectRefused)
}

func unendedMapRunsAreOrphaned(t *testing.T, f Fixture) {
	commit(t, f, closing(newMapRun(t, f, 2), workflow.Aborted))
	child := mapChild(f, 10, 0)
	commit(t, f, child)
	succeed(t, "abort", f.MapRuns.AbortMapRun(t.Context(), mapRunARN, start))
	equal(t, "while a child goes on", orphans(t, f), []workflow.ARN{mapRunARN})
	commit(t, f, closing(child, workflow.Aborted))
	equal(t, "when none does", len(orphans(t, f)), 0)
}

func mapRunIsRedriven(t *testing.T, f Fixture) {
	family(t, f, workflow.Standard, everyEnd...)
	at := start.Add(3 * time.Hour)
	open := readMapRun(t, f)
	succeed(t, "redrive what is open", f.MapRuns.RedriveMapRun(t.Context(), mapRunARN, at))
	equal(t, "open it stays as it is", readMapRun(t, f), open)
	succeed(t, "abort", f.MapRuns.AbortMapRun(t.Context(), mapRunARN, at))
	succeed(t, "redrive", f.MapRuns.RedriveMapRun(t.Context(), mapRunARN, at.Add(time.Hour)))
	open.Redrives, open.RedrivenAt = 1, at.Add(time.Hour)
	equal(t, "redriven", readMapRun(t, f), open)
	equal(t, "lost STANDARD executions keep their items", waitingFor(t, f), []int64{1})
}

func expressChildrenGiveUpTheirItems(t *testing.T, f Fixture) {
	family(t, f, workflow.Express, everyEnd...)
	succeed(t, "abort", f.MapRuns.AbortMapRun(t.Context(), mapRunARN, start.Add(time.Hour)))
	equal(t, "before", waitingFor(t, f), []int64{1})
	succeed(t, "redrive", f.MapRuns.RedriveMapRun(t.Context(), mapRunARN, start.Add(2*time.Hour)))
	items, err := f.MapRuns.MapItems(t.Context(), mapRunARN, 100)
	succeed(t, "items", err)
	all := mapItems(0, len(everyEnd))
	equal(t, "items as they were", items, slices.Concat(all[1:3], all[4:6]))
	executions, held := counted(t, f)
	equal(t, "executions", executions, workflow.MapRunCounts{Succeeded: 1, Running: 1, Pending: 4})
	equal(t, "items held", held, workflow.MapRunCounts{Succeeded: 1, Running: 4, Pending: 2 + 3 + 5 + 6})
	again := mapChild(f, 20, 2)
	again.Info.Type = workflow.Express
	commit(t, f, again)
	equal(t, "an item goes to another execution", waitingFor(t, f), []int64{1, 4, 5})
}

func noSuchMapRun(t *testing.T, f Fixture) {
	ctx, none := t.Context(), workflow.MapRunARN("Machine", "Rows", "none")
	if _, err := f.MapRuns.MapRun(ctx, none); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("reading it: %v", err)
	}
	for what, err := range map[string]error{
		"add items": f.MapRuns.AddMapItems(ctx, none, mapItems(0, 1)), "seal": f.MapRuns.SealMapRun(ctx, none),
	} {
		if !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	executions, held, err := f.MapRuns.CountMapRun(ctx, none)
	succeed(t, "count", err)
	equal(t, "executions and items", executions.Total()+held.Total(), int64(0))
	items, err := f.MapRuns.MapItems(ctx, none, 10)
	succeed(t, "items", err)
	equal(t, "items", len(items), 0)
	succeed(t, "visit", f.MapRuns.MapChildren(ctx, none, nil, func(int64, workflow.ExecutionInfo) error { return errors.New("a child") }))
	succeed(t, "redrive", f.MapRuns.RedriveMapRun(ctx, none, start))
	succeed(t, "abort", f.MapRuns.AbortMapRun(ctx, none, start))
}
