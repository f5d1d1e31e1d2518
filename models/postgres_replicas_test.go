package models

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"countersign/models/pgtest"
	"countersign/workflow"
)

// replicas opens the same database several times, as several processes do.
func replicas(t *testing.T, n int) []*Store {
	t.Helper()
	url := migrated.URL(t)
	stores := make([]*Store, n)
	for i := range stores {
		stores[i] = openTestAt(t, url)
	}
	return stores
}

// hears waits for a change.
func hears(t *testing.T, changed <-chan struct{}) {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Error("heard nothing")
	}
}

// hearsUntil waits for the change that brings what is waited for; earlier ones may come first.
func hearsUntil(t *testing.T, changed <-chan struct{}, what string, ok func() bool) {
	t.Helper()
	for !ok() {
		hears(t, changed)
		if t.Failed() {
			t.Fatalf("still not: %s", what)
		}
	}
}

func TestReplicasHearOfEachOther(t *testing.T) {
	s := replicas(t, 2)
	id := TopicExecution(7)
	here, cancel := s[0].Subscribe(id)
	defer cancel()
	there, cancel := s[1].Subscribe(id)
	defer cancel()
	mustCommit(t, s[0], newCommit(7, "it's"))
	hears(t, here)
	hears(t, there)
	if pending(here) {
		t.Error("the process that has changed something heard of it twice")
	}
}

// More topics than one notification holds, and some that no literal holds as they are.
func TestReplicasHearOfEverything(t *testing.T) {
	s := replicas(t, 2)
	var topics []string
	for i := range 500 {
		topics = append(topics, fmt.Sprintf("order:it's \\ %d", i))
	}
	first, cancel := s[1].Subscribe(topics[0])
	defer cancel()
	last, cancel := s[1].Subscribe(topics[499])
	defer cancel()
	if err := s[0].write(t.Context(), append(topics, "with \x00"), func(*gorm.DB) error { return nil }); err != nil {
		t.Fatal(err)
	}
	hears(t, first)
	hears(t, last)
}

