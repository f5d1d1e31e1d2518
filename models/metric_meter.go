package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// meter counts what is committed. The writer hands it a tally of every commit that is on
// disk; a goroutine adds them up in memory and writes the sums every few seconds, together
// with how far it has counted, so that after a crash the rest is counted from the history:
// everything once. Nobody who commits waits for it.
type meter struct {
	mu      sync.Mutex
	pending []*tally      // guarded by mu; in the order of their rows
	live    bool          // guarded by mu; false: the rows of the table are counted, not what commits
	wake    chan struct{} // one token: something is pending, or closed
	closed  chan struct{}
	closing sync.Once
	stopped chan struct{}

	counting sync.Mutex // guards the rest
	ledger   ledger
	written  int64 // row up to which the sums are written
	series   map[seriesKey]int64
	agedAt   time.Time
}

type seriesKey struct {
	subject
	metric metric
}

const (
	meterPause   = 200 * time.Millisecond // between additions in memory
	meterWrites  = 25                     // additions between two writes
	maxPending   = 100_000                // tallies; beyond, the rows of the table are counted later
	rowsAtOnce   = 400                    // read from the table
	agesMetrics  = 6 * time.Hour          // between two looks for what is old
	lastOfMetric = 2 * time.Second        // for the sums at the end
)

// openMeter begins to count where the last process stopped.
func (s *Store) openMeter(ctx context.Context) error {
	m := &s.meter
	m.wake, m.closed, m.stopped = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	m.ledger.store, m.series = s, make(map[seriesKey]int64)
	if !s.exclusive {
		s.startMeter(s.foldLoop)
		return nil
	}
	var last sql.NullInt64
	row := s.read(ctx).Raw(`SELECT counted_to, (SELECT max(id) FROM history_events) FROM metric_progress`).Row()
	if err := row.Scan(&m.written, &last); err != nil {
		return fmt.Errorf("read how far the metrics are counted: %w", err)
	}
	m.ledger.to = m.written
	m.live = last.Int64 <= m.written
	if !m.live {
		m.signal()
	}
	s.writer.meter.Store(m)
	s.startMeter(s.meterLoop)
	return nil
}

func (s *Store) startMeter(loop func()) {
	go loop()
	s.onClose(s.meter.close)
}

// close ends the goroutine that counts. Closing twice does nothing.
func (m *meter) close() error {
	m.closing.Do(func() { close(m.closed) })
	<-m.stopped
	return nil
}

func (m *meter) signal() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// committed takes the tallies of a group that is on disk. The writer calls it.
func (m *meter) committed(group []*write) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.live {
		return
	}
	for _, op := range group {
		if op.tally != nil && op.tally.row != 0 && op.err == nil {
			m.pending = append(m.pending, op.tally)
		}
	}
	if len(m.pending) > maxPending {
		m.pending, m.live = nil, false
	}
	if len(m.pending) > 0 {
		m.signal()
	}
}

// take is what waits to be counted, and whether that is all there is.
func (m *meter) take() (pending []*tally, live bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	pending, m.pending = m.pending, nil
	return pending, m.live
}

func (m *meter) setLive(live bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live, m.pending = live, nil
}

func (s *Store) meterLoop() {
	defer close(s.meter.stopped)
	for additions := 1; ; additions++ {
		select {
		case <-s.meter.wake:
		case <-s.meter.closed:
			ctx, cancel := context.WithTimeout(context.Background(), lastOfMetric)
			defer cancel()
			s.meterComplains(s.countUp(ctx, true))
			return
		}
		ctx := context.Background()
		s.meterComplains(s.countUp(ctx, additions%meterWrites == 0))
		s.meterComplains(s.ageMetrics(ctx))
		select {
		case <-time.After(meterPause):
		case <-s.meter.closed:
		}
	}
}

func (s *Store) meterComplains(err error) {
	switch {
	case err == nil:
		s.counting.Worked()
	case !errors.Is(err, errClosed) && !errors.Is(err, ErrDamaged):
		s.counting.Failed("metrics could not be counted; trying again", 1, err)
	}
}

// CountMetrics counts what happened until now. Of what is deleted afterwards nothing is missing in
// the metrics.
func (s *Store) CountMetrics(ctx context.Context) error { return s.countUp(ctx, true) }

// countUp counts everything that is committed, and writes the sums if write says so or if
// there is much to catch up with.
func (s *Store) countUp(ctx context.Context, write bool) error {
	m := &s.meter
	m.counting.Lock()
	defer m.counting.Unlock()
	if !s.exclusive {
		for more := true; more; {
			var err error
			if more, err = s.fold(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	pending, live := m.take()
	for _, t := range pending {
		m.ledger.add(ctx, t)
	}
	for !live {
		var err error
		if live, err = s.countRows(ctx); err != nil {
			m.signal()
			return err
		}
	}
	if len(m.ledger.sheets) > 0 {
		m.signal() // they are to be written some time
	}
	if !write || m.ledger.to == m.written {
		return nil
	}
	return s.writeSums(ctx, nil)
}

// countRows counts the next rows of the table. With the last of them, which are read where
// nobody can commit, it goes over to counting what commits.
func (s *Store) countRows(ctx context.Context) (live bool, err error) {
	m := &s.meter
	tallies, err := talliesAfter(s.read(ctx), m.ledger.to, rowsAtOnce)
	if err != nil {
		return false, err
	}
	for _, t := range tallies {
		m.ledger.add(ctx, t)
	}
	if len(tallies) == rowsAtOnce {
		return false, s.writeSums(ctx, nil)
	}
	err = s.writeSums(ctx, func(tx *gorm.DB) error {
		rest, err := talliesAfter(tx, m.ledger.to, math.MaxInt32)
		for _, t := range rest {
			m.ledger.add(ctx, t)
		}
		m.setLive(err == nil)
		return err
	})
	return err == nil, err
}

// talliesAfter reads what was committed after a row of the history.
func talliesAfter(db *gorm.DB, after int64, limit int) ([]*tally, error) {
	rows, err := db.Raw(`SELECT h.id, h.events, e.id, e.machine, e.started_at, e.redrives, e.redriven_at, e.type, e.published, e.alias
		FROM history_events h JOIN executions e ON e.id = h.execution_id WHERE h.id > ? ORDER BY h.id LIMIT ?`, after, limit).Rows()
	if err != nil {
		return nil, fmt.Errorf("read the history for the metrics: %w", err)
	}
	defer rows.Close()
	var all []*tally
	for rows.Next() {
		var row int64
		var text []byte
		var info workflow.ExecutionInfo
		var started, redriven sql.NullInt64
		if err := rows.Scan(&row, &text, &info.ID, &info.StateMachine, &started, &info.Redrives, &redriven, &info.Type, &info.Published, &info.Alias); err != nil {
			return nil, fmt.Errorf("read the history for the metrics: %w", err)
		}
		info.StartedAt = atMillis(started)
		events, err := decodeEvents(nil, text, 0)
		if err != nil {
			return nil, fmt.Errorf("read the history for the metrics: %w", err)
		}
		if len(events) > 0 && events[0].At.Before(atMillis(redriven)) && info.Redrives == 1 {
			info.Redrives = 0 // not yet, then
		}
		t := tallyOf(&info, events)
		t.row = row
		all = append(all, t)
	}
	return all, rows.Err()
}
