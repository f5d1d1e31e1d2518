package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"

	"github.com/google/go-cmp/cmp"
)

// Fixture is a store under test.
type Fixture struct {
	Store engine.Store
	// MapRuns is the same store.
	MapRuns engine.MapRuns
	// Effect makes an effect that leaves a mark and is refused when the mark is there.
	Effect func(mark string) workflow.Effect
	// Marked says whether the mark has been committed.
	Marked func(mark string) bool
}

// Run calls every test of the contract with a store of its own.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Fixture)
	}{
		{"a created execution is read back whole", createdIsReadBack},
		{"a name is used once per state machine", nameIsUsedOnce},
		{"a commit needs the revision it was taken from", commitNeedsRevision},
		{"a commit needs the holder it believes in", commitNeedsHolder},
		{"history grows without a gap", historyWithoutGap},
		{"a refused effect refuses everything", refusedEffectRefusesAll},
		{"a refused creation creates nothing", refusedCreation},
		{"what is due is claimed once, earliest first", claimedOnce},
		{"claims by many at once do not overlap", claimsDoNotOverlap},
		{"only a holder renews", onlyHolderRenews},
		{"a step within a lease changes what it says and nothing else", stepWithinLease},
		{"a step beside the holder leaves it its lease", stepBesideHolder},
		{"what is given back is due at once, and known as such", givenBack},
		{"what the dead held is due at once", abandoned},
		{"definitions have versions", definitionsHaveVersions},
		{"offers come and go with commits", offersCommit},
		{"children are found by their parent", childrenAreFound},
		{"names of EXPRESS executions are free", expressNames},
		{"a state machine resolves to its latest version", machinesResolve},
		{"one of many commits of a revision wins", oneCommitWins},
		{"a cancelled request writes nothing", cancelledWritesNothing},
		{"a Map Run is opened once", mapRunOpensOnce},
		{"items are kept once, in order", mapItemsAreKeptOnce},
		{"an item is started once", mapItemStartsOnce},
		{"of many that start an item one does", mapItemStartsOnceAmongMany},
		{"children of a Map Run are counted by their status", mapChildrenAreCounted},
		{"children of a Map Run are visited in the order of their items", mapChildrenAreVisited},
		{"a Map Run closes with its parent's event", mapRunClosesWithItsParent},
		{"an open Map Run whose parent has closed or is held by nobody may be an orphan", openMapRunsAreOrphaned},
		{"a closed Map Run of which children go on is an orphan", unendedMapRunsAreOrphaned},
		{"a closed Map Run is opened again", mapRunIsRedriven},
		{"lost EXPRESS children give up their items", expressChildrenGiveUpTheirItems},
		{"a Map Run that is not there", noSuchMapRun},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// creation is a commit that creates execution id, held by nobody, due at a minute past start.
func creation(id int64) *workflow.Commit {
	return &workflow.Commit{
		Info: workflow.ExecutionInfo{
			ID: workflow.ExecutionID(id), Name: fmt.Sprint("execution-", id), StateMachine: "Machine", Version: 1,
			Status: workflow.Running, Input: json.RawMessage(`{"n":1}`), StartedAt: start, Type: workflow.Standard,
		},
		Snapshot: []byte(`{"v":1}`),
		DueAt:    start.Add(time.Minute),
		Events:   events(1, 2),
	}
}

// following is a commit on top of c, with the events from..to.
func following(c *workflow.Commit, from, to int64) *workflow.Commit {
	next := *c
	next.Expect, next.Holder = c.Expect+1, c.Owner
	next.Events = events(from, to)
	next.Effects, next.Offers, next.Withdrawn = nil, nil, nil
	return &next
}

func events(from, to int64) (list []workflow.HistoryEvent) {
	for id := from; id <= to; id++ {
		list = append(list, workflow.HistoryEvent{ID: id, PreviousID: id - 1, Type: workflow.EventPassStateEntered,
			At: start.Add(time.Duration(id) * time.Millisecond), Details: workflow.Details{Name: "State", Input: json.RawMessage(`{"id":1.0}`)}})
	}
	return list
}

func commit(t *testing.T, f Fixture, c *workflow.Commit) {
	t.Helper()
	if err := f.Store.Commit(t.Context(), c); err != nil {
		t.Fatalf("commit of execution %d on revision %d: %v", c.Info.ID, c.Expect, err)
	}
}

func refuse(t *testing.T, f Fixture, c *workflow.Commit, want error) {
	t.Helper()
	if err := f.Store.Commit(t.Context(), c); !errors.Is(err, want) {
		t.Fatalf("commit of execution %d on revision %d: error %v, want %v", c.Info.ID, c.Expect, err, want)
	}
}

func load(t *testing.T, f Fixture, id workflow.ExecutionID) workflow.Row {
	t.Helper()
	row, err := f.Store.Load(t.Context(), id)
	if err != nil {
		t.Fatalf("load execution %d: %v", id, err)
	}
	return row
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func createdIsReadBack(t *testing.T, f Fixture) {
	c := creation(7)
	c.Owner = "anna"
	commit(t, f, c)
	want := workflow.Row{ExecutionInfo: c.Info, Snapshot: c.Snapshot, Revision: 1, Owner: "anna", DueAt: c.DueAt}
	equal(t, "row", load(t, f, 7), want)
	info, err := f.Store.Find(t.Context(), "Machine", "execution-7")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "found by name", info, c.Info)
	closed := following(c, 3, 3)
	closed.Info.Status, closed.Info.Output, closed.Info.StoppedAt = workflow.Succeeded, json.RawMessage(`"done"`), start.Add(time.Hour)
	closed.Info.Redrives, closed.Info.RedrivenAt, closed.Info.Error, closed.Info.Cause = 2, start.Add(time.Minute), "E", "because"
	closed.Owner, closed.DueAt = "", time.Time{}
	commit(t, f, closed)
	equal(t, "closed row", load(t, f, 7), workflow.Row{ExecutionInfo: closed.Info, Snapshot: c.Snapshot, Revision: 2})
	if _, err := f.Store.Load(t.Context(), 8); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("loading what is not there: %v", err)
	}
	if _, err := f.Store.Find(t.Context(), "Other", "execution-7"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("finding in another state machine: %v", err)
	}
}

