package models

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	var batch pgx.Batch
	answered, committed := 0, false
	queue := func(query string, args ...any) {
		batch.Queue(query, args...).Exec(func(pgconn.CommandTag) error { answered++; return nil })
	}
	queue(beginTransaction)
	for n := range allLocks {
		if needs&(1<<n) != 0 {
			queue(takeLock(n))
		}
	}
	rows := make(map[*bulk][]bulkRow, len(bulks))
	for _, op := range group {
		for _, r := range op.rows {
			rows[r.of] = append(rows[r.of], r)
		}
	}
	for _, b := range bulks {
		if some := rows[b]; some != nil {
			queue(b.query, b.args(some)...)
		}
	}
	if tallies := talliesOf(group); tallies != nil {
		queue(`INSERT INTO metric_tallies (tallies) VALUES ($1)`, tallies)
	}
	if payloads := notifications(s.origin, group); payloads != nil {
		queue(`SELECT pg_notify('`+channel+`', payload) FROM unnest($1::text[]) AS payload`, payloads)
	}
	before := batch.Len()
	batch.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error { committed = tag.String() == "COMMIT"; return nil })
	err := s.link.raw(func(conn *pgx.Conn) error { return conn.SendBatch(context.Background(), &batch).Close() })
	said := isPgError(err)
	switch {
	case committed:
		return nil
	case err == nil:
		return errGroupLost
	case s.lost() && !pgconn.SafeToRetry(err) && !(said && answered < before):
		return fmt.Errorf("%w: %w", errUncertain, err)
	case said && !s.lost() && !s.again(err):
		return fmt.Errorf("%w: %w", errNotTogether, err)
	}
	return err
}

func isPgError(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said)
}
