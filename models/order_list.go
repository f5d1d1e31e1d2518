package models

import (
	"context"
	"fmt"
	"strings"

	"countersign/workflow"
)

// OrderFilter narrows the list of orders; what is empty does not narrow.
type OrderFilter struct {
	CustomerID string
	Status     workflow.OrderStatus
	Attention  bool   // only orders whose undo has failed
	Search     string // part of the order's id or of the customer's name
}

// Orders lists orders, the newest first, with the cursor of the next page.
func (s *Store) Orders(ctx context.Context, f OrderFilter, page Page) ([]OrderInfo, string, error) {
	q := orderRows(s.read(ctx))
	if f.CustomerID != "" {
		q = q.Where("orders.customer_id = ?", f.CustomerID)
	}
	if f.Status != "" {
		q = q.Where("orders.status = ?", f.Status)
	}
	if f.Attention {
		q = q.Where("orders.attention") // as the partial index has it
	}
	if f.Search != "" {
		like := containing(f.Search)
		q = q.Where(`LOWER(orders.id) LIKE ? ESCAPE '\' OR LOWER(orders.customer_name) LIKE ? ESCAPE '\'`, like, like)
	}
	var rows []orderRow
	if err := page.of(q, "orders.placed_at", "orders.id").Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list orders: %w", err)
	}
	rows, next := cut(rows, page, func(r orderRow) (stamp, string) { return r.Record.PlacedAt, r.Record.ID })
	infos, err := s.orderInfos(ctx, rows)
	return infos, next, err
}

// containing is a LIKE pattern (escape character \) for texts that contain part.
func containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(part)) + "%"
}

// OrderCounts says how many orders stand where.
type OrderCounts struct {
	ByStatus  map[workflow.OrderStatus]workflow.Count
	Attention workflow.Count // of those, how many need an operator
}

// orderStatuses are those that orders are counted by.
var orderStatuses = []workflow.OrderStatus{
	workflow.OrderReceived, workflow.OrderPaymentAuthorised, workflow.OrderAwaitingApproval, workflow.OrderShipping,
	workflow.OrderCompleted, workflow.OrderRejected, workflow.OrderFailed, workflow.OrderCancelled,
}

// CountOrders counts orders by status.
func (s *Store) CountOrders(ctx context.Context) (OrderCounts, error) {
	counts := OrderCounts{ByStatus: make(map[workflow.OrderStatus]workflow.Count, len(orderStatuses))}
	for _, status := range orderStatuses {
		n, err := s.count(ctx, `SELECT 1 FROM orders WHERE status = ?`, string(status))
		if err != nil {
			return OrderCounts{}, fmt.Errorf("count orders: %w", err)
		}
		if n.N > 0 {
			counts.ByStatus[status] = n
		}
	}
	var err error
	if counts.Attention, err = s.count(ctx, `SELECT 1 FROM orders WHERE attention`); err != nil {
		return OrderCounts{}, fmt.Errorf("count orders: %w", err)
	}
	return counts, nil
}
