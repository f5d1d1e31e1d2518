package models

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// ClosedExecution is one that may be deleted.
type ClosedExecution struct {
	ID     workflow.ExecutionID
	Events int64 // in its history
}

// SweepCursor is how far a sweep through the executions has come; zero at its beginning. Children
// of Map Runs come after all others.
type SweepCursor struct {
	mapped        bool
	startedAt, id int64
}

// Sweep is a part of a sweep through the executions that were started before a moment.
type Sweep struct {
	Closed []ClosedExecution
	Held   int // would have been among them but for the executions that started them
	Next   SweepCursor
	Done   bool // nothing comes after Next
}

// mayGo is a condition on executions e: closed before @before, and nobody needs it any more. An
// order that needs attention is redriven some day. A parent stays until its children have closed.
// What the metrics have not counted yet stays, and always the latest row of the history, whose
// id must not be given again: the metrics remember up to which row they have counted. PostgreSQL
// would look for a maximum among the rows of all; the last row is found by its index.
const mayGo = `e.stopped_at < @before AND e.status NOT IN (@running, @redriving)
	AND e.id NOT IN (SELECT o.execution_id FROM orders o WHERE o.attention)
	AND NOT EXISTS (SELECT 1 FROM executions c WHERE c.parent_id = e.id AND c.parent_id <> 0 AND c.status IN (@running, @redriving))
	AND e.id NOT IN (SELECT m.execution_id FROM map_runs m WHERE m.status = @running)
	AND (SELECT h.id FROM history_events h WHERE h.execution_id = e.id ORDER BY h.last_id DESC LIMIT 1) < (SELECT counted_to FROM metric_progress)`

// SweepClosed looks at the next executions, limit of them at most, in the order in which they were
// started, for those that closed before a moment. A child execution goes after its parent has gone.
func (s *Store) SweepClosed(ctx context.Context, before time.Time, after SweepCursor, limit int) (Sweep, error) {
	mapped := `e.map_run = ''`
	if after.mapped {
		mapped = `e.map_run <> ''`
	}
	rows, err := s.read(ctx).Raw(`SELECT e.started_at, e.id, e.last_event_id, `+mayGo+`,
			e.parent_id <> 0 AND EXISTS (SELECT 1 FROM executions p WHERE p.id = e.parent_id)
		FROM executions e WHERE `+mapped+` AND e.started_at < @before AND e.started_at >= @at AND (e.started_at > @at OR e.id > @id)
		ORDER BY e.started_at, e.id LIMIT @limit`, map[string]any{
		"before": before.UnixMilli(), "running": string(workflow.Running), "redriving": string(workflow.PendingRedrive),
		"at": after.startedAt, "id": after.id, "limit": limit,
	}).Rows()
	if err != nil {
		return Sweep{}, fmt.Errorf("look for closed executions: %w", err)
	}
	defer rows.Close()
	sweep := Sweep{Next: after}
	seen := 0
	for ; rows.Next(); seen++ {
		var closed ClosedExecution
		var goes sql.NullBool // NULL for one that never stopped
		var child bool
		if err := rows.Scan(&sweep.Next.startedAt, &sweep.Next.id, &closed.Events, &goes, &child); err != nil {
			return Sweep{}, fmt.Errorf("look for closed executions: %w", err)
		}
		closed.ID = workflow.ExecutionID(sweep.Next.id)
		switch {
		case goes.Bool && child:
			sweep.Held++
		case goes.Bool:
			sweep.Closed = append(sweep.Closed, closed)
		}
	}
	if last := seen < limit; last {
		sweep.Next, sweep.Done = SweepCursor{mapped: true}, after.mapped
	}
	return sweep, rows.Err()
}

// eventsAtOnce is how much history is deleted in one write.
const eventsAtOnce = 500

// ForgetExecutions deletes executions, those among them that are still closed since before a
// moment, with everything that belongs to them alone. Orders, payments, shipments, approvals,
// mails and the audit trail stay. What is long goes with FinishLeaving.
func (s *Store) ForgetExecutions(ctx context.Context, closed []ClosedExecution, before time.Time) (forgotten int, err error) {
	ids, long := make([]int64, len(closed)), make(map[int64]bool)
	for i, c := range closed {
		ids[i] = int64(c.ID)
		long[ids[i]] = c.Events > eventsAtOnce
	}
	err = s.write(ctx, []string{TopicExecutions}, func(tx *gorm.DB) error {
		var gone []int64
		err := tx.Raw(`DELETE FROM executions WHERE `+s.dialect.among("id")+` AND stopped_at < ? AND status NOT IN (?, ?) RETURNING id`,
			s.dialect.idList(ids), before.UnixMilli(), string(workflow.Running), string(workflow.PendingRedrive)).Scan(&gone).Error
		if err != nil {
			return err
		}
		forgotten = len(gone)
		return s.forgetRest(tx, gone, long)
	})
	if err != nil {
		return 0, fmt.Errorf("forget closed executions: %w", err)
	}
	return forgotten, nil
}

// forgetRest deletes what belongs to executions, or notes that it is to be deleted.
func (s *Store) forgetRest(tx *gorm.DB, gone []int64, long map[int64]bool) error {
	var mapping []int64
	err := tx.Raw(`SELECT DISTINCT execution_id FROM map_runs WHERE `+s.dialect.among("execution_id"), s.dialect.idList(gone)).Scan(&mapping).Error
	if err != nil {
		return err
	}
	for _, id := range mapping {
		long[id] = true
	}
	var short []int64
	for _, id := range gone {
		if !long[id] {
			short = append(short, id)
			continue
		}
		if _, err := exec(tx, `INSERT INTO leaving (execution_id) VALUES (?) ON CONFLICT DO NOTHING`, id); err != nil {
			return err
		}
	}
	for _, table := range []string{"history_events", "offers", "redrive_tokens"} {
		if _, err := exec(tx, `DELETE FROM `+table+` WHERE `+s.dialect.among("execution_id"), s.dialect.idList(short)); err != nil {
			return err
		}
	}
	return nil
}

// leavingParts are what an execution leaves behind, a part at a time, the last last.
var leavingParts = []string{
	`DELETE FROM history_events WHERE id IN (SELECT id FROM history_events WHERE execution_id = @id ORDER BY last_id LIMIT @limit)`,
	`DELETE FROM map_items WHERE (map_run_id, position) IN (SELECT i.map_run_id, i.position FROM map_items i
		JOIN map_runs m ON m.id = i.map_run_id WHERE m.execution_id = @id LIMIT @limit)`,
	`DELETE FROM map_runs WHERE execution_id = @id`,
	`DELETE FROM offers WHERE execution_id = @id`,
	`DELETE FROM redrive_tokens WHERE execution_id = @id`,
	`DELETE FROM leaving WHERE execution_id = @id`,
}

// FinishLeaving deletes a part of what ForgetExecutions has left; more says that there may be
// more of it.
func (s *Store) FinishLeaving(ctx context.Context) (more bool, err error) {
	var ids []int64
	if err := s.read(ctx).Raw(`SELECT execution_id FROM leaving ORDER BY execution_id LIMIT 1`).Scan(&ids).Error; err != nil || len(ids) == 0 {
		return false, err
	}
	err = s.write(ctx, nil, func(tx *gorm.DB) error {
		for _, part := range leavingParts {
			done := tx.Exec(part, map[string]any{"id": ids[0], "limit": eventsAtOnce})
			if done.Error != nil || done.RowsAffected == eventsAtOnce {
				return done.Error
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("delete the history of execution %d: %w", ids[0], err)
	}
	return true, nil
}
