package models

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"gorm.io/gorm"

	"countersign/workflow/outage"
)

// maxGroup bounds how many writes share a commit, and so how long the first of
// them waits and how much a failing commit takes with it.
const maxGroup = 512

// errClosed is the answer to a write after Close.
var errClosed = errors.New("the database is closed")

// errGroupLost: the transaction vanished under the group, as SQLite does on a full disk.
var errGroupLost = errors.New("the transaction was rolled back")

// errNotTogether: one of the writes that were performed at once is refused.
var errNotTogether = errors.New("not all of the writes can be performed")

// errUncertain: the connection was lost while the group was being committed.
var errUncertain = errors.New("the database did not say whether it was committed")

// writer owns the connections that write, of SQLite one. The goroutine of each takes
// whatever is queued, performs it in one transaction, and answers when that is on disk:
// under load many writes share an fsync, and a lone write waits for nobody.
type writer struct {
	lanes   []*lane
	most    int // writes in a group
	log     *slog.Logger
	trouble *outage.Log // of groups that fail
	running sync.WaitGroup

	mu      sync.Mutex
	queue   []*write      // guarded by mu
	closed  bool          // guarded by mu
	wake    chan struct{} // one token: the queue is not empty, or closed
	commits atomic.Int64  // transactions committed; for tests and figures
	apart   atomic.Int64  // groups that could not be performed at once after all; for tests
	meter   atomic.Pointer[meter]
}

// lane is one of the connections with its goroutine.
type lane struct {
	*writer
	session session
}

// write is one change on its way through the writer.
type write struct {
	// step, if any, comes before fn. Alone it is refused, if it is, before it has written
	// anything; so it has no savepoint, which saves a sixth of the writer's time, and in
	// return any other failure undoes the whole group.
	step    *step
	fn      func(tx *gorm.DB) error
	rows    []bulkRow // of PostgreSQL: all that step and fn write when nothing is refused; nil when that is not known
	needs   locks
	topics  []string     // published when it is on disk
	effects []effect     // that are told how it ended
	tally   *tally       // of the history it appends; nil for other writes
	state   atomic.Int32 // writeQueued until either side moves it on
	err     error
	done    chan struct{}
}

const (
	writeQueued    int32 = iota
	writeBegun           // the writer performs it: its caller waits for the outcome
	writeWithdrawn       // the caller gave up before it began
)

func startWriter(trouble *outage.Log, most int, sessions ...session) *writer {
	w := &writer{most: most, log: trouble.Logger, trouble: trouble, wake: make(chan struct{}, 1)}
	for _, session := range sessions {
		l := &lane{w, session}
		w.lanes = append(w.lanes, l)
		w.running.Go(l.loop)
	}
	return w
}

// write performs fn in a savepoint of the next group and publishes topics once
// that is committed; nil means that it is on disk. An error from fn undoes what fn
// did and nothing else. fn must not keep tx, start goroutines with it, or wait for
// another write; it may be called again when other processes came in its way. A context
// that ends before fn begins keeps it from beginning. What fn has read stays as it is
// until it has written: of several processes, one at a time performs such a group.
func (s *Store) write(ctx context.Context, topics []string, fn func(tx *gorm.DB) error) error {
	return s.enqueue(ctx, topics, &write{fn: fn, needs: lockChanges})
}

// writeBlind is write for an fn whose statements each hold their own condition, whatever
// other processes write meanwhile.
func (s *Store) writeBlind(ctx context.Context, topics []string, fn func(tx *gorm.DB) error) error {
	return s.enqueue(ctx, topics, &write{fn: fn})
}

func (s *Store) enqueue(ctx context.Context, topics []string, op *write) error {
	op.topics = topics
	w := s.writer
	if s.free != nil && op.needs == 0 {
		w = s.free
	}
	err := w.do(ctx, op)
	afterEffects(op.effects, err)
	if err != nil {
		s.noteFull(err)
		return unwritable(err)
	}
	s.hub.publish(topics)
	return nil
}

func (w *writer) do(ctx context.Context, op *write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op.done = make(chan struct{})
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.queue = append(w.queue, op)
	w.mu.Unlock()
	w.signal()

	select {
	case <-op.done:
		return op.err
	case <-ctx.Done():
	}
	if op.state.CompareAndSwap(writeQueued, writeWithdrawn) {
		return ctx.Err()
	}
	<-op.done
	return op.err
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// close performs what is queued, then stops the goroutines.
func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.signal()
	w.running.Wait()
	var first error
	for _, l := range w.lanes {
		first = cmp.Or(first, l.session.close())
	}
	return first
}

func (w *lane) loop() {
	defer w.signal() // the next lane, that it stops, too
	var group []*write
	for range w.wake {
		for {
			var last bool
			group, last = w.take(group[:0])
			if len(group) == 0 {
				if last {
					return
				}
				break
			}
			w.perform(group)
			clear(group)
		}
	}
}

