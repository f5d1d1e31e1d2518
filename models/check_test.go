package models

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// sells takes an order all the way to COMPLETED.
func (s *shop) sells(id workflow.OrderID, lines ...workflow.Line) {
	s.t.Helper()
	o := s.orders(DemoCustomer, id, lines...)
	paid := workflow.Payment{
		OrderID: id, Status: workflow.PaymentCaptured, Authorised: o.Total, Captured: o.Total, Reference: "pay_" + string(id),
	}
	s.does(s.SavePayment(paid, workflow.PaymentNone), s.Reserve(id, lines),
		s.SaveShipment(workflow.Shipment{OrderID: id, Carrier: "Parcel", TrackingNumber: "T", Parcels: 1, BookedAt: s.time()}),
		s.SetOrderStatus(id, 0, workflow.OrderCompleted, "", false, s.time()))
}

// fails takes an order to FAILED with everything undone.
func (s *shop) fails(id workflow.OrderID, lines ...workflow.Line) {
	s.t.Helper()
	o := s.orders(DemoCustomer, id, lines...)
	s.does(s.Reserve(id, lines), s.Release(id),
		s.SavePayment(workflow.Payment{OrderID: id, Status: workflow.PaymentVoided, Authorised: o.Total}, workflow.PaymentNone),
		s.SetOrderStatus(id, 0, workflow.OrderFailed, "", false, s.time()))
}

func TestCheckBooksFindsWhatDoesNotAddUp(t *testing.T) {
	for statement, want := range map[string]string{
		"": "",
		"UPDATE items SET on_hand = on_hand - 1 WHERE id = 'item1'":                       "Item item1 has 117 on hand and 3 reserved, but its movements add up to 118 and 3.",
		"UPDATE reservations SET quantity = 2 WHERE order_id = 'open'":                    "Item item1 has 3 reserved, but orders hold 2.",
		"UPDATE orders SET total = total + 1 WHERE id = 'open'":                           "Order open totals 3871, but its lines add up to 3870.",
		"UPDATE payments SET captured = 0 WHERE order_id = 'sold'":                        "Order sold is COMPLETED with a total of 2580, but charged minus refunded is 0.",
		"UPDATE payments SET captured = 5, status = 'CAPTURED' WHERE order_id = 'failed'": "Order failed is FAILED with a total of 4900, but charged minus refunded is 5.",
		"DELETE FROM payments WHERE order_id = 'sold'":                                    "Order sold is COMPLETED with a total of 2580, but charged minus refunded is 0.",
		"UPDATE payments SET status = 'AUTHORISED' WHERE order_id = 'failed'":             "Order failed is FAILED, but its payment is still AUTHORISED.",
		"UPDATE payments SET reference = 'pay_sold'":                                      "Payment pay_sold of the gateway stands under 2 orders.",
		"UPDATE orders SET status = 'REJECTED', closed_at = 1 WHERE id = 'open'":          "Order open is REJECTED, but still holds 3 of item1.",
		"DELETE FROM shipments":                                                                                       "Order sold is COMPLETED, but has no shipment.",
		"UPDATE approvals SET status = 'APPROVED'":                                                                    "Order asked is AWAITING_APPROVAL, but has 0 pending approvals.",
		"UPDATE orders SET status = 'CANCELLED', closed_at = 1 WHERE id = 'asked'":                                    "Order asked is CANCELLED, but approval ",
		"UPDATE executions SET status = 'SUCCEEDED'":                                                                  "Order asked is AWAITING_APPROVAL, but its execution is SUCCEEDED.",
		"UPDATE orders SET status = 'FAILED', closed_at = 1, attention = true WHERE id = 'open'":                      "", // an operator is to act
		"UPDATE orders SET status = 'FAILED', closed_at = 1, execution_id = 1 WHERE id = 'open'":                      "", // it has been redriven
		"UPDATE orders SET execution_id = 1; UPDATE executions SET owner = 'x'; UPDATE approvals SET status = 'none'": "", // about to be asked
		"UPDATE orders SET execution_id = 1; UPDATE executions SET due_at = 1; UPDATE approvals SET status = 'none'":  "", // at the next start
		dueIn(4 * time.Second): "", // when asking is tried again
		dueIn(24 * time.Hour):  "Order asked is AWAITING_APPROVAL, but has 0 pending approvals.",
	} {
		s := openShop(t)
		s.sells("sold", line("item1", 2))
		s.fails("failed", line("item2", 1))
		s.orders(DemoCustomer, "open", line("item1", 3))
		s.does(s.Reserve("open", []workflow.Line{line("item1", 3)}))
		s.asks(s.orders(DemoCustomer, "asked", line("item7", 1)), "t1", 0)
		corrupt(t, s.Store, `INSERT INTO executions (id, revision, owner, last_event_id, status, machine, name, version, started_at,
			redrives, error, cause, input, snapshot) VALUES (1, 1, '', 1, 'RUNNING', 'm', 'order-asked', 1, 1, 0, '', '', '', '')`)
		corrupt(t, s.Store, "UPDATE orders SET execution_id = 1 WHERE id = 'asked'")
		corrupt(t, s.Store, statement)

		got := strings.Join(must(s.CheckBooks(s.ctx))(t), "\n")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("after %q:\ngot  %s\nwant %s", statement, got, want)
		}
	}
}

