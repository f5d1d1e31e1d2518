package models

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"countersign/workflow"
)

// paymentRecord is the one payment of an order, in one currency.
type paymentRecord struct {
	OrderID      string `gorm:"primaryKey"`
	Status       string
	Authorised   int64
	Captured     int64
	Refunded     int64
	Currency     string
	AuthoriseKey string
	Reference    string
	UpdatedAt    stamp
}

func (paymentRecord) TableName() string { return "payments" }

func (r paymentRecord) payment() workflow.Payment {
	money := func(amount int64) workflow.Money { return workflow.Money{Amount: amount, Currency: r.Currency} }
	return workflow.Payment{
		OrderID: workflow.OrderID(r.OrderID), Status: workflow.PaymentStatus(r.Status),
		Authorised: money(r.Authorised), Captured: money(r.Captured), Refunded: money(r.Refunded),
		AuthoriseKey: r.AuthoriseKey, Reference: r.Reference,
	}
}

// Payment of an order; status NONE when nothing was asked of the gateway yet.
func (s *Store) Payment(ctx context.Context, id workflow.OrderID) (workflow.Payment, error) {
	p, ok, err := s.gathered.payments.get(ctx, id)
	if err != nil {
		return p, fmt.Errorf("read payment of order %s: %w", id, err)
	}
	if !ok {
		return workflow.Payment{OrderID: id, Status: workflow.PaymentNone}, nil
	}
	return p, nil
}

func (s *Store) readPayments(ctx context.Context, ids []workflow.OrderID) (map[workflow.OrderID]workflow.Payment, error) {
	condition, arg := whose(s, ids)
	rows, err := s.lookUp(ctx, `SELECT order_id, status, authorised, captured, refunded, currency, authorise_key, reference
		FROM payments WHERE order_id `+condition, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	payments := make(map[workflow.OrderID]workflow.Payment)
	for rows.Next() {
		var r paymentRecord
		err := rows.Scan(&r.OrderID, &r.Status, &r.Authorised, &r.Captured, &r.Refunded, &r.Currency, &r.AuthoriseKey, &r.Reference)
		if err != nil {
			return nil, err
		}
		payments[workflow.OrderID(r.OrderID)] = r.payment()
	}
	return payments, rows.Err()
}

// SavePayment writes the payment; refused unless its stored status is one of from,
// where an order without a payment has status NONE.
func (s *Store) SavePayment(p workflow.Payment, from ...workflow.PaymentStatus) workflow.Effect {
	record, err := paymentOf(p)
	e := effect{
		name:   "SavePayment " + string(p.Status),
		topics: orderTopics(p.OrderID),
		apply: func(tx *gorm.DB) error {
			if err != nil {
				return err
			}
			record.UpdatedAt = stampOf(s.now())
			return savePayment(tx, record, from)
		},
	}
	into := updatePayments
	if slices.Contains(from, workflow.PaymentNone) {
		into = insertPayments
	}
	if err == nil && len(from) == 1 {
		e.rows = func() []bulkRow {
			record.UpdatedAt = stampOf(s.now())
			return []bulkRow{into.row(append(paymentArgs(record), string(from[0]))...)}
		}
	}
	return e
}

const bulkPayments = `status text, authorised bigint, captured bigint, refunded bigint, currency text, authorise_key text,
	reference text, updated_at bigint, order_id text, was text`

var (
	insertPayments = strictBulk(bulkPayments,
		`INSERT INTO payments (status, authorised, captured, refunded, currency, authorise_key, reference, updated_at, order_id)
		SELECT status, authorised, captured, refunded, currency, authorise_key, reference, updated_at, order_id FROM v
		ON CONFLICT (order_id) DO NOTHING RETURNING order_id`)
	updatePayments = strictBulk(bulkPayments,
		`UPDATE payments p SET status = v.status, authorised = v.authorised, captured = v.captured, refunded = v.refunded,
			currency = v.currency, authorise_key = v.authorise_key, reference = v.reference, updated_at = v.updated_at
		FROM v WHERE p.order_id = v.order_id AND p.status = v.was RETURNING p.order_id`)
)

func paymentArgs(r paymentRecord) []any {
	return []any{r.Status, r.Authorised, r.Captured, r.Refunded, r.Currency, r.AuthoriseKey, r.Reference, int64(r.UpdatedAt), r.OrderID}
}

func savePayment(tx *gorm.DB, r paymentRecord, from []workflow.PaymentStatus) error {
	if slices.Contains(from, workflow.PaymentNone) {
		added, err := insert(tx, `INSERT INTO payments
			(status, authorised, captured, refunded, currency, authorise_key, reference, updated_at, order_id)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id) DO NOTHING`, paymentArgs(r)...)
		if err != nil {
			return fmt.Errorf("write payment of order %s: %w", r.OrderID, err)
		}
		if added {
			return nil
		}
	}
	args := paymentArgs(r)
	for _, status := range from {
		args = append(args, string(status))
	}
	n, err := exec(tx, `UPDATE payments SET status = ?, authorised = ?, captured = ?, refunded = ?, currency = ?,
		authorise_key = ?, reference = ?, updated_at = ? WHERE order_id = ? AND status IN `+marks(len(from)), args...)
	if err != nil {
		return fmt.Errorf("write payment of order %s: %w", r.OrderID, err)
	}
	if n == 0 {
		return refuse("the payment of order %s is not %v", r.OrderID, from)
	}
	return nil
}

func paymentOf(p workflow.Payment) (paymentRecord, error) {
	r := paymentRecord{
		OrderID: string(p.OrderID), Status: string(p.Status),
		Authorised: p.Authorised.Amount, Captured: p.Captured.Amount, Refunded: p.Refunded.Amount,
		AuthoriseKey: p.AuthoriseKey, Reference: p.Reference,
	}
	for _, m := range []workflow.Money{p.Authorised, p.Captured, p.Refunded} {
		switch {
		case m.Currency == "" || m.Currency == r.Currency:
		case r.Currency == "":
			r.Currency = m.Currency
		default:
			return r, fmt.Errorf("payment of order %s mixes %s and %s", p.OrderID, r.Currency, m.Currency)
		}
	}
	return r, nil
}
