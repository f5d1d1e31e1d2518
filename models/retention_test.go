package models

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

// closes is what starts an execution and closes it a minute later, with n events in between.
func closes(id workflow.ExecutionID, n int) []*workflow.Commit {
	c := newCommit(id, fmt.Sprint("order-", id))
	end := nextCommit(c, n)
	end.Info.Status, end.Info.StoppedAt = workflow.Succeeded, c.Info.StartedAt.Add(time.Minute)
	return []*workflow.Commit{c, end}
}

// metered counts what is committed so far, as the meter does some time.
func metered(t testing.TB, s *Store) {
	t.Helper()
	if err := s.countUp(context.Background(), true); err != nil {
		t.Fatal(err)
	}
}

// forgets deletes everything that may go, and says which executions are left.
func forgets(t testing.TB, s *Store, before time.Time) (left []workflow.ExecutionID) {
	t.Helper()
	ctx := context.Background()
	for again := true; again; {
		again = false
		var after SweepCursor
		for done := false; !done; {
			sweep, err := s.SweepClosed(ctx, before, after, 3)
			if err != nil {
				t.Fatal(err)
			}
			after, done = sweep.Next, sweep.Done
			n, err := s.ForgetExecutions(ctx, sweep.Closed, before)
			if err != nil || n != len(sweep.Closed) {
				t.Fatalf("%d of %d were forgotten, %v", n, len(sweep.Closed), err)
			}
			again = again || n > 0 && sweep.Held > 0
		}
	}
	for more := true; more; {
		var err error
		if more, err = s.FinishLeaving(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.read(ctx).Raw(`SELECT id FROM executions ORDER BY id`).Scan(&left).Error; err != nil {
		t.Fatal(err)
	}
	return left
}

// noTraces makes sure that nothing is left of executions that are gone.
func noTraces(t testing.TB, s *Store) {
	t.Helper()
	for _, table := range []string{"history_events", "map_runs", "offers", "redrive_tokens", "leaving"} {
		var n int
		query := `SELECT count(*) FROM ` + table + ` WHERE execution_id NOT IN (SELECT id FROM executions)`
		if err := s.read(context.Background()).Raw(query).Row().Scan(&n); err != nil || n > 0 {
			t.Errorf("%d rows of %s belong to nothing, %v", n, table, err)
		}
	}
}

func TestClosedExecutionsAreForgotten(t *testing.T) {
	s := uncounted(openTest(t))
	mustCommit(t, s, closes(1, 2)...)
	mustCommit(t, s, closes(2, 700)...) // long
	mustCommit(t, s, newCommit(3, "open"))
	mustCommit(t, s, closes(4, 2)...)
	mustCommit(t, s, closes(5, 2)...)
	mustCommit(t, s, closes(100_000, 2)...) // closed later
	mustCommit(t, s, newCommit(100_001, "the latest row of the history"))
	before := testStart.Add(time.Hour)
	if diff := cmp.Diff([]workflow.ExecutionID{1, 2, 3, 4, 5, 100_000, 100_001}, forgets(t, s, before)); diff != "" {
		t.Errorf("before the metrics had them: %s", diff)
	}
	metered(t, s)
	corrupt(t, s, `INSERT INTO orders SELECT 'undo', '', '', '', '', '', '', '', '', '', '', '', 0, '', 'FAILED', '', TRUE, FALSE, 4, 1, 1, 0, 1`)
	if diff := cmp.Diff([]workflow.ExecutionID{3, 4, 100_000, 100_001}, forgets(t, s, before)); diff != "" {
		t.Errorf("left are %s", diff)
	}
	noTraces(t, s)
	if wrong, err := s.CheckHistories(t.Context()); err != nil || len(wrong) > 0 {
		t.Error(wrong, err)
	}
}

// The metrics remember by its id which row of the history they have counted, so no later row may
// have that id again.
func TestRowsAreNotNumberedAgain(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, closes(1, 2)...)
	mustCommit(t, s, closes(2, 2)...)
	metered(t, s)
	if diff := cmp.Diff([]workflow.ExecutionID{2}, forgets(t, s, testStart.Add(time.Hour))); diff != "" {
		t.Errorf("left are %s", diff)
	}
	mustCommit(t, s, closes(3, 2)...)
	metered(t, s)
	if diff := cmp.Diff([]workflow.ExecutionID{3}, forgets(t, s, testStart.Add(time.Hour))); diff != "" {
		t.Errorf("left are %s", diff)
	}
}

// One that is redriven while it is on its way out stays.
func TestRedrivenExecutionIsKept(t *testing.T) {
	s := openTest(t)
	commits := closes(1, 2)
	mustCommit(t, s, commits...)
	mustCommit(t, s, newCommit(2, "another"))
	metered(t, s)
	before := testStart.Add(time.Hour)
	sweep, err := s.SweepClosed(t.Context(), before, SweepCursor{}, 10)
	if err != nil || len(sweep.Closed) != 1 {
		t.Fatal(sweep, err)
	}
	redrive := nextCommit(commits[1], 1)
	redrive.Info.Status, redrive.Info.StoppedAt, redrive.Info.Redrives = workflow.Running, time.Time{}, 1
	mustCommit(t, s, redrive)
	if n, err := s.ForgetExecutions(t.Context(), sweep.Closed, before); n != 0 || err != nil {
		t.Errorf("%d were forgotten, %v", n, err)
	}
}

// Children go after their parents, and parents not before their children have closed.
func TestFamiliesLeaveInOrder(t *testing.T) {
	s := openTest(t)
	family := func(parent workflow.ExecutionID, open bool) {
		mustCommit(t, s, closes(parent, 2)...)
		child := closes(parent+1, 2)
		for _, c := range child {
			c.Info.Parent = workflow.Parent{Execution: parent, Entry: 2}
		}
		if open {
			child = child[:1]
		}
		mustCommit(t, s, child...)
	}
	family(1, false)
	family(3, true)
	run := mapRunOf(2)
	run.Execution = 1
	if _, err := s.OpenMapRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	var items []workflow.MapItem
	for i := range int64(eventsAtOnce + 1) {
		items = append(items, workflow.MapItem{Index: i, Count: 1, Input: []byte(`1`)})
	}
	if err := s.AddMapItems(t.Context(), run.ARN, items); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, newCommit(100, "latest"))
	metered(t, s)
	before := testStart.Add(time.Hour)
	if diff := cmp.Diff([]workflow.ExecutionID{1, 2, 3, 4, 100}, forgets(t, s, before)); diff != "" {
		t.Errorf("while a Map Run is open: %s", diff)
	}
	if err := s.Apply(t.Context(), s.CloseMapRun(run.ARN, workflow.Succeeded, testStart, 0)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]workflow.ExecutionID{3, 4, 100}, forgets(t, s, before)); diff != "" {
		t.Errorf("left are %s", diff)
	}
	noTraces(t, s)
	var n int
	if err := s.read(t.Context()).Raw(`SELECT count(*) FROM map_items`).Row().Scan(&n); err != nil || n > 0 {
		t.Errorf("%d items are left, %v", n, err)
	}
}

