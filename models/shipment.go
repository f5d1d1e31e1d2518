package models

import (
	"context"
	"database/sql"
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
	err = s.readRow(ctx, `SELECT carrier, tracking_number, parcels, booked_at FROM shipments WHERE order_id = ?`, string(id)).
		Scan(&r.Carrier, &r.TrackingNumber, &r.Parcels, &r.BookedAt)
	if errors.Is(err, sql.ErrNoRows) {
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
	id, booked := shipment.OrderID, int64(stampOf(shipment.BookedAt))
	args := []any{string(id), shipment.Carrier, shipment.TrackingNumber, int64(shipment.Parcels), booked}
	return effect{
		name:   "SaveShipment",
		topics: append(orderTopics(id), TopicInventory),
		needs:  lockStock,
		rows: func() []bulkRow {
			return []bulkRow{shipOrders.row(string(id), booked), insertShipments.row(args...), settleRow(id, reservationShipped, s.now())}
		},
		apply: func(tx *gorm.DB) error {
			n, err := exec(tx, `UPDATE orders SET shipped_at = ?, updated_at = ?
				WHERE id = ? AND cancel_requested = ? AND shipped_at = 0`,
				booked, booked, string(id), false)
			if err != nil {
				return fmt.Errorf("ship order %s: %w", id, err)
			}
			if n == 0 {
				return refuse("order %s is not to be shipped", id)
			}
			_, err = insert(tx, "INSERT INTO shipments (order_id, carrier, tracking_number, parcels, booked_at) VALUES (?, ?, ?, ?, ?)", args...)
			if err != nil {
				return fmt.Errorf("ship order %s: %w", id, err)
			}
			return s.settle(tx, id, reservationShipped)
		},
	}
}

// The statements of SaveShipment for many orders.
var (
	shipOrders = strictBulk(`id text, at bigint`, `UPDATE orders o SET shipped_at = v.at, updated_at = v.at
		FROM v WHERE o.id = v.id AND NOT o.cancel_requested AND o.shipped_at = 0 RETURNING o.id`)
	insertShipments = looseBulk(`order_id text, carrier text, tracking_number text, parcels bigint, booked_at bigint`,
		`INSERT INTO shipments (order_id, carrier, tracking_number, parcels, booked_at) SELECT * FROM v`)
)
