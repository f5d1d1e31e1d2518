package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/workflow"
)

func claimedOnce(t *testing.T, f Fixture) {
	for id := int64(1); id <= 3; id++ {
		c := creation(id)
		c.DueAt = start.Add(time.Duration(4-id) * time.Minute) // 3 is due first
		commit(t, f, c)
	}
	never := creation(4)
	never.DueAt = time.Time{}
	commit(t, f, never)
	if at, ok, err := f.Store.NextDue(t.Context()); err != nil || !ok || !at.Equal(start.Add(time.Minute)) {
		t.Errorf("next due: %v, %v, %v", at, ok, err)
	}
	now, until := start.Add(2*time.Minute), start.Add(time.Hour)
	rows, err := f.Store.Claim(t.Context(), "anna", now, until, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].ID != 3 || rows[1].ID != 2 {
		t.Fatalf("claimed %d rows, want executions 3 and 2 in that order", len(rows))
	}
	for _, row := range rows {
		equal(t, "claimed row", row, load(t, f, row.ID))
		if row.Owner != "anna" || !row.DueAt.Equal(until) || row.Revision != 1 || row.LeftBy != "" {
			t.Errorf("claimed row has owner %q, due %v, revision %d, and %q has left it", row.Owner, row.DueAt, row.Revision, row.LeftBy)
		}
	}
	if again, err := f.Store.Claim(t.Context(), "berta", now, until, 10); err != nil || len(again) != 0 {
		t.Errorf("claimed again: %d rows, %v", len(again), err)
	}
	lapsed, err := f.Store.Claim(t.Context(), "berta", until, until.Add(time.Hour), 2)
	if err != nil || len(lapsed) != 2 {
		t.Fatalf("lapsed leases: %d rows, %v", len(lapsed), err)
	}
	for i, left := range []string{"", "anna"} { // nobody has held what was due before those leases end
		if row := lapsed[i]; row.Owner != "berta" || row.LeftBy != left {
			t.Errorf("what is due is %q's, left by %q, want %q", row.Owner, row.LeftBy, left)
		}
	}
}

func claimsDoNotOverlap(t *testing.T, f Fixture) {
	const executions, claimants = 60, 6
	for id := int64(1); id <= executions; id++ {
		commit(t, f, creation(id))
	}
	var mu sync.Mutex
	claims := map[workflow.ExecutionID]int{}
	var wg sync.WaitGroup
	for n := range claimants {
		wg.Go(func() {
			rows, err := f.Store.Claim(context.Background(), fmt.Sprint("engine-", n), start.Add(time.Hour), start.Add(2*time.Hour), 15)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, row := range rows {
				claims[row.ID]++
			}
		})
	}
	wg.Wait()
	for id, n := range claims {
		if n != 1 {
			t.Errorf("execution %d was claimed %d times", id, n)
		}
	}
	if len(claims) != executions {
		t.Errorf("%d of %d executions were claimed", len(claims), executions)
	}
}

func onlyHolderRenews(t *testing.T, f Fixture) {
	for id := int64(1); id <= 3; id++ {
		c := creation(id)
		c.Owner = []string{"anna", "berta", ""}[id-1]
		commit(t, f, c)
	}
	until := start.Add(time.Hour)
	lost, err := f.Store.Renew(t.Context(), "anna", []workflow.ExecutionID{1, 2, 3, 44}, until)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "lost", lost, []workflow.ExecutionID{2, 3, 44})
	equal(t, "renewed", load(t, f, 1).DueAt.Equal(until), true)
	equal(t, "another's lease", load(t, f, 2).DueAt.Equal(start.Add(time.Minute)), true)
}

func abandoned(t *testing.T, f Fixture) {
	for id := int64(1); id <= 3; id++ {
		c := creation(id)
		c.Owner, c.DueAt = []string{"anna", "berta", ""}[id-1], start.Add(time.Hour)
		commit(t, f, c)
	}
	n, err := f.Store.Abandon(t.Context(), "anna", start)
	if err != nil || n != 1 {
		t.Fatalf("abandoned %d, %v; want 1", n, err)
	}
	rows, err := f.Store.Claim(t.Context(), "anna", start, start.Add(time.Hour), 10)
	if err != nil || len(rows) != 1 || rows[0].ID != 2 {
		t.Fatalf("claimed %d rows, %v; want execution 2", len(rows), err)
	}
}