// A file that was made to shrink does; one of an earlier release does after Compact.
func TestTheFileShrinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	s := openTestAt(t, path)
	for id := range workflow.ExecutionID(400) {
		commits := closes(id+1, 5)
		commits[0].Info.Input = []byte(fmt.Sprintf("%q", make([]byte, 8000)))
		mustCommit(t, s, commits...)
	}
	mustCommit(t, s, newCommit(1000, "latest"))
	metered(t, s)
	forgets(t, s, testStart.Add(time.Hour))
	for more := true; more; {
		var err error
		if more, err = s.Shrink(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	noError(t, s.Close())
	shrunk := sizeAt(t, path)
	if shrunk > 10<<20 {
		t.Errorf("the file has still %d bytes", shrunk)
	}
	before, after, err := Compact(t.Context(), path)
	if err != nil || before != shrunk || after >= before || after > 1<<20 {
		t.Errorf("from %d to %d, %v", before, after, err)
	}
	if found, err := Verify(t.Context(), path); err != nil || len(found.Problems) > 0 || found.Executions != 1 {
		t.Error(found, err)
	}
}

func TestCompactMakesAnOldFileShrinkable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	noError(t, os.WriteFile(path, nil, 0o600))
	db, err := openSQLite(t.Context(), path, 1, settings{pragmas: []string{"auto_vacuum=NONE", "application_id=1129539438"}})
	noError(t, err)
	noError(t, db.Close())
	s, err := open(path)
	noError(t, err)
	noError(t, s.Close())
	_, _, err = Compact(t.Context(), path)
	noError(t, err)
	s = openTestAt(t, path)
	var mode int
	if err := s.read(t.Context()).Raw(`PRAGMA auto_vacuum`).Row().Scan(&mode); err != nil || mode != incrementally {
		t.Errorf("auto_vacuum is %d, %v", mode, err)
	}
}

func sizeAt(t *testing.T, path string) int64 {
	t.Helper()
	size, err := sizeOf(path)
	noError(t, err)
	return size
}
