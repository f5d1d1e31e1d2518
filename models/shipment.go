package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"countersign/workflow"
)

type shipmentRecord struct {
	OrderID        string `gorm:"primaryKey"`
	Carrier        string
	TrackingNumber string
	Parcels        int
	BookedAt       stamp
}

func (shipmentRecord) TableName() string { return "shipments" }

// Shipment of an order; ok is false until it is booked.
func (s *Store) Shipment(ctx context.Context, id workflow.OrderID) (shipment workflow.Shipment, ok bool, err error) {
	var r shipmentRecord
	err = s.read(ctx).Where("order_id = ?", id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return workflow.Shipment{}, false, nil
	}
	if err != nil {
		return workflow.Shipment{}, false, fmt.Errorf("read shipment of order %s: %w", id, err)
	}
	return workflow.Shipment{
		OrderID: id, Carrier: r.Carrier, TrackingNumber: r.TrackingNumber, Parcels: r.Parcels, BookedAt: r.BookedAt.Time(),
	}, true, nil
}

// SaveShipment records the booking and takes the reserved goods off the shelf.
// Refused when the customer has asked to cancel and when the order has been shipped.
// It and RequestCancel are each one conditional write to the order's row, so one of
// the two comes first and the other is refused.
func (s *Store) SaveShipment(shipment workflow.Shipment) workflow.Effect {
	id := shipment.OrderID
	return effect{
		name:   "SaveShipment",
		topics: append(orderTopics(id), TopicInventory),
		needs:  lockStock,
		apply: func(tx *gorm.DB) error {
			booked := stampOf(shipment.BookedAt)
			res := tx.Exec(`UPDATE orders SET shipped_at = ?, updated_at = ?
				WHERE id = ? AND cancel_requested = ? AND shipped_at = 0`,
				booked, booked, id, false)
			if res.Error != nil {
				return fmt.Errorf("ship order %s: %w", id, res.Error)
			}
			if res.RowsAffected == 0 {
				return refuse("order %s is not to be shipped", id)
			}
			_, err := insert(tx, "INSERT INTO shipments (order_id, carrier, tracking_number, parcels, booked_at) VALUES (?, ?, ?, ?, ?)",
				id, shipment.Carrier, shipment.TrackingNumber, shipment.Parcels, booked)
			if err != nil {
				return fmt.Errorf("ship order %s: %w", id, err)
			}
			return s.settle(tx, id, reservationShipped)
		},
	}
}
