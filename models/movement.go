package models

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// Why stock has moved.
const (
	MovementStocked  = "STOCKED"  // an operator put goods on the shelf or took them off
	MovementReserved = "RESERVED" // promised to an order
	MovementReleased = "RELEASED" // no longer promised
	MovementShipped  = "SHIPPED"  // off the shelf, into a parcel
)

// movementRecord is one change of an item's stock. Rows are only ever added: their
// sums are what the item's own row says, and CheckBooks compares the two.
type movementRecord struct {
	ID             int64 `gorm:"primaryKey;autoIncrement"`
	ItemID         string
	OnHandChange   int64
	ReservedChange int64
	Reason         string
	Note           string
	OrderID        string
	PersonID       string
	At             stamp
}

func (movementRecord) TableName() string { return "stock_movements" }

func move(tx *gorm.DB, m movementRecord) error {
	_, err := insert(tx, `INSERT INTO stock_movements (item_id, on_hand_change, reserved_change, reason, note, order_id, person_id, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		m.ItemID, m.OnHandChange, m.ReservedChange, m.Reason, m.Note, m.OrderID, m.PersonID, int64(m.At))
	if err != nil {
		return fmt.Errorf("record movement of %s: %w", m.ItemID, err)
	}
	return nil
}

// Movement is one change of an item's stock.
type Movement struct {
	ItemID         string
	OnHandChange   int64
	ReservedChange int64
	Reason         string // one of the Movement constants
	Note           string
	OrderID        workflow.OrderID // empty when no order caused it
	PersonID       string           // empty when no person caused it
	At             time.Time
}

// Movements lists what happened to an item's stock, newest first.
func (s *Store) Movements(ctx context.Context, itemID string, page Page) ([]Movement, string, error) {
	var rows []movementRecord
	if err := page.ofNumbers(s.read(ctx).Where("item_id = ?", itemID), "at", "id").Find(&rows).Error; err != nil {
		return nil, "", fmt.Errorf("list movements of %s: %w", itemID, err)
	}
	rows, next := cut(rows, page, func(r movementRecord) (stamp, string) {
		return r.At, strconv.FormatInt(r.ID, 10)
	})
	list := make([]Movement, len(rows))
	for i, r := range rows {
		list[i] = Movement{
			ItemID: r.ItemID, OnHandChange: r.OnHandChange, ReservedChange: r.ReservedChange, Reason: r.Reason,
			Note: r.Note, OrderID: workflow.OrderID(r.OrderID), PersonID: r.PersonID, At: r.At.Time(),
		}
	}
	return list, next, nil
}

// SetStock says how many of an item stand on the shelf, as counted. Refused
// (workflow.ErrEffectRefused) when open orders hold more than that.
func (s *Store) SetStock(ctx context.Context, itemID string, onHand int64, by, note string) error {
	return s.writeStock(ctx, func(tx *gorm.DB) error {
		var r itemRecord
		if err := tx.Where("id = ?", itemID).Take(&r).Error; err != nil {
			return found("item "+itemID, err)
		}
		return s.adjust(tx, itemID, onHand-r.OnHand, by, note)
	})
}

// AdjustStock adds to what stands on the shelf, or takes away when change is
// negative. Refused when open orders hold more than would be left.
func (s *Store) AdjustStock(ctx context.Context, itemID string, change int64, by, note string) error {
	return s.writeStock(ctx, func(tx *gorm.DB) error {
		return s.adjust(tx, itemID, change, by, note)
	})
}

// writeStock is write for stock that people change while orders want it.
func (s *Store) writeStock(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.enqueue(ctx, []string{TopicInventory}, &write{fn: fn, needs: lockChanges | lockStock})
}

func (s *Store) adjust(tx *gorm.DB, itemID string, change int64, by, note string) error {
	if change == 0 {
		return nil
	}
	res := tx.Exec("UPDATE items SET on_hand = on_hand + ? WHERE id = ? AND on_hand + ? >= reserved", change, itemID, change)
	if res.Error != nil {
		return fmt.Errorf("adjust stock of %s: %w", itemID, res.Error)
	}
	if res.RowsAffected == 0 {
		var r itemRecord
		if err := tx.Where("id = ?", itemID).Take(&r).Error; err != nil {
			return found("item "+itemID, err)
		}
		return refuse("%d of %s are reserved for open orders", r.Reserved, r.Name)
	}
	err := move(tx, movementRecord{
		ItemID: itemID, OnHandChange: change, Reason: MovementStocked, Note: note, PersonID: by, At: stampOf(s.now()),
	})
	if err != nil {
		return err
	}
	return s.audit(tx, AuditEntry{PersonID: by, Action: AuditStockChanged, Subject: "item " + itemID, Detail: fmt.Sprintf("%+d: %s", change, note)})
}
