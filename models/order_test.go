package models

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

func TestOrderIsReadAsPlaced(t *testing.T) {
	s := openShop(t)
	s.orders(DemoCustomer, "CS-1", line("item7", 1), line("item1", 2))
	got := must(s.Order(s.ctx, "CS-1"))(t)
	want := workflow.Order{
		ID: "CS-1", CustomerID: "67890", CustomerName: "Clara Customer", CustomerEmail: "clara@example.com",
		Lines: []workflow.Line{
			{ItemID: "item7", Name: "Studio monitor", Quantity: 1, UnitPrice: eur(1240_00)},
			{ItemID: "item1", Name: "Notebook", Quantity: 2, UnitPrice: eur(12_90)},
		},
		Total:   eur(1265_80),
		Address: workflow.Address{Name: "Clara Customer", Street: "12 Harbour Street", City: "Dublin", Postcode: "D02 X285", Country: "IE"},
		Card:    workflow.Card{Brand: "Visa", LastFour: "4242", Token: "tok_ok_4242"},
		Status:  workflow.OrderReceived, PlacedAt: opening,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Order(s.ctx, "CS-2"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("unknown order: got %v, want not found", err)
	}
	if _, err := s.OrderInfo(s.ctx, "CS-2"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("unknown order: got %v, want not found", err)
	}
}

func TestOrderIsPlacedOnce(t *testing.T) {
	s := openShop(t)
	o := s.orders(DemoCustomer, "CS-1", line("item1", 1))
	o.CustomerName = "Somebody Else"
	s.isRefused(s.PlaceOrder(o, 7))
	if got := must(s.Order(s.ctx, "CS-1"))(t); got.CustomerName != "Clara Customer" || len(got.Lines) != 1 {
		t.Errorf("a refused placing has changed the order to %+v", got)
	}
	s.isRefused(s.PriceOrder("CS-2", nil, eur(1)))
}

func TestOneFormMakesOneOrder(t *testing.T) {
	s := openShop(t)
	errs := atOnce(8, func(i int) error {
		id := orderID(i)
		return s.Apply(s.ctx,
			s.RecordPlacement(Placement{OrderID: id, PersonID: DemoCustomer, OrderKey: "form-1", ContentHash: "abc"}),
			s.PlaceOrder(workflow.Order{ID: id, CustomerID: "67890", PlacedAt: opening}, 1))
	})
	oneHolds(t, errs)
	id := must(s.OrderByKey(s.ctx, "form-1"))(t)
	if list, _, err := s.Orders(s.ctx, OrderFilter{}, Page{}); err != nil || len(list) != 1 || list[0].ID != id || list[0].PersonID != DemoCustomer {
		t.Errorf("orders %+v, %v; want %s alone", list, err, id)
	}
	want := Placement{OrderID: id, PersonID: DemoCustomer, OrderKey: "form-1", ContentHash: "abc"}
	if got := must(s.PlacementOf(s.ctx, id))(t); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := s.OrderByKey(s.ctx, "form-2"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("unknown key: got %v, want not found", err)
	}
	s.does(s.RecordPlacement(Placement{OrderID: "by-api-1"}), s.RecordPlacement(Placement{OrderID: "by-api-2"})) // no key is no duplicate
}

func TestOrdersAreListedNewestFirst(t *testing.T) {
	s := openShop(t)
	for i := range 7 {
		if i%2 == 0 {
			s.later(time.Second)
		}
		s.orders(DemoCustomer, orderID(i), line("item1", 1))
	}
	s.orders(DemoSecondCustomer, "100%_done", line("item1", 1))
	s.does(s.SetOrderStatus(orderID(3), 0, workflow.OrderFailed, "the refund failed", true, s.time()))

	if got := s.listed(OrderFilter{CustomerID: "67890"}, 3); got != "[O-06 O-05 O-04 O-03 O-02 O-01 O-00]" {
		t.Errorf("Clara's orders: %s", got)
	}
	if got := s.listed(OrderFilter{CustomerID: "67895"}, 3); got != "[100%_done]" {
		t.Errorf("Karl's orders: %s", got)
	}
	if got := s.listed(OrderFilter{Search: "%_D"}, 3); got != "[100%_done]" {
		t.Errorf("search by id: %s", got)
	}
	if got := s.listed(OrderFilter{Search: "KARL"}, 3); got != "[100%_done]" {
		t.Errorf("search by name: %s", got)
	}
	if got := s.listed(OrderFilter{CustomerID: "67890", Search: "karl"}, 3); got != "[]" {
		t.Errorf("search among Clara's: %s", got)
	}
	if got := s.listed(OrderFilter{Attention: true, Status: workflow.OrderFailed}, 3); got != "[O-03]" {
		t.Errorf("needing attention: %s", got)
	}
	counts := must(s.CountOrders(s.ctx))(t)
	if counts.ByStatus[workflow.OrderReceived].N != 7 || counts.ByStatus[workflow.OrderFailed].N != 1 || counts.Attention.N != 1 {
		t.Errorf("counts: %+v", counts)
	}
	if list, next, err := s.Orders(s.ctx, OrderFilter{}, Page{Limit: 2, After: "not a cursor"}); err != nil || len(list) != 2 || next == "" {
		t.Errorf("malformed cursor: %d orders, next %q, %v; want the first page", len(list), next, err)
	}
}

// listed walks all pages of a list of orders.
func (s *shop) listed(f OrderFilter, limit int) string {
	s.t.Helper()
	ids := []workflow.OrderID{}
	page := Page{Limit: limit}
	for {
		list, next, err := s.Orders(s.ctx, f, page)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, o := range list {
			ids = append(ids, o.ID)
		}
		if next == "" {
			return fmt.Sprint(ids)
		}
		page.After = next
	}
}

func TestOrderStatus(t *testing.T) {
	s := openShop(t)
	s.orders(DemoCustomer, "A", line("item1", 1))
	s.later(time.Minute)
	s.does(s.SetOrderStatus("A", 0, workflow.OrderFailed, "The refund failed.", true, s.time()))
	got := must(s.OrderInfo(s.ctx, "A"))(t)
	if got.Status != workflow.OrderFailed || got.Reason != "The refund failed." || !got.Attention || !got.ClosedAt.Equal(s.time()) {
		t.Errorf("got %+v", got)
	}
	s.does(s.SetOrderStatus("A", 0, workflow.OrderShipping, "", false, s.time()))
	if got := must(s.OrderInfo(s.ctx, "A"))(t); got.Reason != "" || got.Attention || !got.ClosedAt.IsZero() {
		t.Errorf("an order that is open again: %+v", got)
	}
	s.does(s.SetOrderStatus("not in our books", 0, workflow.OrderShipping, "", false, s.time()))
}

func TestCancelOnlyWhileItCanBe(t *testing.T) {
	s := openShop(t)
	for _, tc := range []struct {
		name   string
		before workflow.Effect
	}{
		{"shipped", s.SaveShipment(workflow.Shipment{OrderID: "shipped", BookedAt: opening})},
		{"completed", s.SetOrderStatus("completed", 0, workflow.OrderCompleted, "", false, opening)},
		{"needs attention", s.SetOrderStatus("needs attention", 0, workflow.OrderShipping, "", true, opening)},
		{"cancelled", s.RequestCancel("cancelled", "67890", opening)},
	} {
		s.orders(DemoCustomer, workflow.OrderID(tc.name), line("item1", 1))
		s.does(tc.before)
		s.isRefused(s.RequestCancel(workflow.OrderID(tc.name), "67890", opening))
	}
	s.orders(DemoCustomer, "A", line("item1", 1))
	s.isRefused(s.RequestCancel("A", "67895", opening)) // Karl's number
	s.isRefused(s.RequestCancel("B", "67890", opening))
	if must(s.Order(s.ctx, "A"))(t).CancelRequested {
		t.Error("somebody else has cancelled the order")
	}
	s.does(s.RequestCancel("A", "", opening))
	if !must(s.Order(s.ctx, "A"))(t).CancelRequested {
		t.Error("the wish to cancel is not there")
	}
}

func TestEitherCancelledOrShipped(t *testing.T) {
	s := openShop(t)
	for i := range 20 {
		id := orderID(i)
		s.orders(DemoCustomer, id, line("item1", 1))
		s.does(s.Reserve(id, []workflow.Line{line("item1", 1)}))
		oneHolds(t, atOnce(2, func(who int) error {
			if who == i%2 { // either may come first to the queue
				return s.Apply(s.ctx, s.RequestCancel(id, "67890", opening))
			}
			return s.Apply(s.ctx, s.SaveShipment(workflow.Shipment{OrderID: id, Carrier: "Parcel", TrackingNumber: "T1", BookedAt: opening}))
		}))
		_, shipped, err := s.Shipment(s.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if cancelled := must(s.Order(s.ctx, id))(t).CancelRequested; cancelled == shipped {
			t.Errorf("%s: cancelled %v and shipped %v", id, cancelled, shipped)
		}
		if held := len(must(s.Reserved(s.ctx, id))(t)); (held == 0) != shipped {
			t.Errorf("%s: shipped %v and holds %d lines", id, shipped, held)
		}
	}
	s.addsUp()
}

func TestShipmentIsReadAsBooked(t *testing.T) {
	s := openShop(t)
	s.orders(DemoCustomer, "A", line("item1", 1))
	if _, ok, err := s.Shipment(s.ctx, "A"); ok || err != nil {
		t.Errorf("before: %v, %v", ok, err)
	}
	want := workflow.Shipment{OrderID: "A", Carrier: "Parcel", TrackingNumber: "T1", Parcels: 3, BookedAt: opening}
	s.does(s.SaveShipment(want))
	if got, ok, err := s.Shipment(s.ctx, "A"); got != want || !ok || err != nil {
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
	s.isRefused(s.SaveShipment(workflow.Shipment{OrderID: "A", TrackingNumber: "T2", BookedAt: opening}))
	if got := must(s.OrderInfo(s.ctx, "A"))(t); !got.ShippedAt.Equal(opening) {
		t.Errorf("shipped at %v", got.ShippedAt)
	}
}
