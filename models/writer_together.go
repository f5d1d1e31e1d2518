package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"countersign/workflow"
)

// together leaves several steps of one execution to be performed in their order.
func (s *postgresSession) together(group []*write) int {
	times := make(map[workflow.ExecutionID]int, len(group))
	for _, op := range group {
		if op.step != nil {
			times[op.step.commit.Info.ID]++
		}
	}
	rank := func(op *write) int {
		if op.rows != nil && (op.step == nil || times[op.step.commit.Info.ID] == 1) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(group, func(a, b *write) int { return rank(a) - rank(b) })
	if n := slices.IndexFunc(group, func(op *write) bool { return rank(op) == 1 }); n >= 0 {
		return n
	}
	return len(group)
}

// atOnce sends everything from BEGIN to COMMIT in one go: a group costs one round trip.
func (s *postgresSession) atOnce(group []*write, needs locks) error {
	if err := s.ready(); err != nil {
		return err
	}
	t := s.tripOf(group, needs)
	err := s.link.raw(func(conn *pgx.Conn) error {
		ctx, cancel := context.WithTimeout(context.Background(), groupPatience)
		defer cancel()
		return conn.SendBatch(ctx, &t.batch).Close()
	})
	said := isPgError(err)
	switch {
	case t.committed:
		return nil
	case err == nil:
		return errGroupLost
	case s.lost() && !pgconn.SafeToRetry(err) && !(said && t.answered < t.batch.Len()-1):
		return fmt.Errorf("%w: %w", errUncertain, err)
	case said && !s.again(err): // nothing was committed, even if the connection was lost, too
		return fmt.Errorf("%w: %w", errNotTogether, err)
	}
	return err
}

// groupPatience is longer than the server lets a statement take: one that does not answer for so
// long hangs, though its machine lives.
const groupPatience = 90 * time.Second

// trip is a transaction that is sent in one go.
type trip struct {
	batch     pgx.Batch
	answered  int // statements before COMMIT
	committed bool
}

func (s *postgresSession) tripOf(group []*write, needs locks) *trip {
	t := new(trip)
	rows := make(map[*bulk][]bulkRow, len(bulks))
	for _, op := range byExecution(group) {
		for _, r := range op.rows {
			rows[r.of] = append(rows[r.of], r)
		}
	}
	t.add(beginTransaction)
	t.lock(needs &^ lockStock)
	t.perform(bulks, rows)
	if tallies := talliesOf(group); tallies != nil {
		t.add(`INSERT INTO metric_tallies (tallies) VALUES ($1)`, tallies)
	}
	if payloads := notifications(s.origin, group); payloads != nil {
		t.add(`SELECT pg_notify('`+channel+`', payload) FROM unnest($1::text[]) AS payload`, payloads)
	}
	t.lock(needs & lockStock)
	t.perform(stockBulks, rows)
	t.batch.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		t.committed = tag.String() == "COMMIT" // and not ROLLBACK
		return nil
	})
	return t
}

// byExecution is the order in which rows are taken, so that processes who want the same ones
// do not wait for each other.
func byExecution(group []*write) []*write {
	id := func(op *write) workflow.ExecutionID {
		if op.step == nil {
			return 0
		}
		return op.step.commit.Info.ID
	}
	return slices.SortedStableFunc(slices.Values(group), func(a, b *write) int { return cmp.Compare(id(a), id(b)) })
}

func (t *trip) add(query string, args ...any) {
	t.batch.Queue(query, args...).Exec(func(pgconn.CommandTag) error { t.answered++; return nil })
}

func (t *trip) lock(needs locks) {
	for _, statement := range takeLocks(needs) {
		t.add(statement)
	}
}

func (t *trip) perform(bulks []*bulk, rows map[*bulk][]bulkRow) {
	for _, b := range bulks {
		if some := rows[b]; some != nil {
			t.add(b.query, b.args(some)...)
		}
	}
}

func isPgError(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said)
}
