package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// copied are the tables that hold something of an execution and its order: which rows, and
// what is other in the nth copy. Ids grow with time; copies are so many milliseconds older.
var copied = []struct {
	table, where string
	instead      map[string]string
}{
	{"executions", "t.id = ?", map[string]string{"id": copiedID, "name": `t.name || '-' || CAST(n.i AS text)`,
		"started_at": "t.started_at - n.i", "stopped_at": "t.stopped_at - n.i"}},
	{"history_events", "t.execution_id = ?", map[string]string{"id": "", "execution_id": copiedExecution}},
	{"orders", "t.execution_id = ?", map[string]string{"id": `t.id || '-' || CAST(n.i AS text)`, "execution_id": copiedExecution,
		"placed_at": "t.placed_at - n.i"}},
	{"order_lines", ofOrder, map[string]string{"order_id": copiedOrder}},
	{"payments", ofOrder, map[string]string{"order_id": copiedOrder, "authorise_key": `t.authorise_key || '-' || CAST(n.i AS text)`,
		"reference": `CASE t.reference WHEN '' THEN '' ELSE t.reference || '-' || CAST(n.i AS text) END`}},
	{"shipments", ofOrder, map[string]string{"order_id": copiedOrder}},
	{"outbox", ofOrder, map[string]string{"id": "", "order_id": copiedOrder, "key": `t.key || '-' || CAST(n.i AS text)`}},
}

const (
	copiedID        = "t.id - n.i * 4194304" // 1<<22, a millisecond
	copiedExecution = "t.execution_id - n.i * 4194304"
	copiedOrder     = `t.order_id || '-' || CAST(n.i AS text)`
	ofOrder         = "t.order_id IN (SELECT o.id FROM orders o WHERE o.execution_id = ?)"
	copiesAtOnce    = 500
)

// Multiply stores copies of a closed execution and its order, in the past, until that many
// events more are stored. It is for measuring: stock is not moved by them.
func (s *Store) Multiply(ctx context.Context, id workflow.ExecutionID, events int64) error {
	var each int64
	err := s.read(ctx).Raw(`SELECT last_event_id FROM executions WHERE id = ? AND stopped_at IS NOT NULL`, int64(id)).Row().Scan(&each)
	if err != nil {
		return fmt.Errorf("multiply execution %d: %w", id, errors.Join(workflow.ErrNotFound, err))
	}
	statements, err := s.copyStatements(ctx)
	if err != nil {
		return err
	}
	for older := (events + each - 1) / each; older > 0; older -= copiesAtOnce {
		err := s.write(ctx, nil, func(tx *gorm.DB) error {
			for _, statement := range statements {
				if _, err := exec(tx, statement, max(older-copiesAtOnce+1, 1), older, int64(id)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("multiply execution %d: %w", id, err)
		}
	}
	return nil
}

func (s *Store) copyStatements(ctx context.Context) ([]string, error) {
	var all []string
	for _, c := range copied {
		names, err := columns(s.read(ctx), c.table)
		if err != nil {
			return nil, err
		}
		into, from := copying(c.table, names, c.instead)
		all = append(all, into+`WITH RECURSIVE n(i) AS (SELECT CAST(? AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < CAST(? AS bigint))
			SELECT `+from+` FROM n CROSS JOIN `+c.table+` t WHERE `+c.where+` ORDER BY n.i DESC`)
	}
	return all, nil
}
