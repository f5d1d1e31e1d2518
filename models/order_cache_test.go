package models

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"countersign/workflow"
)

func TestOrdersInMemoryAreWhatIsStored(t *testing.T) {
	s := openShop(t)
	const own, other = workflow.ExecutionID(7), workflow.ExecutionID(8)
	at := opening
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		id := orderID(n)
		o := workflow.Order{ID: id, CustomerID: "67890", Lines: []workflow.Line{line("item1", 2)}, PlacedAt: at}
		status := rapid.SampledFrom([]workflow.OrderStatus{workflow.OrderPaymentAuthorised, workflow.OrderShipping, workflow.OrderCompleted})
		by := rapid.SampledFrom([]workflow.ExecutionID{0, own, other})
		change := func(effects ...workflow.Effect) {
			at = at.Add(time.Millisecond)
			if err := s.Apply(s.ctx, effects...); err != nil && !errors.Is(err, workflow.ErrEffectRefused) {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"place":  func(*rapid.T) { change(s.PlaceOrder(o, own)) },
			"price":  func(*rapid.T) { change(s.PriceOrder(id, o.Lines, eur(int64(at.Nanosecond())))) },
			"cancel": func(*rapid.T) { change(s.RequestCancel(id, "", at)) },
			"refuse": func(t *rapid.T) {
				change(s.SetOrderStatus(id, own, status.Draw(t, "status"), "", false, at), s.PriceOrder("none", nil, eur(1)))
			},
			"move": func(t *rapid.T) {
				change(s.SetOrderStatus(id, by.Draw(t, "by"), status.Draw(t, "status"), "", false, at))
			},
			"": func(t *rapid.T) {
				stored, err := s.readOrders(s.ctx, []workflow.OrderID{id})
				want, there := stored[id]
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // read, and then remembered
					got, err := s.Order(s.ctx, id)
					if diff := cmp.Diff(want, got); diff != "" || errors.Is(err, workflow.ErrNotFound) == there {
						t.Fatalf("%v: %s", err, diff)
					}
					if len(got.Lines) > 0 {
						got.Lines[0].Quantity = 99 // the caller's own
					}
				}
			},
		})
	})
}

func TestASlowReadDoesNotPutAnOldOrderBack(t *testing.T) {
	var c orderCache
	_, _, changes := c.get("CS-1")
	c.drop("CS-1")
	c.put(workflow.Order{ID: "CS-1"}, changes)
	if _, ok, _ := c.get("CS-1"); ok {
		t.Error("an order is kept that was read before it changed")
	}
	for i := range 5 * ordersKept {
		id := orderID(i)
		_, _, changes := c.get(id)
		c.put(workflow.Order{ID: id}, changes)
	}
	if n := len(c.young) + len(c.old); n > 2*ordersKept {
		t.Errorf("%d orders are kept", n)
	}
}
