package models

import (
	"context"
	"database/sql"
	"errors"
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
	r := paymentRecord{OrderID: string(id)}
	err := s.readRow(ctx, `SELECT status, authorised, captured, refunded, currency, authorise_key, reference
		FROM payments WHERE order_id = ?`, string(id)).
		Scan(&r.Status, &r.Authorised, &r.Captured, &r.Refunded, &r.Currency, &r.AuthoriseKey, &r.Reference)
	if errors.Is(err, sql.ErrNoRows) {
		return workflow.Payment{OrderID: id, Status: workflow.PaymentNone}, nil
	}
	if err != nil {
		return workflow.Payment{}, fmt.Errorf("read payment of order %s: %w", id, err)
	}
	return r.payment(), nil
}

// SavePayment writes the payment; refused unless its stored status is one of from,
// where an order without a payment has status NONE.
func (s *Store) SavePayment(p workflow.Payment, from ...workflow.PaymentStatus) workflow.Effect {
	return effect{
		name:   "SavePayment " + string(p.Status),
		topics: orderTopics(p.OrderID),
		apply: func(tx *gorm.DB) error {
			record, err := paymentOf(p)
			if err != nil {
				return err
			}
			record.UpdatedAt = stampOf(s.now())
			return savePayment(tx, record, from)
		},
	}
}

func savePayment(tx *gorm.DB, r paymentRecord, from []workflow.PaymentStatus) error {
	if slices.Contains(from, workflow.PaymentNone) {
		added, err := insert(tx, `INSERT INTO payments
			(order_id, status, authorised, captured, refunded, currency, authorise_key, reference, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id) DO NOTHING`,
			r.OrderID, r.Status, r.Authorised, r.Captured, r.Refunded, r.Currency, r.AuthoriseKey, r.Reference, int64(r.UpdatedAt))
		if err != nil {
			return fmt.Errorf("write payment of order %s: %w", r.OrderID, err)
		}
		if added {
			return nil
		}
	}
	args := []any{r.Status, r.Authorised, r.Captured, r.Refunded, r.Currency, r.AuthoriseKey, r.Reference, int64(r.UpdatedAt), r.OrderID}
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