// A store may take a short way when holder and due time stay as they are; it must arrive at
// the same place as without it.
func stepWithinLease(t *testing.T, f Fixture) {
	c := creation(1)
	c.Owner = "anna"
	commit(t, f, c)
	same := func(c *workflow.Commit, what string) {
		t.Helper()
		want := workflow.Row{ExecutionInfo: c.Info, Snapshot: c.Snapshot, Revision: c.Expect + 1, Owner: c.Owner, DueAt: c.DueAt}
		equal(t, what, load(t, f, 1), want)
	}
	second := following(c, 3, 4)
	second.Snapshot = []byte(`{"v":2}`)
	commit(t, f, second)
	same(second, "under the same lease")
	gap := following(second, 6, 6)
	if err := f.Store.Commit(t.Context(), gap); err == nil {
		t.Error("a gap in the history was committed")
	}
	stranger := following(second, 5, 5)
	stranger.Holder, stranger.Owner = "berta", "berta"
	refuse(t, f, stranger, workflow.ErrFenced)

	if _, err := f.Store.Renew(t.Context(), "anna", []workflow.ExecutionID{1}, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	third := following(second, 5, 5)
	commit(t, f, third)
	same(third, "renewed in between")

	closed := following(third, 6, 6)
	closed.Info.Status, closed.Info.Error, closed.Info.StoppedAt = workflow.Failed, "E", start.Add(time.Minute)
	commit(t, f, closed)
	again := following(closed, 7, 7)
	again.Info = third.Info
	again.Info.Redrives, again.Info.RedrivenAt = 1, start.Add(2*time.Minute)
	commit(t, f, again)
	same(again, "redriven under the same lease")
}

func stepBesideHolder(t *testing.T, f Fixture) {
	c := creation(1)
	c.Owner = "anna"
	commit(t, f, c)
	renewed := start.Add(time.Hour)
	if _, err := f.Store.Renew(t.Context(), "anna", []workflow.ExecutionID{1}, renewed); err != nil {
		t.Fatal(err)
	}
	beside := following(c, 3, 4) // which believes that the lease ends as it did at first
	beside.Beside, beside.Snapshot = true, []byte(`{"v":2}`)
	commit(t, f, beside)
	want := workflow.Row{ExecutionInfo: c.Info, Snapshot: beside.Snapshot, Revision: 2, Owner: "anna", DueAt: renewed}
	equal(t, "beside the holder", load(t, f, 1), want)

	holders := following(c, 3, 3)
	refuse(t, f, holders, workflow.ErrFenced) // it has not heard
	stranger := following(beside, 5, 5)
	stranger.Beside, stranger.Holder, stranger.Owner = true, "berta", "berta"
	refuse(t, f, stranger, workflow.ErrFenced)
	behind := following(c, 3, 3)
	behind.Beside = true
	refuse(t, f, behind, workflow.ErrFenced)
	equal(t, "after what was refused", load(t, f, 1), want)
	gap := following(beside, 6, 6)
	if err := f.Store.Commit(t.Context(), gap); err == nil {
		t.Error("a gap in the history was committed")
	}

	ends := following(beside, 5, 5)
	ends.Beside, ends.Owner, ends.DueAt = true, "", time.Time{}
	ends.Info.Status, ends.Info.StoppedAt = workflow.Aborted, start.Add(time.Minute)
	commit(t, f, ends)
	equal(t, "ended beside the holder", load(t, f, 1), workflow.Row{ExecutionInfo: ends.Info, Snapshot: ends.Snapshot, Revision: 3})
}

func givenBack(t *testing.T, f Fixture) {
	for id := int64(1); id <= 3; id++ {
		c := creation(id)
		c.Owner, c.DueAt = []string{"anna", "berta", "anna"}[id-1], start.Add(time.Hour)
		commit(t, f, c)
	}
	if err := f.Store.GiveBack(t.Context(), "anna", []workflow.ExecutionID{1, 2, 44}, start); err != nil {
		t.Fatal(err)
	}
	rows, err := f.Store.Claim(t.Context(), "clara", start, start.Add(time.Hour), 10)
	if err != nil || len(rows) != 1 || rows[0].ID != 1 || rows[0].LeftBy != workflow.GivenBack {
		t.Fatalf("claimed %+v, %v; want execution 1", rows, err)
	}
	for id, owner := range map[workflow.ExecutionID]string{1: "clara", 2: "berta", 3: "anna"} {
		equal(t, "owner", load(t, f, id).Owner, owner)
	}
}
