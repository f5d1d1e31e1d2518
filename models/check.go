package models

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// CheckBooks adds everything up and says, in one sentence each, what does not
// agree; nothing when all is well. It sees one moment of the database. An order
// whose execution is open, or whose undo has failed and waits for an operator, is
// still being worked on: what it holds counts, but it need not be settled.
func (s *Store) CheckBooks(ctx context.Context) ([]string, error) {
	args := maps.Clone(checkArgs)
	args["soon"] = stampOf(s.now().Add(askedAgain))
	var wrong []string
	err := s.atOneMoment(ctx, func(tx *gorm.DB) error {
		for _, check := range bookChecks {
			query := tx.Raw(check.query)
			if strings.Contains(check.query, "@") {
				query = tx.Raw(check.query, args)
			}
			var found []string
			if err := query.Scan(&found).Error; err != nil {
				return fmt.Errorf("check that %s: %w", check.law, err)
			}
			wrong = append(wrong, found...)
		}
		return nil
	})
	return wrong, err
}

// askedAgain is later than asking for an approval is tried again that has failed.
const askedAgain = 10 * time.Minute

// atOneMoment is for reading what must agree, for as long as it takes.
func (s *Store) atOneMoment(ctx context.Context, read func(tx *gorm.DB) error) error {
	return s.read(ctx).Transaction(func(tx *gorm.DB) error {
		if !s.exclusive {
			if err := tx.Exec(`SET LOCAL statement_timeout = 0`).Error; err != nil {
				return err
			}
		}
		return read(tx)
	}, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

// bookCheck finds the rows that break a law and makes a sentence of each.
type bookCheck struct {
	law   string
	query string
}

// settled is a condition on orders o: nothing more will happen to it.
const settled = `o.closed_at <> 0 AND o.attention = @no AND NOT EXISTS
	(SELECT 1 FROM executions e WHERE e.id = o.execution_id AND e.status IN (@running, @redriving))`

// elsewhere is a condition on orders o: a definition that people made carried the order out with
// functions of their own, so that the shop's books know nothing of its money and goods. Of an
// execution that is not kept any longer nobody knows whose definition it followed.
const elsewhere = `(NOT EXISTS (SELECT 1 FROM payments x WHERE x.order_id = o.id) AND NOT EXISTS (SELECT 1 FROM shipments x WHERE x.order_id = o.id)
	AND NOT EXISTS (SELECT 1 FROM reservations x WHERE x.order_id = o.id) AND o.execution_id <> 0 AND NOT EXISTS (SELECT 1 FROM executions e
		JOIN state_machines m ON m.machine = e.machine AND m.version = e.version WHERE e.id = o.execution_id AND m.own <> @no))`

var checkArgs = map[string]any{
	"no": false, "running": string(workflow.Running), "redriving": string(workflow.PendingRedrive),
	"completed": string(workflow.OrderCompleted), "awaiting": string(workflow.OrderAwaitingApproval),
	"held": reservationHeld, "authorised": string(workflow.PaymentAuthorised), "unknown": string(workflow.PaymentUnknown),
	"pending": string(workflow.ApprovalPending),
}

var bookChecks = []bookCheck{
	{law: "stock is what its movements add up to", query: `
		SELECT 'Item ' || i.id || ' has ' || i.on_hand || ' on hand and ' || i.reserved || ' reserved, but its movements add up to '
			|| COALESCE(SUM(m.on_hand_change), 0) || ' and ' || COALESCE(SUM(m.reserved_change), 0) || '.'
		FROM items i LEFT JOIN stock_movements m ON m.item_id = i.id GROUP BY i.id, i.on_hand, i.reserved
		HAVING i.on_hand <> COALESCE(SUM(m.on_hand_change), 0) OR i.reserved <> COALESCE(SUM(m.reserved_change), 0)`},
	{law: "what is reserved is held by orders", query: `
		SELECT 'Item ' || i.id || ' has ' || i.reserved || ' reserved, but orders hold ' || COALESCE(SUM(r.quantity), 0) || '.'
		FROM items i LEFT JOIN reservations r ON r.item_id = i.id AND r.state = @held GROUP BY i.id, i.reserved
		HAVING i.reserved <> COALESCE(SUM(r.quantity), 0)`},
	{law: "nothing is sold twice", query: `
		SELECT 'Item ' || id || ' has ' || on_hand || ' on hand and ' || reserved || ' reserved, which cannot be.'
		FROM items WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand`},
	{law: "a total is the sum of its lines", query: `
		SELECT 'Order ' || o.id || ' totals ' || o.total || ', but its lines add up to ' || COALESCE(SUM(l.quantity * l.unit_price), 0) || '.'
		FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id WHERE o.total <> 0 GROUP BY o.id, o.total
		HAVING o.total <> COALESCE(SUM(l.quantity * l.unit_price), 0)`},
	{law: "a settled order is charged its total or nothing", query: `
		SELECT 'Order ' || o.id || ' is ' || o.status || ' with a total of ' || o.total || ', but charged minus refunded is '
			|| (COALESCE(p.captured, 0) - COALESCE(p.refunded, 0)) || '.'
		FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE ` + settled + `
		AND COALESCE(p.captured, 0) - COALESCE(p.refunded, 0) <> CASE WHEN o.status = @completed THEN o.total ELSE 0 END AND NOT ` + elsewhere},
	{law: "a settled order holds no money", query: `
		SELECT 'Order ' || o.id || ' is ' || o.status || ', but its payment is still ' || p.status || '.'
		FROM orders o JOIN payments p ON p.order_id = o.id WHERE ` + settled + ` AND p.status IN (@authorised, @unknown)`},
	{law: "no payment belongs to two orders", query: `
		SELECT 'Payment ' || reference || ' of the gateway stands under ' || COUNT(*) || ' orders.'
		FROM payments WHERE reference <> '' GROUP BY reference HAVING COUNT(*) > 1`},
	{law: "a settled order holds no goods", query: `
		SELECT 'Order ' || o.id || ' is ' || o.status || ', but still holds ' || r.quantity || ' of ' || r.item_id || '.'
		FROM orders o JOIN reservations r ON r.order_id = o.id WHERE ` + settled + ` AND r.state = @held`},
	{law: "a completed order has been shipped", query: `
		SELECT 'Order ' || o.id || ' is ' || o.status || ', but has no shipment.'
		FROM orders o LEFT JOIN shipments s ON s.order_id = o.id WHERE o.status = @completed AND s.order_id IS NULL AND NOT ` + elsewhere},
	// While somebody holds the execution, or is to take it up, or to ask again after a failure, the
	// question may be about to be asked.
	{law: "an order that awaits approval has one to await", query: `
		SELECT 'Order ' || o.id || ' is ' || o.status || ', but has ' || COUNT(a.id) || ' pending approvals.'
		FROM orders o LEFT JOIN approvals a ON a.order_id = o.id AND a.status = @pending
		WHERE o.status = @awaiting AND NOT EXISTS (SELECT 1 FROM executions e WHERE e.id = o.execution_id AND (e.owner <> '' OR e.due_at <= @soon))
		GROUP BY o.id, o.status HAVING COUNT(a.id) <> 1`},
	{law: "nobody is asked about a closed order", query: `
		SELECT 'Order ' || o.id || ' is ' || o.status || ', but approval ' || a.id || ' is still pending.'
		FROM orders o JOIN approvals a ON a.order_id = o.id WHERE o.closed_at <> 0 AND a.status = @pending`},
	{law: "an order that is not settled keeps its execution", query: `
		SELECT 'Order ' || o.id || ' is ' || o.status || ', but its execution is gone.' FROM orders o
		WHERE o.execution_id <> 0 AND (o.closed_at = 0 OR o.attention <> @no) AND NOT EXISTS (SELECT 1 FROM executions e WHERE e.id = o.execution_id)`},
	{law: "an order is open while its execution is", query: `
		SELECT 'Order ' || o.id || ' is ' || o.status || ', but its execution is ' || e.status || '.'
		FROM orders o JOIN executions e ON e.id = o.execution_id
		WHERE o.closed_at = 0 AND e.status NOT IN (@running, @redriving)`},
}