func nameIsUsedOnce(t *testing.T, f Fixture) {
	commit(t, f, creation(1))
	same := creation(2)
	same.Info.Name = "execution-1"
	refuse(t, f, same, workflow.ErrExists)
	same.Info.Input = json.RawMessage(`{"n":2}`)
	refuse(t, f, same, workflow.ErrConflict)
	same.Info.StateMachine = "Other"
	commit(t, f, same)
	other := creation(1)
	other.Info.Name = "execution-3"
	refuse(t, f, other, workflow.ErrIDTaken)
}

func commitNeedsRevision(t *testing.T, f Fixture) {
	c := creation(1)
	commit(t, f, c)
	second := following(c, 3, 3)
	commit(t, f, second)
	refuse(t, f, following(c, 4, 4), workflow.ErrFenced)
	refuse(t, f, following(creation(99), 3, 3), workflow.ErrFenced)
	equal(t, "revision", load(t, f, 1).Revision, int64(2))
}

func commitNeedsHolder(t *testing.T, f Fixture) {
	c := creation(1)
	c.Owner = "anna"
	commit(t, f, c)
	for _, holder := range []string{"", "berta"} {
		wrong := following(c, 3, 3)
		wrong.Holder = holder
		refuse(t, f, wrong, workflow.ErrFenced)
	}
	commit(t, f, following(c, 3, 3))
}

func historyWithoutGap(t *testing.T, f Fixture) {
	c := creation(1)
	commit(t, f, c)
	for _, first := range []int64{2, 4} { // an overlap and a gap
		if err := f.Store.Commit(t.Context(), following(c, first, 5)); err == nil {
			t.Errorf("events from %d were accepted after event 2", first)
		}
	}
	commit(t, f, following(c, 3, 6))
	all, err := f.Store.History(t.Context(), 1, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "all events", all, events(1, 6))
	page, err := f.Store.History(t.Context(), 1, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "a page", page, events(2, 4))
	none, err := f.Store.History(t.Context(), 1, 6, 10)
	if err != nil || len(none) != 0 {
		t.Errorf("after the last event: %v, %v", none, err)
	}
}

