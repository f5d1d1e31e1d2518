package models

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/workflow"
)

func TestReserveTakesAllLinesOrNone(t *testing.T) {
	s := openShop(t)
	s.orders(DemoCustomer, "A", line("item1", 2), line("item10", 2))
	s.isRefused(s.Reserve("A", []workflow.Line{line("item1", 2), line("item10", 2)}))
	s.hasStock("item1", 120, 0)
	s.hasStock("item10", 1, 0)
	if held := must(s.Reserved(s.ctx, "A"))(t); len(held) != 0 {
		t.Errorf("a refused reservation holds %v", held)
	}
	s.isRefused(s.Reserve("A", []workflow.Line{line("item1", 1), line("no such item", 1)}))
	s.addsUp()
}

func TestReserveAddsUpLinesOfOneItem(t *testing.T) {
	s := openShop(t)
	lines := []workflow.Line{line("item1", 2), line("item2", 1), line("item1", 3)}
	s.orders(DemoCustomer, "A", lines...)
	s.does(s.Reserve("A", lines))
	s.hasStock("item1", 120, 5)
	s.hasStock("item2", 60, 1)
	if lines[0].Quantity != 2 {
		t.Error("the caller's lines have changed")
	}
	held := must(s.Reserved(s.ctx, "A"))(t)
	if len(held) != 2 || held[0] != (workflow.Line{ItemID: "item1", Name: "Notebook", Quantity: 5}) {
		t.Errorf("holds %+v", held)
	}
	s.isRefused(s.Reserve("B", []workflow.Line{line("item10", 1), line("item10", 1)}))
	s.addsUp()
}

func TestReserveOncePerOrder(t *testing.T) {
	s := openShop(t)
	s.orders(DemoCustomer, "A", line("item1", 2))
	lines := []workflow.Line{line("item1", 2)}
	s.does(s.Reserve("A", lines), s.Reserve("A", lines))
	s.does(s.Reserve("A", lines))
	s.hasStock("item1", 120, 2)
	s.does(s.Release("A"))
	s.does(s.Release("A"))
	s.hasStock("item1", 120, 0)
	s.does(s.Reserve("A", lines)) // as after a redrive
	s.hasStock("item1", 120, 2)
	s.does(s.SaveShipment(workflow.Shipment{OrderID: "A", BookedAt: s.time()}))
	s.hasStock("item1", 118, 0)
	s.does(s.Reserve("A", lines), s.Release("A")) // neither touches what is shipped
	s.hasStock("item1", 118, 0)
	s.addsUp()
}

func TestLastUnitGoesToOneBuyer(t *testing.T) {
	s := openShop(t)
	const buyers = 16
	for i := range buyers {
		s.orders(DemoCustomer, orderID(i), line("item1", 1), line("item10", 1))
	}
	oneHolds(t, atOnce(buyers, func(i int) error {
		return s.Apply(s.ctx, s.Reserve(orderID(i), []workflow.Line{line("item1", 1), line("item10", 1)}))
	}))
	s.hasStock("item10", 1, 1)
	s.hasStock("item1", 120, 1)
	s.addsUp()
}

func orderID(i int) workflow.OrderID { return workflow.OrderID(fmt.Sprintf("O-%02d", i)) }

func TestStockIsCountedAndAdjusted(t *testing.T) {
	s := openShop(t)
	s.orders(DemoCustomer, "A", line("item1", 20))
	s.does(s.Reserve("A", []workflow.Line{line("item1", 20)}))
	if err := s.SetStock(s.ctx, "item1", 19, DemoOperator, "counted"); !errors.Is(err, workflow.ErrEffectRefused) {
		t.Errorf("fewer than are reserved: got %v, want a refusal", err)
	}
	if err := s.SetStock(s.ctx, "item99", 1, DemoOperator, ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("unknown item: got %v, want not found", err)
	}
	if err := s.AdjustStock(s.ctx, "item99", 1, DemoOperator, ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("unknown item: got %v, want not found", err)
	}
	for _, err := range []error{
		s.SetStock(s.ctx, "item1", 20, DemoOperator, "counted"),
		s.SetStock(s.ctx, "item1", 20, DemoOperator, "counted again"),
		s.AdjustStock(s.ctx, "item1", 5, DemoOperator, "delivery"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	s.hasStock("item1", 25, 20)
	written, _, err := s.AuditEntries(s.ctx, AuditFilter{Action: AuditStockChanged}, Page{})
	if err != nil || len(written) != 2 || written[0].Subject != "item item1" || written[0].Detail != "+5: delivery" || written[0].PersonID != DemoOperator {
		t.Errorf("audit: %+v, %v", written, err)
	}
	s.addsUp()
}

func TestMovementsArePagedNewestFirst(t *testing.T) {
	s := openShop(t)
	for i := range 12 { // two at one moment, so that the id decides
		if i%2 == 0 {
			s.later(time.Minute)
		}
		if err := s.AdjustStock(s.ctx, "item2", 1, DemoOperator, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	var notes []string
	page := Page{Limit: 5}
	for {
		list, next, err := s.Movements(s.ctx, "item2", page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			notes = append(notes, m.Note)
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if got, want := fmt.Sprint(notes), "[11 10 9 8 7 6 5 4 3 2 1 0 ]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAddItem(t *testing.T) {
	s := openShop(t)
	item := workflow.Item{ID: "stapler", Name: "Stapler", Price: eur(19_90), Available: 7}
	if err := s.AddItem(s.ctx, item, DemoOperator); err != nil {
		t.Fatal(err)
	}
	if err := s.AddItem(s.ctx, item, DemoOperator); !errors.Is(err, workflow.ErrExists) {
		t.Errorf("again: got %v, want exists", err)
	}
	list := must(s.Catalogue(s.ctx))(t)
	if last := list[len(list)-1]; last.ID != "stapler" || last.Available != 7 || last.Price != eur(19_90) {
		t.Errorf("the catalogue ends with %+v", last)
	}
	s.addsUp()
}
