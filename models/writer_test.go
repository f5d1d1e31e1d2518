package models

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"gorm.io/gorm"

	"countersign/workflow"
)

var errRefused = errors.New("refused")

// held keeps the writer busy until let go, so that a test can fill the queue.
func held(t *testing.T, s *Store) (letGo func()) {
	t.Helper()
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.write(context.Background(), nil, func(tx *gorm.DB) error {
			if !s.exclusive { // the server is to bear with it for as long as filling the queue takes
				if err := tx.Exec(`SET LOCAL idle_in_transaction_session_timeout = 0`).Error; err != nil {
					return err
				}
			}
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		t.Helper()
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// queued waits, by looking at the writer's queue, until n writes are in it.
func queued(s *Store, n int) {
	for {
		s.writer.mu.Lock()
		now := len(s.writer.queue)
		s.writer.mu.Unlock()
		if now >= n {
			return
		}
		runtime.Gosched()
	}
}

// writeAll queues writes one after the other behind a held writer and returns their errors.
func writeAll(t *testing.T, s *Store, writes ...func(tx *gorm.DB) error) []error {
	t.Helper()
	letGo := held(t, s)
	errs := make([]error, len(writes))
	var wg sync.WaitGroup
	for i, fn := range writes {
		wg.Go(func() { errs[i] = s.write(context.Background(), nil, fn) })
		queued(s, i+1)
	}
	letGo()
	wg.Wait()
	return errs
}

func marking(mark string, then error) func(tx *gorm.DB) error {
	return func(tx *gorm.DB) error {
		if err := putMark(tx, mark); err != nil {
			return err
		}
		return then
	}
}

func TestQueuedWritesShareACommit(t *testing.T) {
	s := openMarked(t)
	var writes []func(*gorm.DB) error
	for i := range 100 {
		writes = append(writes, marking(fmt.Sprint(i), nil))
	}
	before := s.writer.commits.Load()
	for i, err := range writeAll(t, s, writes...) {
		if err != nil || !marked(t, s, fmt.Sprint(i)) {
			t.Errorf("write %d: error %v, marked %v", i, err, marked(t, s, fmt.Sprint(i)))
		}
	}
	// One for the write that held the writer, one for all others.
	if got := s.writer.commits.Load() - before; got != 2 {
		t.Errorf("%d commits, want 2", got)
	}
}

func TestGroupsAreBounded(t *testing.T) {
	s := openMarked(t)
	var writes []func(*gorm.DB) error
	for i := range maxGroup + 1 {
		writes = append(writes, marking(fmt.Sprint(i), nil))
	}
	before := s.writer.commits.Load()
	writeAll(t, s, writes...)
	if got := s.writer.commits.Load() - before; got != 3 {
		t.Errorf("%d commits, want 3", got)
	}
}

func TestFailedWriteTakesNothingWithIt(t *testing.T) {
	s := openMarked(t)
	errs := writeAll(t, s,
		marking("before", nil),
		marking("failed", errRefused),
		func(tx *gorm.DB) error {
			_ = putMark(tx, "panicked")
			panic("no such luck")
		},
		func(tx *gorm.DB) error { return tx.Exec("NOT SQL").Error },
		marking("after", nil))
	for i, wantErr := range []bool{false, true, true, true, false} {
		if (errs[i] != nil) != wantErr {
			t.Errorf("write %d: %v", i, errs[i])
		}
	}
	if !errors.Is(errs[1], errRefused) {
		t.Errorf("got %v, want the write's own error", errs[1])
	}
	for mark, want := range map[string]bool{"before": true, "failed": false, "panicked": false, "after": true} {
		if got := marked(t, s, mark); got != want {
			t.Errorf("%s: marked %v, want %v", mark, got, want)
		}
	}
}

// As SQLite does by itself when the disk is full.
func TestLostTransactionFailsTheWholeGroup(t *testing.T) {
	s := openMarked(t)
	errs := writeAll(t, s,
		marking("before", nil),
		func(tx *gorm.DB) error {
			_ = tx.Exec("ROLLBACK")
			return errRefused
		},
		marking("after", nil))
	for i, err := range errs {
		if err == nil {
			t.Errorf("write %d was acknowledged", i)
		}
	}
	if marked(t, s, "before") || marked(t, s, "after") {
		t.Error("a part of the group was written")
	}
	if err := s.write(context.Background(), nil, marking("later", nil)); err != nil || !marked(t, s, "later") {
		t.Errorf("the writer does not go on: %v", err)
	}
}

func TestFailedBareWriteFailsTheWholeGroup(t *testing.T) {
	s := openMarked(t)
	err := s.write(context.Background(), nil, func(tx *gorm.DB) error { // what has no execution yet has a history
		return tx.Exec(`INSERT INTO history_events (execution_id, first_id, last_id, events) VALUES (1, 1, 1, '[]')`).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	offering := newCommit(2, "b")
	offering.Offers = []workflow.Offer{{Activity: "a", Execution: 2}}
	for name, bare := range map[string]*step{
		"fails":  {commit: newCommit(1, "a"), first: 1, events: [][]byte{[]byte("[]")}, tally: new(tally)},
		"panics": {commit: offering, first: 1, events: [][]byte{[]byte("[]")}},
	} {
		letGo := held(t, s)
		var first, second error
		var wg sync.WaitGroup
		wg.Go(func() { first = s.write(context.Background(), nil, marking(name, nil)) })
		queued(s, 1)
		wg.Go(func() { second = s.enqueue(context.Background(), nil, &write{step: bare}) })
		queued(s, 2)
		letGo()
		wg.Wait()
		_, there := s.Load(context.Background(), bare.commit.Info.ID)
		if first == nil || second == nil || marked(t, s, name) || !errors.Is(there, workflow.ErrNotFound) {
			t.Errorf("%s: errors %v and %v, want both writes undone", name, first, second)
		}
	}
}

func TestFailingCommitFailsEverybody(t *testing.T) {
	s := openMarked(t)
	err := s.write(context.Background(), nil, func(tx *gorm.DB) error {
		return tx.Exec(`CREATE TABLE child (mark text REFERENCES marks (mark) DEFERRABLE INITIALLY DEFERRED)`).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	orphan := func(tx *gorm.DB) error { return tx.Exec(`INSERT INTO child VALUES ('nobody')`).Error }
	for i, err := range writeAll(t, s, marking("innocent", nil), orphan) {
		if err == nil {
			t.Errorf("write %d was acknowledged", i)
		}
	}
	if marked(t, s, "innocent") {
		t.Error("a write of the failed group is there")
	}
}

func TestWithdrawnWriteIsNotPerformed(t *testing.T) {
	s := openMarked(t)
	letGo := held(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.write(ctx, nil, marking("withdrawn", nil)) }()
	queued(s, 1)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) { // while the writer is still held
		t.Errorf("got %v", err)
	}
	letGo()
	if err := s.write(context.Background(), nil, marking("next", nil)); err != nil {
		t.Fatal(err)
	}
	if marked(t, s, "withdrawn") {
		t.Error("the write was performed although its caller had given up")
	}
}

func TestBegunWriteIsFinished(t *testing.T) {
	s := openMarked(t)
	ctx, cancel := context.WithCancel(context.Background())
	err := s.write(ctx, nil, func(tx *gorm.DB) error {
		cancel()
		return putMark(tx, "begun")
	})
	if err != nil || !marked(t, s, "begun") {
		t.Errorf("error %v, marked %v", err, marked(t, s, "begun"))
	}
}

func TestNestedTransactionIsASavepoint(t *testing.T) {
	s := openMarked(t)
	err := s.write(context.Background(), nil, func(tx *gorm.DB) error {
		if err := putMark(tx, "outer"); err != nil {
			return err
		}
		if err := tx.Transaction(marking("inner", errRefused)); !errors.Is(err, errRefused) {
			t.Errorf("got %v", err)
		}
		return tx.Transaction(marking("second", nil))
	})
	if err != nil || !marked(t, s, "outer") || marked(t, s, "inner") || !marked(t, s, "second") {
		t.Errorf("error %v, outer %v, inner %v, second %v", err, marked(t, s, "outer"), marked(t, s, "inner"), marked(t, s, "second"))
	}
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	s := openMarked(t)
	letGo := held(t, s)
	done := make(chan error)
	go func() { done <- s.write(context.Background(), nil, marking("queued", nil)) }()
	queued(s, 1)
	closed := make(chan error)
	go func() { closed <- s.writer.close() }()
	letGo()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil || !marked(t, s, "queued") {
		t.Errorf("close: %v, marked %v", err, marked(t, s, "queued"))
	}
	if err := s.write(context.Background(), nil, marking("late", nil)); !errors.Is(err, errClosed) {
		t.Errorf("write after close: %v", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	s := openMarked(t)
	if err := putMark(s.read(context.Background()), "sneaky"); err == nil || marked(t, s, "sneaky") {
		t.Errorf("wrote through the read pool: %v", err)
	}
}

func TestEffectOfAnotherStoreIsRefused(t *testing.T) {
	s := openTest(t)
	c := newCommit(1, "a")
	c.Effects = []workflow.Effect{foreignEffect{}}
	if err := s.Commit(context.Background(), c); err == nil {
		t.Error("committed")
	}
	if _, err := s.Load(context.Background(), 1); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

type foreignEffect struct{}

func (foreignEffect) EffectName() string { return "foreign" }