func refusedEffectRefusesAll(t *testing.T, f Fixture) {
	c := creation(1)
	c.Effects = []workflow.Effect{f.Effect("stock")}
	commit(t, f, c)
	if !f.Marked("stock") {
		t.Fatal("the effect of a commit was not applied")
	}
	next := following(c, 3, 4)
	next.Effects = []workflow.Effect{f.Effect("mail"), f.Effect("stock")}
	refuse(t, f, next, workflow.ErrEffectRefused)
	if f.Marked("mail") {
		t.Error("an effect of a refused commit was applied")
	}
	equal(t, "revision", load(t, f, 1).Revision, int64(1))
	if history, _ := f.Store.History(t.Context(), 1, 0, 0); len(history) != 2 {
		t.Errorf("a refused commit left %d events", len(history))
	}
	fenced := following(c, 3, 3)
	fenced.Expect, fenced.Effects = 9, []workflow.Effect{f.Effect("late")}
	refuse(t, f, fenced, workflow.ErrFenced)
	if f.Marked("late") {
		t.Error("an effect of a fenced commit was applied")
	}
}

func refusedCreation(t *testing.T, f Fixture) {
	first := creation(1)
	first.Effects = []workflow.Effect{f.Effect("order")}
	commit(t, f, first)
	second := creation(2)
	second.Effects = []workflow.Effect{f.Effect("order")}
	refuse(t, f, second, workflow.ErrEffectRefused)
	if _, err := f.Store.Load(t.Context(), 2); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("a refused creation can be read: %v", err)
	}
}

func definitionsHaveVersions(t *testing.T, f Fixture) {
	if _, _, err := f.Store.Definition(t.Context(), "Machine", 0); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("definition of nothing: %v", err)
	}
	for i, step := range []struct {
		text string
		want int64
	}{{"one", 1}, {"one", 1}, {"two", 2}, {"one", 3}} {
		version, err := f.Store.PutDefinition(t.Context(), "Machine", []byte(step.text))
		if err != nil || version != step.want {
			t.Errorf("put %d (%q): version %d, %v; want %d", i, step.text, version, err, step.want)
		}
	}
	for version, want := range map[int64]string{0: "one", 1: "one", 2: "two", 3: "one"} {
		text, actual, err := f.Store.Definition(t.Context(), "Machine", version)
		if err != nil || string(text) != want || (version != 0 && actual != version) || (version == 0 && actual != 3) {
			t.Errorf("version %d: %q, actual %d, %v", version, text, actual, err)
		}
	}
}

func oneCommitWins(t *testing.T, f Fixture) {
	c := creation(1)
	commit(t, f, c)
	var won, fenced atomic.Int64
	var wg sync.WaitGroup
	for n := range 8 {
		next := following(c, 3, 3)
		next.Effects = []workflow.Effect{f.Effect(fmt.Sprint("try-", n))}
		wg.Go(func() {
			switch err := f.Store.Commit(context.Background(), next); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, workflow.ErrFenced):
				fenced.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	marked := 0
	for n := range 8 {
		if f.Marked(fmt.Sprint("try-", n)) {
			marked++
		}
	}
	if won.Load() != 1 || fenced.Load() != 7 || marked != 1 {
		t.Errorf("%d won, %d were fenced, %d effects applied; want 1, 7, 1", won.Load(), fenced.Load(), marked)
	}
}

func cancelledWritesNothing(t *testing.T, f Fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Store.Commit(ctx, creation(1)); err == nil {
		t.Error("a commit with a cancelled context was acknowledged")
	}
	if _, err := f.Store.Load(t.Context(), 1); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("a commit with a cancelled context was written: %v", err)
	}
}
