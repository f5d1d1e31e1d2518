package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

// PlaceOrder inserts the order in status RECEIVED; refused when its id exists.
func (s *Store) PlaceOrder(o workflow.Order, execution workflow.ExecutionID) workflow.Effect {
	return effect{
		name:   "PlaceOrder",
		topics: orderTopics(o.ID),
		after:  func(error) { s.orders.drop(o.ID) },
		apply: func(tx *gorm.DB) error {
			added, err := insertOrder(tx, o, execution)
			if err != nil {
				return fmt.Errorf("place order %s: %w", o.ID, err)
			}
			if !added {
				return refuse("order %s exists", o.ID)
			}
			return insertLines(tx, o.ID, o.Lines)
		},
		rows: func() []bulkRow {
			rows := []bulkRow{insertOrders.row(orderArgs(o, execution)...)}
			for i, l := range o.Lines {
				rows = append(rows, insertOrderLines.row(lineArgs(o.ID, i, l)...))
			}
			return rows
		},
	}
}

const (
	orderColumns = `id, customer_id, customer_name, customer_email,
		ship_name, ship_street, ship_city, ship_postcode, ship_country, card_brand, card_last_four, card_token,
		total, currency, status, reason, attention, cancel_requested, execution_id, placed_at, updated_at, shipped_at, closed_at`
	lineColumns = `order_id, position, item_id, name, quantity, unit_price, currency`
)

var (
	insertOrders = strictBulk(`id text, customer_id text, customer_name text, customer_email text,
		ship_name text, ship_street text, ship_city text, ship_postcode text, ship_country text, card_brand text, card_last_four text, card_token text,
		total bigint, currency text, status text, reason text, attention boolean, cancel_requested boolean, execution_id bigint,
		placed_at bigint, updated_at bigint, shipped_at bigint, closed_at bigint`,
		`INSERT INTO orders (`+orderColumns+`) SELECT * FROM v ON CONFLICT (id) DO NOTHING RETURNING id`)
	insertOrderLines = looseBulk(`order_id text, position bigint, item_id text, name text, quantity bigint, unit_price bigint, currency text`,
		`INSERT INTO order_lines (`+lineColumns+`) SELECT * FROM v`)
)

func insertOrder(tx *gorm.DB, o workflow.Order, execution workflow.ExecutionID) (added bool, err error) {
	args := orderArgs(o, execution)
	return insert(tx, `INSERT INTO orders (`+orderColumns+`) VALUES `+marks(len(args))+` ON CONFLICT (id) DO NOTHING`, args...)
}

func orderArgs(o workflow.Order, execution workflow.ExecutionID) []any {
	at, never := int64(stampOf(o.PlacedAt)), int64(0)
	return []any{string(o.ID), o.CustomerID, o.CustomerName, o.CustomerEmail,
		o.Address.Name, o.Address.Street, o.Address.City, o.Address.Postcode, o.Address.Country,
		o.Card.Brand, o.Card.LastFour, o.Card.Token,
		o.Total.Amount, o.Total.Currency, string(workflow.OrderReceived), "", false, false, int64(execution), at, at, never, never}
}

func insertLines(tx *gorm.DB, id workflow.OrderID, lines []workflow.Line) error {
	for i, l := range lines {
		if _, err := insert(tx, `INSERT INTO order_lines (`+lineColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)`, lineArgs(id, i, l)...); err != nil {
			return fmt.Errorf("write line %d of order %s: %w", i, id, err)
		}
	}
	return nil
}

func lineArgs(id workflow.OrderID, position int, l workflow.Line) []any {
	return []any{string(id), int64(position), l.ItemID, l.Name, l.Quantity, l.UnitPrice.Amount, l.UnitPrice.Currency}
}

// PriceOrder sets names, unit prices and total as validated.
func (s *Store) PriceOrder(id workflow.OrderID, lines []workflow.Line, total workflow.Money) workflow.Effect {
	return effect{
		name:   "PriceOrder",
		topics: orderTopics(id),
		after:  func(error) { s.orders.drop(id) },
		apply: func(tx *gorm.DB) error {
			n, err := exec(tx, "UPDATE orders SET total = ?, currency = ? WHERE id = ?", total.Amount, total.Currency, string(id))
			if err != nil {
				return fmt.Errorf("price order %s: %w", id, err)
			}
			if n == 0 {
				return refuse("there is no order %s", id)
			}
			if _, err := exec(tx, "DELETE FROM order_lines WHERE order_id = ?", string(id)); err != nil {
				return fmt.Errorf("price order %s: %w", id, err)
			}
			return insertLines(tx, id, lines)
		},
	}
}

// placementRecord says through which door an order came. It is a table of its own
// because the door knows it, while the order itself is inserted by the workflow's
// first event: the two effects of one commit may apply in either order.
type placementRecord struct {
	OrderID     string `gorm:"primaryKey"`
	OrderKey    *string
	PersonID    string
	ContentHash string
}

func (placementRecord) TableName() string { return "order_placements" }

// Placement says through which door an order came.
type Placement struct {
	OrderID     workflow.OrderID
	PersonID    string
	OrderKey    string // of the form that was submitted, one order per key; may be empty
	ContentHash string // of the request that asked for it, to tell a repetition from another order
}

var insertPlacements = strictBulk(`order_id text, order_key text, person_id text, content_hash text`,
	`INSERT INTO order_placements (order_id, order_key, person_id, content_hash) SELECT * FROM v ON CONFLICT DO NOTHING RETURNING order_id`)

// RecordPlacement goes with the effects that place an order. Refused when the order
// has been placed or when its order key has been used.
func (s *Store) RecordPlacement(p Placement) workflow.Effect {
	args := []any{string(p.OrderID), nil, p.PersonID, p.ContentHash}
	if p.OrderKey != "" {
		args[1] = p.OrderKey
	}
	return effect{
		name: "RecordPlacement",
		rows: func() []bulkRow { return []bulkRow{insertPlacements.row(args...)} },
		apply: func(tx *gorm.DB) error {
			added, err := insert(tx, `INSERT INTO order_placements (order_id, order_key, person_id, content_hash)
				VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, args...)
			if err != nil {
				return fmt.Errorf("record placement of order %s: %w", p.OrderID, err)
			}
			if !added {
				return refuse("order %s or its order key has been placed", p.OrderID)
			}
			return nil
		},
	}
}

// OrderByKey is the order that a submitted form made, or workflow.ErrNotFound.
func (s *Store) OrderByKey(ctx context.Context, orderKey string) (workflow.OrderID, error) {
	var r placementRecord
	if err := s.read(ctx).Where("order_key = ?", orderKey).Take(&r).Error; err != nil {
		return "", found("order key", err)
	}
	return workflow.OrderID(r.OrderID), nil
}

// PlacementOf is how an order was placed, or workflow.ErrNotFound.
func (s *Store) PlacementOf(ctx context.Context, id workflow.OrderID) (Placement, error) {
	var r placementRecord
	if err := s.read(ctx).Where("order_id = ?", id).Take(&r).Error; err != nil {
		return Placement{}, found("placement of order "+string(id), err)
	}
	p := Placement{OrderID: id, PersonID: r.PersonID, ContentHash: r.ContentHash}
	if r.OrderKey != nil {
		p.OrderKey = *r.OrderKey
	}
	return p, nil
}
