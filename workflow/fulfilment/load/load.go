// Package load makes orders to measure with: they are placed and approved as people's
// orders are, and differ in number only.
//
// It knows the order workflow and the engine, and no database: what it writes goes
// through Books.
package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/bench"
	"countersign/workflow/fulfilment"
)

// Books are where orders and approvals are written.
type Books interface {
	AddItem(ctx context.Context, item workflow.Item, by string) error
	PlaceOrder(o workflow.Order, id workflow.ExecutionID) workflow.Effect
	// Asked is the approval that an order waits for, and how to grant it; no token while
	// there is none.
	Asked(ctx context.Context, order workflow.OrderID) (token workflow.TaskToken, grant func(at time.Time) workflow.Effect, err error)
}

// Buyer is who orders.
type Buyer struct {
	CustomerID, Name, Email string
	Address                 workflow.Address
	Card                    workflow.Card
}

const (
	stock     = 1_000_000_000
	unitPrice = 100_00
	below     = 1  // copies of the item that need no approval
	above     = 10 // copies that do
)

// Orders puts an item with plenty of stock on sale and orders it, below and above the
// limit for approval.
func Orders(ctx context.Context, e *engine.Engine, books Books, buyer Buyer) (bench.Orders, error) {
	item := workflow.Item{ID: "bench", Name: "Benchmark", Price: workflow.Money{Amount: unitPrice, Currency: "EUR"}, Available: stock}
	if err := books.AddItem(ctx, item, ""); err != nil && !errors.Is(err, workflow.ErrExists) { // by another replica
		return bench.Orders{}, err
	}
	place := func(quantity int64) func(context.Context, int64) (workflow.ExecutionInfo, error) {
		return func(ctx context.Context, n int64) (workflow.ExecutionInfo, error) {
			o := buyer.order(item, n, quantity)
			return e.StartExecution(ctx, engine.StartRequest{
				StateMachine: fulfilment.StateMachineName, Name: fulfilment.ExecutionName(o.ID), Input: fulfilment.Input(o.ID, o.CustomerID, o.Lines),
				Effects: func(id workflow.ExecutionID) []workflow.Effect { return []workflow.Effect{books.PlaceOrder(o, id)} },
			})
		}
	}
	return bench.Orders{
		Start:           place(below),
		StartAboveLimit: place(above),
		Approve: func(ctx context.Context, order workflow.ExecutionInfo) (func(context.Context) error, error) {
			id := workflow.OrderID(strings.TrimPrefix(order.Name, fulfilment.ExecutionName("")))
			token, grant, err := books.Asked(ctx, id)
			if err != nil || token == "" {
				return nil, err
			}
			at := time.Now()
			return func(ctx context.Context) error {
				return e.SucceedTask(ctx, token, fulfilment.Approved("Anton Approver", "", at), grant(at))
			}, nil
		},
	}, nil
}

func (b Buyer) order(item workflow.Item, n, quantity int64) workflow.Order {
	total, _ := item.Price.Times(quantity)
	return workflow.Order{
		ID: workflow.OrderID(fmt.Sprintf("bench-%d", n)), CustomerID: b.CustomerID, CustomerName: b.Name, CustomerEmail: b.Email,
		Lines: []workflow.Line{{ItemID: item.ID, Name: item.Name, Quantity: quantity, UnitPrice: item.Price}}, Total: total,
		Address: b.Address, Card: b.Card, Status: workflow.OrderReceived, PlacedAt: time.Now(),
	}
}
