package models

import (
	"context"
	"database/sql"
	"fmt"

	"countersign/workflow"
)

// An order without lines is one row without a line.
const selectOrders = `SELECT o.id, o.customer_id, o.customer_name, o.customer_email,
	o.ship_name, o.ship_street, o.ship_city, o.ship_postcode, o.ship_country, o.card_brand, o.card_last_four, o.card_token,
	o.total, o.currency, o.status, o.cancel_requested, o.execution_id, o.placed_at,
	l.item_id, l.name, l.quantity, l.unit_price, l.currency
	FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id WHERE o.id `

// Order reads an order as the functions see it, or workflow.ErrNotFound. Every function of
// every order does, so it is one statement, and past GORM; and kept where nobody else writes,
// or read together with others.
func (s *Store) Order(ctx context.Context, id workflow.OrderID) (workflow.Order, error) {
	o, ok, changes := s.orders.get(id)
	if ok {
		return o, nil
	}
	o, ok, err := s.gathered.orders.get(ctx, id)
	if ok && s.exclusive {
		s.orders.put(o, changes)
	}
	return o, orderFound(id, ok, err)
}

func orderFound(id workflow.OrderID, ok bool, err error) error {
	if err != nil {
		return fmt.Errorf("read order %s: %w", id, err)
	}
	if !ok {
		return fmt.Errorf("order %s: %w", id, workflow.ErrNotFound)
	}
	return nil
}

func (s *Store) readOrders(ctx context.Context, ids []workflow.OrderID) (map[workflow.OrderID]workflow.Order, error) {
	condition, arg := whose(s, ids)
	rows, err := s.lookUp(ctx, selectOrders+condition+" ORDER BY l.position", arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	orders := make(map[workflow.OrderID]workflow.Order)
	for rows.Next() {
		if err := scanOrder(rows, orders); err != nil {
			return nil, err
		}
	}
	return orders, rows.Err()
}

// scanOrder reads an order or one more of its lines.
func scanOrder(from scanner, orders map[workflow.OrderID]workflow.Order) error {
	var o workflow.Order
	var placed stamp
	var item, name, currency sql.NullString
	var quantity, price sql.NullInt64
	err := from.Scan(&o.ID, &o.CustomerID, &o.CustomerName, &o.CustomerEmail,
		&o.Address.Name, &o.Address.Street, &o.Address.City, &o.Address.Postcode, &o.Address.Country,
		&o.Card.Brand, &o.Card.LastFour, &o.Card.Token,
		&o.Total.Amount, &o.Total.Currency, &o.Status, &o.CancelRequested, &o.Execution, &placed,
		&item, &name, &quantity, &price, &currency)
	if err != nil {
		return err
	}
	o.PlacedAt = placed.Time()
	o.Lines = orders[o.ID].Lines
	if item.Valid {
		o.Lines = append(o.Lines, workflow.Line{ItemID: item.String, Name: name.String, Quantity: quantity.Int64,
			UnitPrice: workflow.Money{Amount: price.Int64, Currency: currency.String}})
	}
	orders[o.ID] = o
	return nil
}
