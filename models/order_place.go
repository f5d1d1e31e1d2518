package models

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"countersign/workflow"
)

// PlaceOrder inserts the order in status RECEIVED; refused when its id exists.
func (s *Store) PlaceOrder(o workflow.Order, execution workflow.ExecutionID) workflow.Effect {
	return effect{
		name:   "PlaceOrder",
		topics: orderTopics(o.ID),
		apply: func(tx *gorm.DB) error {
			record := recordOf(o, execution)
			res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&record)
			if res.Error != nil {
				return fmt.Errorf("place order %s: %w", o.ID, res.Error)
			}
			if res.RowsAffected == 0 {
				return refuse("order %s exists", o.ID)
			}
			return insertLines(tx, o.ID, o.Lines)
		},
	}
}

func insertLines(tx *gorm.DB, id workflow.OrderID, lines []workflow.Line) error {
	if len(lines) == 0 {
		return nil
	}
	rows := lineRecords(id, lines)
	if err := tx.Create(&rows).Error; err != nil {
		return fmt.Errorf("write lines of order %s: %w", id, err)
	}
	return nil
}

// PriceOrder sets names, unit prices and total as validated.
func (s *Store) PriceOrder(id workflow.OrderID, lines []workflow.Line, total workflow.Money) workflow.Effect {
	return effect{
		name:   "PriceOrder",
		topics: orderTopics(id),
		apply: func(tx *gorm.DB) error {
			res := tx.Exec("UPDATE orders SET total = ?, currency = ? WHERE id = ?", total.Amount, total.Currency, id)
			if res.Error != nil {
				return fmt.Errorf("price order %s: %w", id, res.Error)
			}
			if res.RowsAffected == 0 {
				return refuse("there is no order %s", id)
			}
			if err := tx.Exec("DELETE FROM order_lines WHERE order_id = ?", id).Error; err != nil {
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

// RecordPlacement goes with the effects that place an order. Refused when the order
// has been placed or when its order key has been used.
func (s *Store) RecordPlacement(p Placement) workflow.Effect {
	return effect{
		name: "RecordPlacement",
		apply: func(tx *gorm.DB) error {
			record := placementRecord{OrderID: string(p.OrderID), PersonID: p.PersonID, ContentHash: p.ContentHash}
			if p.OrderKey != "" {
				record.OrderKey = &p.OrderKey
			}
			res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&record)
			if res.Error != nil {
				return fmt.Errorf("record placement of order %s: %w", p.OrderID, res.Error)
			}
			if res.RowsAffected == 0 {
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
