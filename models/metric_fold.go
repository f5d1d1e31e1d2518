package models

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// Where several processes commit, none of them sees everything, and rows of the history do
// not become visible in the order of their ids. There each group writes its tallies beside
// its history, into metric_tallies; now and then some process takes them out again and adds
// them to the sums, in one transaction: everything once, whoever dies when.

const (
	foldsEvery  = 5 * time.Second
	foldsAtOnce = 200 // groups
)

// errFolded: another process has folded the same tallies first.
var errFolded = errors.New("another process has counted them")

type storedTally struct {
	Execution workflow.ExecutionID `json:"e"`
	Machine   string               `json:"m"`
	Published int64                `json:"p,omitempty"`
	Alias     string               `json:"a,omitempty"`
	Express   bool                 `json:"x,omitempty"`
	StartedAt int64                `json:"s"`
	Redriven  bool                 `json:"r,omitempty"`
	Marks     []storedMark         `json:"k"`
}

type storedMark struct {
	Event     workflow.EventType `json:"t"`
	Heartbeat bool               `json:"h,omitempty"`
	ID        int64              `json:"i"`
	Previous  int64              `json:"p"`
	At        int64              `json:"a"`
	Kind      string             `json:"k,omitempty"`
	Resource  string             `json:"r,omitempty"`
}

// encode prepares a tally for metric_tallies, in the goroutine of whoever commits.
func (t *tally) encode() error {
	if len(t.marks) == 0 {
		return nil
	}
	stored := storedTally{t.execution, t.machine, t.published, t.alias, t.express, t.startedAt, t.redriven, make([]storedMark, len(t.marks))}
	for i, m := range t.marks {
		stored.Marks[i] = storedMark{m.event, m.heartbeat, m.id, m.previous, m.at, m.kind, m.resource}
	}
	var err error
	t.encoded, err = json.Marshal(stored)
	return err
}

func (s storedTally) tally(row int64) *tally {
	t := &tally{row: row, execution: s.Execution, machine: s.Machine, published: s.Published, alias: s.Alias, express: s.Express,
		startedAt: s.StartedAt, redriven: s.Redriven, marks: make([]mark, len(s.Marks))}
	for i, m := range s.Marks {
		task, phase := taskEvent(m.Event)
		t.marks[i] = mark{m.Event, task, phase, m.Heartbeat, m.ID, m.Previous, m.At, m.Kind, m.Resource}
	}
	return t
}

// talliesOf is what a group puts into metric_tallies; nil when it counts for nothing.
func talliesOf(group []*write) []byte {
	var all [][]byte
	for _, op := range group {
		if op.tally != nil && op.err == nil && op.tally.encoded != nil {
			all = append(all, op.tally.encoded)
		}
	}
	if all == nil {
		return nil
	}
	return append(append([]byte{'['}, bytes.Join(all, []byte{','})...), ']')
}

// foldLoop folds whatever any process has committed.
func (s *Store) foldLoop() {
	defer close(s.meter.stopped)
	ticker := time.NewTicker(foldsEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-s.meter.closed:
			return
		}
		s.meterComplains(s.countUp(context.Background(), true))
		s.meterComplains(s.ageMetrics(context.Background()))
	}
}

// fold counts some groups; more says that there may be others.
func (s *Store) fold(ctx context.Context) (more bool, err error) {
	l := &s.meter.ledger
	l.sheets = nil
	ids, err := s.talliesToFold(ctx)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	err = s.writeSheets(ctx, func(tx *gorm.DB) error {
		gone := tx.Exec(`DELETE FROM metric_tallies WHERE `+s.dialect.among("id"), s.dialect.idList(ids))
		if gone.Error == nil && gone.RowsAffected != int64(len(ids)) {
			return errFolded
		}
		return gone.Error
	}, func(*gorm.DB) error { return nil })
	if errors.Is(err, errFolded) {
		return true, nil
	}
	return len(ids) == foldsAtOnce, err
}

// talliesToFold adds the oldest tallies to the ledger.
func (s *Store) talliesToFold(ctx context.Context) (ids []int64, err error) {
	rows, err := s.read(ctx).Raw(`SELECT id, tallies FROM metric_tallies ORDER BY id LIMIT ?`, foldsAtOnce).Rows()
	if err != nil {
		return nil, fmt.Errorf("read what the metrics are to count: %w", err)
	}
	defer rows.Close()
	var all []storedTally
	for rows.Next() {
		var id int64
		var text []byte
		if err := rows.Scan(&id, &text); err != nil {
			return nil, fmt.Errorf("read what the metrics are to count: %w", err)
		}
		var some []storedTally
		if err := json.Unmarshal(text, &some); err != nil {
			s.log.Error("what a group counts for is damaged; the metrics leave it out", "group", id, "error", err)
			some = nil
		}
		ids, all = append(ids, id), append(all, some...)
	}
	l := &s.meter.ledger
	for _, stored := range all {
		l.add(ctx, stored.tally(l.to+1))
	}
	return ids, rows.Err()
}
