package models

import (
	"context"
	"database/sql"
	"fmt"

	"countersign/workflow"
)

// An order without lines is one row without a line.
const selectOrder = `SELECT o.customer_id, o.customer_name, o.customer_email,
	o.ship_name, o.ship_street, o.ship_city, o.ship_postcode, o.ship_country, o.card_brand, o.card_last_four, o.card_token,
	o.total, o.currency, o.status, o.cancel_requested, o.execution_id, o.placed_at,
	l.item_id, l.name, l.quantity, l.unit_price, l.currency
	FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id WHERE o.id = ? ORDER BY l.position`

// Order reads an order as the functions see it, or workflow.ErrNotFound. Every function of
// every order does, so it is one statement, and past GORM, and kept where nobody else writes.
func (s *Store) Order(ctx context.Context, id workflow.OrderID) (workflow.Order, error) {
	if !s.exclusive {
		return s.readOrder(ctx, id)
	}
	o, ok, changes := s.orders.get(id)
	if ok {
		return o, nil
	}
	o, err := s.readOrder(ctx, id)
	if err == nil {
		s.orders.put(o, changes)
	}
	return o, err
}

func (s *Store) readOrder(ctx context.Context, id workflow.OrderID) (workflow.Order, error) {
	rows, err := s.readRows(ctx, selectOrder, string(id))
	if err != nil {
		return workflow.Order{}, fmt.Errorf("read order %s: %w", id, err)
	}
	defer rows.Close()
	o := workflow.Order{ID: id}
	found := false
	for ; rows.Next(); found = true {
		if err := scanOrder(rows, &o); err != nil {
			return workflow.Order{}, fmt.Errorf("read order %s: %w", id, err)
		}
	}
	if err := rows.Err(); err != nil {
		return workflow.Order{}, fmt.Errorf("read order %s: %w", id, err)
	}
	if !found {
		return workflow.Order{}, fmt.Errorf("order %s: %w", id, workflow.ErrNotFound)
	}
	return o, nil
}

// scanOrder reads the order and one more of its lines.
func scanOrder(from scanner, o *workflow.Order) error {
	var placed stamp
	var item, name, currency sql.NullString
	var quantity, price sql.NullInt64
	err := from.Scan(&o.CustomerID, &o.CustomerName, &o.CustomerEmail,
		&o.Address.Name, &o.Address.Street, &o.Address.City, &o.Address.Postcode, &o.Address.Country,
		&o.Card.Brand, &o.Card.LastFour, &o.Card.Token,
		&o.Total.Amount, &o.Total.Currency, &o.Status, &o.CancelRequested, &o.Execution, &placed,
		&item, &name, &quantity, &price, &currency)
	o.PlacedAt = placed.Time()
	if err == nil && item.Valid {
		o.Lines = append(o.Lines, workflow.Line{ItemID: item.String, Name: name.String, Quantity: quantity.Int64,
			UnitPrice: workflow.Money{Amount: price.Int64, Currency: currency.String}})
	}
	return err
}
