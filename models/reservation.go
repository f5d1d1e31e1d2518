package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// What has become of reserved goods.
const (
	reservationHeld     = "HELD"     // on the shelf, promised
	reservationShipped  = "SHIPPED"  // gone with the shipment
	reservationReleased = "RELEASED" // given back
)

// Reserved lists what an order holds; none when nothing is held.
func (s *Store) Reserved(ctx context.Context, id workflow.OrderID) ([]workflow.Line, error) {
	lines, err := heldBy(s.read(ctx), id)
	if err != nil {
		return nil, fmt.Errorf("read reservations of order %s: %w", id, err)
	}
	return lines, nil
}

func heldBy(db *gorm.DB, id workflow.OrderID) ([]workflow.Line, error) {
	rows, err := queryRows(db, `SELECT r.item_id, i.name, r.quantity FROM reservations r JOIN items i ON i.id = r.item_id
		WHERE r.order_id = ? AND r.state = ? ORDER BY r.item_id`, string(id), reservationHeld)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []workflow.Line
	for rows.Next() {
		var l workflow.Line
		if err := rows.Scan(&l.ItemID, &l.Name, &l.Quantity); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, rows.Err()
}

// Reserve takes all lines from the available stock or is refused. An order that
// holds goods, or whose goods have been shipped, gets no more of them.
func (s *Store) Reserve(id workflow.OrderID, lines []workflow.Line) workflow.Effect {
	wanted := merged(lines)
	return effect{
		name:   "Reserve",
		topics: append(orderTopics(id), TopicInventory),
		needs:  lockStock,
		rows: func() []bulkRow {
			rows, at := make([]bulkRow, len(wanted)), int64(stampOf(s.now()))
			for i, l := range wanted {
				rows[i] = reserveItems.row(string(id), l.ItemID, l.Quantity, at)
			}
			return rows
		},
		apply: func(tx *gorm.DB) error {
			var active int64
			err := queryRow(tx, "SELECT COUNT(*) FROM reservations WHERE order_id = ? AND state <> ?", string(id), reservationReleased).
				Scan(&active)
			if err != nil {
				return fmt.Errorf("reserve for order %s: %w", id, err)
			}
			if active > 0 {
				return nil
			}
			for _, line := range wanted {
				if err := s.reserve(tx, id, line); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// merged adds up lines of the same item. The order is by item, so that two
// transactions which want the same items wait for each other instead of deadlocking.
func merged(lines []workflow.Line) []workflow.Line {
	byItem := slices.Clone(lines)
	slices.SortStableFunc(byItem, func(a, b workflow.Line) int { return strings.Compare(a.ItemID, b.ItemID) })
	sums := byItem[:0]
	for _, l := range byItem {
		if n := len(sums); n > 0 && sums[n-1].ItemID == l.ItemID {
			sums[n-1].Quantity += l.Quantity
			continue
		}
		sums = append(sums, l)
	}
	return sums
}

func (s *Store) reserve(tx *gorm.DB, id workflow.OrderID, line workflow.Line) error {
	if line.Quantity <= 0 {
		return fmt.Errorf("reserve for order %s: quantity %d of %s", id, line.Quantity, line.ItemID)
	}
	at := stampOf(s.now())
	n, err := exec(tx, "UPDATE items SET reserved = reserved + ? WHERE id = ? AND on_hand - reserved >= ?",
		line.Quantity, line.ItemID, line.Quantity)
	if err != nil {
		return fmt.Errorf("reserve %s: %w", line.ItemID, err)
	}
	if n == 0 {
		return refuse("there are not %d of %s", line.Quantity, line.ItemID)
	}
	_, err = exec(tx, `INSERT INTO reservations (order_id, item_id, quantity, state, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (order_id, item_id) DO UPDATE SET quantity = excluded.quantity, state = excluded.state, at = excluded.at`,
		string(id), line.ItemID, line.Quantity, reservationHeld, int64(at))
	if err != nil {
		return fmt.Errorf("reserve %s: %w", line.ItemID, err)
	}
	return move(tx, movementRecord{
		ItemID: line.ItemID, ReservedChange: line.Quantity, Reason: MovementReserved, OrderID: string(id), At: at,
	})
}

// Release gives back what the order holds; nothing when it holds nothing.
func (s *Store) Release(id workflow.OrderID) workflow.Effect {
	return effect{
		name:   "Release",
		topics: append(orderTopics(id), TopicInventory),
		needs:  lockStock,
		rows:   func() []bulkRow { return []bulkRow{settleRow(id, reservationReleased, s.now())} },
		apply: func(tx *gorm.DB) error {
			return s.settle(tx, id, reservationReleased)
		},
	}
}

// settle ends what an order holds, as released or as shipped.
func (s *Store) settle(tx *gorm.DB, id workflow.OrderID, as string) error {
	at := stampOf(s.now())
	held, err := heldBy(tx, id)
	if err != nil {
		return fmt.Errorf("read reservations of order %s: %w", id, err)
	}
	for _, l := range held {
		m := movementRecord{ItemID: l.ItemID, ReservedChange: -l.Quantity, Reason: MovementReleased, OrderID: string(id), At: at}
		if as == reservationShipped {
			m.OnHandChange, m.Reason = -l.Quantity, MovementShipped
		}
		_, err := exec(tx, "UPDATE items SET on_hand = on_hand + ?, reserved = reserved + ? WHERE id = ?",
			m.OnHandChange, m.ReservedChange, l.ItemID)
		if err != nil {
			return fmt.Errorf("give back %s: %w", l.ItemID, err)
		}
		if err := move(tx, m); err != nil {
			return err
		}
	}
	_, err = exec(tx, "UPDATE reservations SET state = ?, at = ? WHERE order_id = ? AND state = ?", as, int64(at), string(id), reservationHeld)
	if err != nil {
		return fmt.Errorf("settle reservations of order %s: %w", id, err)
	}
	return nil
}

// The statements of Reserve and settle for many orders. What orders want of an item is added
// up: if there is too little for all of them, none gets any, and each is tried by itself.
var (
	reserveItems = strictBulkOf(`order_id text, item_id text, quantity bigint, at bigint`,
		`wanted AS (SELECT item_id, SUM(quantity)::bigint AS quantity FROM v GROUP BY item_id),
		taken AS (UPDATE items i SET reserved = i.reserved + w.quantity FROM wanted w
			WHERE i.id = w.item_id AND i.on_hand - i.reserved >= w.quantity RETURNING i.id),
		held AS (INSERT INTO reservations (order_id, item_id, quantity, state, at)
			SELECT v.order_id, v.item_id, v.quantity, '`+reservationHeld+`', v.at FROM v JOIN taken ON taken.id = v.item_id
			WHERE NOT EXISTS (SELECT 1 FROM reservations r WHERE r.order_id = v.order_id AND r.state <> '`+reservationReleased+`')
			ON CONFLICT (order_id, item_id) DO UPDATE SET quantity = excluded.quantity, state = excluded.state, at = excluded.at
			RETURNING order_id, item_id, quantity, at), `,
		`INSERT INTO stock_movements (item_id, on_hand_change, reserved_change, reason, note, order_id, person_id, at)
		SELECT item_id, 0, quantity, '`+MovementReserved+`', '', order_id, '', at FROM held RETURNING id`)

	settleReservations = looseBulk(`order_id text, state text, reason text, shipped bigint, at bigint`,
		`, settled AS (UPDATE reservations r SET state = v.state, at = v.at FROM v WHERE r.order_id = v.order_id AND r.state = '`+reservationHeld+`'
			RETURNING r.order_id, r.item_id, r.quantity, v.reason, v.shipped, v.at),
		sums AS (SELECT item_id, SUM(quantity)::bigint AS quantity, SUM(quantity * shipped)::bigint AS shipped FROM settled GROUP BY item_id),
		given AS (UPDATE items i SET on_hand = i.on_hand - s.shipped, reserved = i.reserved - s.quantity FROM sums s WHERE i.id = s.item_id)
		INSERT INTO stock_movements (item_id, on_hand_change, reserved_change, reason, note, order_id, person_id, at)
		SELECT item_id, -quantity * shipped, -quantity, reason, '', order_id, '', at FROM settled`)
)

func settleRow(id workflow.OrderID, as string, at time.Time) bulkRow {
	reason, shipped := MovementReleased, int64(0)
	if as == reservationShipped {
		reason, shipped = MovementShipped, 1
	}
	return settleReservations.row(string(id), as, reason, shipped, int64(stampOf(at)))
}
