package models

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

var setOrderStatuses = looseBulk(`status text, reason text, attention boolean, updated_at bigint, closed_at bigint, id text, execution_id bigint`,
	`UPDATE orders o SET status = v.status, reason = v.reason, attention = v.attention, updated_at = v.updated_at, closed_at = v.closed_at
	FROM v WHERE o.id = v.id AND o.execution_id = v.execution_id`)

// SetOrderStatus moves an order on that is fulfilled by an execution, or by any when that
// is 0; reason and attention replace what was there. An execution without an order in our
// books changes nothing.
func (s *Store) SetOrderStatus(
	id workflow.OrderID, by workflow.ExecutionID, status workflow.OrderStatus, reason string, attention bool, at time.Time,
) workflow.Effect {
	updated, closed := int64(stampOf(at)), int64(0)
	if status.Closed() {
		closed = updated
	}
	args := []any{string(status), reason, attention, updated, closed, string(id), int64(by)}
	e := effect{
		name:   "SetOrderStatus " + string(status),
		topics: orderTopics(id),
		after: func(err error) {
			if err != nil {
				s.orders.drop(id) // it may have been written all the same
				return
			}
			s.orders.moved(id, by, status)
		},
		apply: func(tx *gorm.DB) error {
			_, err := exec(tx, `UPDATE orders SET status = ?, reason = ?, attention = ?, updated_at = ?, closed_at = ?
				WHERE id = ? AND (execution_id = ? OR CAST(? AS bigint) = 0)`, append(args, int64(by))...)
			if err != nil {
				return fmt.Errorf("set status of order %s: %w", id, err)
			}
			return nil
		},
	}
	if by != 0 { // an execution commits one step at a time; of others two may want the same order
		e.rows = func() []bulkRow { return []bulkRow{setOrderStatuses.row(args...)} }
	}
	return e
}

// RequestCancel notes that an order shall be cancelled. Refused when it is shipped,
// closed, being undone by an operator, cancelled already or not this customer's;
// customerID "" asks for anybody's.
func (s *Store) RequestCancel(id workflow.OrderID, customerID string, at time.Time) workflow.Effect {
	return effect{
		name:   "RequestCancel",
		topics: orderTopics(id),
		after:  func(error) { s.orders.drop(id) },
		apply: func(tx *gorm.DB) error {
			n, err := exec(tx, `UPDATE orders SET cancel_requested = ?, updated_at = ?
				WHERE id = ? AND (? = '' OR customer_id = ?)
				AND shipped_at = 0 AND closed_at = 0 AND cancel_requested = ? AND attention = ?`,
				true, int64(stampOf(at)), string(id), customerID, customerID, false, false)
			if err != nil {
				return fmt.Errorf("cancel order %s: %w", id, err)
			}
			if n == 0 {
				return refuse("order %s can no longer be cancelled", id)
			}
			return nil
		},
	}
}