// take moves as many queued writes to group as may share a commit, and wakes another lane
// for the rest; last says that no more will come.
func (w *writer) take(group []*write) (_ []*write, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(w.queue), w.most)
	group = append(group, w.queue[:n]...)
	rest := copy(w.queue, w.queue[n:])
	clear(w.queue[rest:])
	w.queue = w.queue[:rest]
	if rest > 0 {
		w.signal()
	}
	return group, w.closed
}

// perform runs a group and answers every write in it.
func (w *lane) perform(group []*write) {
	begun := group[:0]
	for _, op := range group {
		if op.state.CompareAndSwap(writeQueued, writeBegun) {
			begun = append(begun, op)
		}
	}
	if len(begun) == 0 {
		return
	}
	n := w.session.together(begun)
	w.commit(begun[:n], w.together)
	w.commit(begun[n:], w.transaction)
}

// commit runs writes in one transaction and answers each.
func (w *lane) commit(group []*write, transaction func([]*write) error) {
	if len(group) == 0 {
		return
	}
	if err := transaction(group); err != nil {
		if !errors.Is(err, ErrDamaged) { // which was told when it was found
			w.trouble.Failed("writes to the database fail", len(group), err)
		}
		for _, op := range group { // one that was refused, too: what it was refused for may be undone
			op.err = fmt.Errorf("commit: %w", err)
		}
	} else {
		w.trouble.Worked()
		if m := w.meter.Load(); m != nil {
			m.committed(group)
		}
	}
	for _, op := range group {
		close(op.done)
	}
}

// attempts bounds how often a group is performed that other processes come in the way of.
const attempts = 5

// together runs all writes at once; when one of them is refused, one by one.
func (w *lane) together(group []*write) error {
	err := w.repeat(group, func() error {
		err := w.call(func(*gorm.DB) error { return w.session.atOnce(group, needsOfAll(group)) })
		if err != nil {
			w.session.rollback()
		}
		return err
	})
	if errors.Is(err, errNotTogether) {
		w.apart.Add(1)
		return w.transaction(byExecution(group))
	}
	if err == nil {
		w.commits.Add(1)
	}
	return err
}

// transaction runs every write and commits. Its error concerns all of them; what
// concerns one of them only is left in its err.
func (w *lane) transaction(group []*write) error {
	return w.repeat(group, func() error { return w.attempt(group) })
}

func (w *lane) repeat(group []*write, attempt func() error) error {
	for n := 1; ; n++ {
		err := attempt()
		if err == nil || n == attempts || !w.session.again(err) {
			return err
		}
		for _, op := range group {
			op.err = nil
		}
	}
}

func needsOfAll(group []*write) (needs locks) {
	for _, op := range group {
		needs |= op.needs
	}
	return needs
}

func (w *lane) attempt(group []*write) error {
	if err := w.session.begin(needsOfAll(group)); err != nil {
		return err
	}
	for _, op := range group {
		if err := w.one(op); err != nil {
			w.session.rollback()
			return err
		}
	}
	if err := w.session.commit(group); err != nil {
		w.session.rollback()
		return err
	}
	w.commits.Add(1)
	return nil
}

// one runs a write. Its error concerns the whole group: after a failure that made
// SQLite roll everything back, for instance, the savepoint is no longer there.
func (w *lane) one(op *write) error {
	if op.fn == nil {
		failed := w.call(func(tx *gorm.DB) (failed error) {
			op.err, failed = op.step.perform(tx)
			return failed
		})
		return failed
	}
	if err := w.session.savepoint(); err != nil {
		return err
	}
	op.err = w.call(func(tx *gorm.DB) error {
		if op.step != nil {
			if refused, failed := op.step.perform(tx); refused != nil || failed != nil {
				return cmp.Or(refused, failed)
			}
		}
		return op.fn(tx)
	})
	if op.err != nil {
		if w.session.again(op.err) {
			return op.err
		}
		if err := w.session.rollbackTo(); err != nil {
			return fmt.Errorf("%w: %v: %w", errGroupLost, op.err, err) // what was refused concerns nobody else
		}
	}
	if err := w.session.release(); err != nil {
		return fmt.Errorf("%w: %w", errGroupLost, err)
	}
	return nil
}

func (w *lane) call(fn func(tx *gorm.DB) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("a write panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("a write panicked: %v", p)
		}
	}()
	return fn(w.session.gorm())
}

// writerConn is the writer's connection as GORM sees it: inside a transaction, so
// that GORM nests Transaction calls with savepoints and cannot end the group.
type writerConn struct{ conn gorm.ConnPool }

var (
	_ gorm.ConnPool    = (*writerConn)(nil)
	_ gorm.TxCommitter = (*writerConn)(nil)
)

func (c *writerConn) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return c.conn.PrepareContext(ctx, query)
}

func (c *writerConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return c.conn.ExecContext(ctx, query, args...)
}

func (c *writerConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.conn.QueryContext(ctx, query, args...)
}

func (c *writerConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return c.conn.QueryRowContext(ctx, query, args...)
}

// Commit refuses: only the writer ends its transaction.
func (c *writerConn) Commit() error { return gorm.ErrInvalidTransaction }

// Rollback refuses: a write undoes itself by returning an error.
func (c *writerConn) Rollback() error { return gorm.ErrInvalidTransaction }