// dueIn is as when an execution has its next timer after d, and nobody was asked for an approval.
func dueIn(d time.Duration) string {
	return fmt.Sprintf("UPDATE orders SET execution_id = 1; UPDATE executions SET due_at = %d; UPDATE approvals SET status = 'none'", opening.Add(d).UnixMilli())
}

func TestCheckBooksLeavesOrdersAloneThatPeopleCarryOutThemselves(t *testing.T) {
	for own, want := range map[string]string{
		"false": "",
		"true":  "Order theirs is COMPLETED with a total of 2580, but charged minus refunded is 0.\nOrder theirs is COMPLETED, but has no shipment.",
	} {
		s := openShop(t)
		o := s.orders(DemoCustomer, "theirs", line("item1", 2))
		s.does(s.SetOrderStatus(o.ID, 0, workflow.OrderCompleted, "", false, s.time()))
		s.executes(o.ID)
		corrupt(t, s.Store, "UPDATE state_machines SET own = "+own)
		if got := strings.Join(must(s.CheckBooks(s.ctx))(t), "\n"); got != want {
			t.Errorf("own %s:\ngot  %s\nwant %s", own, got, want)
		}
	}
}

// executes notes that the first version of state machine m carried an order out.
func (s *shop) executes(id workflow.OrderID) {
	s.t.Helper()
	corrupt(s.t, s.Store, `INSERT INTO state_machines (machine, version, definition, created_at) VALUES ('m', 1, '{}', 1);
		INSERT INTO executions (id, revision, owner, last_event_id, status, machine, name, version, started_at,
			redrives, error, cause, input, snapshot) VALUES (1, 1, '', 1, 'SUCCEEDED', 'm', 'order-theirs', 1, 1, 0, '', '', '', '');
		UPDATE orders SET execution_id = 1 WHERE id = '`+string(id)+"'")
}

// corrupt changes the database behind the store's back.
func corrupt(t *testing.T, s *Store, statements string) {
	t.Helper()
	for statement := range strings.SplitSeq(statements, ";") {
		if statement == "" {
			continue
		}
		if err := s.write(t.Context(), nil, func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStockCannotGoBelowZero(t *testing.T) {
	s := openShop(t)
	for _, statement := range []string{"UPDATE items SET reserved = -1", "UPDATE items SET on_hand = -1", "UPDATE items SET reserved = on_hand + 1"} {
		if err := s.write(s.ctx, nil, func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err == nil {
			t.Errorf("%s was written", statement)
		}
	}
}

func TestAuditTrailIsAppendOnly(t *testing.T) {
	s := openShop(t)
	if err := s.RecordAudit(s.ctx, AuditEntry{PersonID: DemoOperator, Action: AuditStopped, Subject: "execution order-A"}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"UPDATE audit_entries SET person_id = ''", "DELETE FROM audit_entries"} {
		if err := s.write(s.ctx, nil, func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err == nil {
			t.Errorf("%s was done", statement)
		}
	}
	entries, _, err := s.AuditEntries(s.ctx, AuditFilter{}, Page{})
	if err != nil || len(entries) != 1 || !entries[0].At.Equal(opening) {
		t.Errorf("got %+v, %v", entries, err)
	}
}