func TestReplicasSeeEachOthersSettings(t *testing.T) {
	s := replicas(t, 2)
	ctx := t.Context()
	for _, store := range s { // so that they are cached
		if _, err := store.Settings(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := store.PutDefinition(ctx, "M", []byte(`{"v":1}`)); err != nil {
			t.Fatal(err)
		}
		if d, err := store.Resolve(ctx, workflow.StateMachineARN("M"), 0); err != nil || d.Version != 1 {
			t.Fatal(d.Version, err)
		}
	}
	changed, cancel := s[1].Subscribe(TopicSettings, TopicStateMachines)
	defer cancel()
	settings := DefaultSettings
	settings.ApprovalLimit.Amount = 1
	if err := s[0].SaveSettings(ctx, settings, ""); err != nil {
		t.Fatal(err)
	}
	hearsUntil(t, changed, "the other has the new settings", func() bool {
		now, err := s[1].Settings(ctx)
		return err == nil && now == settings
	})
	if _, err := s[0].PutDefinition(ctx, "M", []byte(`{"v":2}`)); err != nil {
		t.Fatal(err)
	}
	hearsUntil(t, changed, "the other starts the new version", func() bool {
		d, err := s[1].Resolve(ctx, workflow.StateMachineARN("M"), 0)
		return err == nil && d.Version == 2
	})
}

func TestReplicasClaimApart(t *testing.T) {
	s := replicas(t, 3)
	const n = 300
	for i := range n {
		c := newCommit(workflow.ExecutionID(i+1), fmt.Sprint(i))
		c.DueAt = testStart
		mustCommit(t, s[0], c)
	}
	var mu sync.Mutex
	holders := map[workflow.ExecutionID]string{}
	var wg sync.WaitGroup
	for i, store := range s {
		owner := fmt.Sprint("engine-", i)
		wg.Go(func() {
			for {
				rows, err := store.Claim(context.Background(), owner, testStart, testStart.Add(time.Hour), 7)
				if err != nil || len(rows) == 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				for _, row := range rows {
					if holders[row.ID] != "" {
						t.Errorf("execution %d was claimed by %s and %s", row.ID, holders[row.ID], owner)
					}
					holders[row.ID] = owner
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(holders) != n {
		t.Errorf("%d of %d were claimed", len(holders), n)
	}
}

// Several processes commit the same step: one does.
func TestReplicasFenceEachOther(t *testing.T) {
	s := replicas(t, 3)
	const executions = 50
	for i := range executions {
		mustCommit(t, s[0], newCommit(workflow.ExecutionID(i+1), fmt.Sprint(i)))
	}
	var mu sync.Mutex
	won := map[int]int{}
	var wg sync.WaitGroup
	for _, store := range s {
		for i := range executions {
			wg.Go(func() {
				err := store.Commit(context.Background(), nextCommit(newCommit(workflow.ExecutionID(i+1), fmt.Sprint(i)), 1))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won[i]++
				} else if !errors.Is(err, workflow.ErrFenced) {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for i := range executions {
		if won[i] != 1 {
			t.Errorf("execution %d: %d processes have committed", i, won[i])
		}
	}
	if wrong, err := s[0].CheckHistories(t.Context()); err != nil || len(wrong) > 0 {
		t.Error(wrong, err)
	}
}

// What reads before it writes must not do so in two processes at the same time.
func TestReplicasChangeOneAfterTheOther(t *testing.T) {
	s := replicas(t, 3)
	const changes = 40
	var wg sync.WaitGroup
	for i, store := range s {
		wg.Go(func() {
			for range changes {
				err := store.SandboxUpdate(context.Background(), "bank", "account", func(old []byte) ([]byte, error) { return append(old, byte('a'+i)), nil })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if all, err := s[0].SandboxGet(t.Context(), "bank", "account"); err != nil || len(all) != changes*len(s) {
		t.Errorf("%d of %d changes are there, %v", len(all), changes*len(s), err)
	}
}

// The same two items in different orders, and never more than there are.
func TestReplicasShareTheStock(t *testing.T) {
	s := replicas(t, 2)
	if err := s[0].Seed(t.Context(), Sample{}); err != nil {
		t.Fatal(err)
	}
	for _, item := range []string{"item1", "item2"} {
		if err := s[0].SetStock(t.Context(), item, 50, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for i, store := range s {
		lines := []workflow.Line{{ItemID: "item1", Quantity: 1}, {ItemID: "item2", Quantity: 1}}
		if i == 1 {
			slices.Reverse(lines)
		}
		for n := range 40 {
			wg.Go(func() {
				var effects []workflow.Effect
				for j, line := range lines { // one effect each: their order is the caller's
					effects = append(effects, store.Reserve(workflow.OrderID(fmt.Sprint(i, "-", n, "-", j)), []workflow.Line{line}))
				}
				if err := store.Apply(context.Background(), effects...); err != nil && !errors.Is(err, workflow.ErrEffectRefused) {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	items, err := s[0].Catalogue(t.Context())
	if err != nil || items[0].Reserved != 50 || items[1].Reserved != 50 {
		t.Errorf("reserved %d and %d, want 50 each (%v)", items[0].Reserved, items[1].Reserved, err)
	}
	if wrong, err := s[1].CheckBooks(t.Context()); err != nil || len(wrong) > 0 {
		t.Error(wrong, err)
	}
}

// Every process counts what any has committed, and together they count it once.
func TestReplicasCountMetricsOnce(t *testing.T) {
	s := replicas(t, 3)
	for i := range 60 {
		begin(t, s[i%3], workflow.ExecutionID(i+1), testStart)
	}
	var wg sync.WaitGroup
	for _, store := range s {
		wg.Go(func() {
			if err := store.countUp(context.Background(), true); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantPoints(t, s[0], map[int]string{0: "60 60 1-1"}, "ExecutionsStarted")
}

// Processes that start together on an empty database bring it up to date once.
func TestReplicasStartTogether(t *testing.T) {
	url := pgtest.URL(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := open(url)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Seed(context.Background(), Sample{People: true}); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// An older replica goes on, and starts, beside a newer one, until schemaVersion has grown.
func TestReplicasOfTwoVersions(t *testing.T) {
	url := migrated.URL(t)
	s := openTestAt(t, url)
	newer := func(statements ...string) {
		t.Helper()
		err := s.write(t.Context(), nil, func(tx *gorm.DB) error {
			for _, statement := range statements {
				if err := tx.Exec(statement).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	newer(`INSERT INTO migrations (id) VALUES ('9999_time_travel')`, `ALTER TABLE people ADD COLUMN mood text NOT NULL DEFAULT ''`)
	older := openTestAt(t, url)
	for i, store := range []*Store{s, older} {
		mustCommit(t, store, newCommit(workflow.ExecutionID(1+i), fmt.Sprint("e", i)))
	}
	newer(`UPDATE countersign SET version = 1000`)
	mustCommit(t, older, newCommit(3, "c"))
	_, err := open(url)
	wantOpenError(t, err, OpenNewer, "was written by a newer version of Countersign; start that version")
}

func openSaid(t *testing.T, url string, log slog.Handler) error {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: url, Logger: slog.New(log)})
	if err == nil {
		_ = s.Close()
	}
	return err
}

// A process that stalls in the middle of a group keeps the others from writing only for a moment.
// When it wakes, its group is undone or done again, as a whole.
func TestAStalledProcessDoesNotStallTheOthers(t *testing.T) {
	address := migrated.URL(t)
	other := openTestAt(t, address)
	defer func(usual time.Duration) { stallPatience = usual }(stallPatience)
	stallPatience = 200 * time.Millisecond
	stalled := openTestAt(t, address)
	begun, wake := make(chan struct{}), make(chan struct{})
	times := 0
	done := make(chan error, 1)
	go func() {
		done <- stalled.write(context.Background(), nil, func(tx *gorm.DB) error {
			if err := stalled.audit(tx, AuditEntry{Action: "stalled"}); err != nil {
				return err
			}
			if times++; times == 1 {
				close(begun)
				<-wake
			}
			return stalled.audit(tx, AuditEntry{Action: "stalled"})
		})
	}()
	select {
	case <-begun:
	case err := <-done:
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := other.SaveSettings(ctx, DefaultSettings, "olga"); err != nil {
		t.Errorf("while a process is stalled: %v", err)
	}
	close(wake)
	want := 2
	if err := <-done; errors.Is(err, ErrUnwritable) {
		want = 0
	} else if err != nil {
		t.Error(err)
	}
	if entries, _, err := other.AuditEntries(t.Context(), AuditFilter{Action: "stalled"}, Page{}); err != nil || len(entries) != want {
		t.Errorf("%d entries, %v; want %d", len(entries), err, want)
	}
}

// Who holds an execution hears of a commit beside it, and of nothing else.
func TestReplicasHearWhatIsBesideThem(t *testing.T) {
	s := replicas(t, 2)
	heard := make(chan []workflow.ExecutionID, 8)
	stop := s[0].Hear(func(ids []workflow.ExecutionID) { heard <- ids })
	defer stop()
	for id := range workflow.ExecutionID(3) {
		c := newCommit(id+1, fmt.Sprint(id))
		c.Owner, c.DueAt = "here", testStart.Add(time.Hour)
		mustCommit(t, s[0], c)
		next := nextCommit(c, 1)
		next.Owner, next.Holder, next.DueAt, next.Beside = c.Owner, c.Owner, c.DueAt, id > 0
		mustCommit(t, s[1], next)
	}
	for _, want := range []workflow.ExecutionID{2, 3} {
		select {
		case ids := <-heard:
			if !slices.Equal(ids, []workflow.ExecutionID{want}) {
				t.Errorf("heard of %v, want %d", ids, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("heard nothing of %d", want)
		}
	}
}
