package fulfilment_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/sim"
	"countersign/workflow/engine/storetest"
	"countersign/workflow/fulfilment"
	"countersign/workflow/fulfilment/sandbox"
)

var (
	simSeeds = flag.Int("seeds", 100, "how many worlds of orders to simulate")
	simSeed  = flag.Uint64("seed", 0, "simulate the orders of this seed alone")
	simLong  = flag.Duration("long", 0, "simulate random seeds for so long")
)

// TestOrdersInFailingWorlds runs the order workflow on engines whose store fails, that
// are killed and whose clocks jump, and adds up stock and money.
func TestOrdersInFailingWorlds(t *testing.T) {
	n, began := uint64(0), time.Now()
	next := func() (seed uint64, ok bool) {
		n++
		switch {
		case *simSeed != 0:
			return *simSeed, n == 1
		case *simLong > 0:
			return sim.AnySeed(), time.Since(began) < *simLong
		}
		return n, n <= uint64(*simSeeds)
	}
	defer func() { t.Logf("%d worlds of orders in %v", n-1, time.Since(began).Round(time.Second)) }()
	for seed, ok := next(); ok && !t.Failed(); seed, ok = next() {
		synctest.Test(t, func(t *testing.T) {
			for _, violation := range sim.Run(t.Context(), seed, newTrade()) {
				t.Errorf("%s\n\tagain: go test ./workflow/fulfilment -run TestOrdersInFailingWorlds -seed %d", violation, seed)
			}
		})
	}
}

// trade is a shop as a scenario: customers who order and cancel, approvers, an operator.
type trade struct {
	*books
	memory  *sandbox.Memory
	gateway *sandbox.Gateway
	carrier *sandbox.Carrier
	placed  []workflow.OrderID
	decided map[workflow.TaskToken]workflow.ApprovalStatus // acknowledged
}

func newTrade() *trade {
	memory := sandbox.NewMemory()
	return &trade{books: newBooks(), memory: memory, gateway: sandbox.NewGateway(memory, memory), carrier: sandbox.NewCarrier(memory, memory),
		decided: map[workflow.TaskToken]workflow.ApprovalStatus{}}
}

func (r *trade) Definitions(*sim.Chance) map[string]string {
	return map[string]string{fulfilment.StateMachineName: string(fulfilment.Definition())}
}

func (r *trade) Equip(w *sim.World, p *sim.Process, o *engine.Options) {
	w.Store.(*storetest.Memory).Elsewhere = func(effects []workflow.Effect) error { return r.commit(effects...) }
	functions := fulfilment.New(fulfilment.Options{Books: r.books, Gateway: tardy{r.gateway, w}, Carrier: r.carrier, Switches: r.memory, Now: p.Now})
	o.Observe = functions.Observe
	o.Functions = map[string]workflow.Handler{}
	for name, handler := range functions.Handlers() {
		o.Functions[name] = r.unreliable(w, p, handler)
	}
}

// tardy is a gateway that some requests to authorise are long on their way to: whoever has sent
// them hears nothing of them any more.
type tardy struct {
	*sandbox.Gateway
	world *sim.World
}

func (g tardy) Authorise(ctx context.Context, key string, card workflow.Card, amount workflow.Money, note string) (string, error) {
	if g.world.Calm() || g.world.Draw(12, "tardy") > 0 {
		return g.Gateway.Authorise(ctx, key, card, amount, note)
	}
	time.AfterFunc(time.Duration(g.world.Draw(200, "on the way"))*time.Second, func() {
		g.world.Turn("a request arrives: " + key)
		_, _ = g.Gateway.Authorise(unheard{context.Background()}, key, card, amount, note)
	})
	<-ctx.Done()
	return "", ctx.Err()
}

// unheard is a request whose answer nobody waits for.
type unheard struct{ context.Context }

func (unheard) Done() <-chan struct{} {
	gone := make(chan struct{})
	close(gone)
	return gone
}

// unreliable is a function that now and then does its work and fails all the same.
func (r *trade) unreliable(w *sim.World, p *sim.Process, handler workflow.Handler) workflow.Handler {
	return func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		if err := w.Perform(p, call.IdempotencyKey); err != nil {
			return workflow.Result{}, err
		}
		result, err := handler(ctx, call)
		if !w.Calm() && w.Draw(15, call.State) == 0 {
			if call.Function == "ProcessPayment" { // an error of its own would say that nothing was done
				select {
				case <-ctx.Done():
				case <-time.After(call.Deadline.Sub(p.Now()) + time.Second):
				}
				return result, err
			}
			return workflow.Result{}, errors.New("the answer was lost")
		}
		return result, err
	}
}

func (r *trade) Act(ctx context.Context, w *sim.World) {
	switch n := w.Draw(20, "act"); {
	case n < 8:
		r.place(ctx, w)
	case n < 12:
		r.decide(ctx, w, w.Draw(3, "decision"))
	case n < 14:
		r.cancel(ctx, w)
	case n < 15:
		r.any(ctx, w, w.Stop)
	case n < 17:
		r.any(ctx, w, w.Redrive)
	case n < 18:
		r.memory.SetSwitches(workflow.Switches{GatewayUnavailable: w.Draw(3, "switch") == 0, CarrierUnavailable: w.Draw(3, "switch") == 0,
			CarrierRefusesShipment: w.Draw(6, "switch") == 0, GatewayRefundFails: w.Draw(4, "switch") == 0, MailUnavailable: w.Draw(3, "switch") == 0})
	case n < 19:
		r.memory.SetSwitches(workflow.Switches{})
	}
}

func (r *trade) Settle(ctx context.Context, w *sim.World) {
	r.memory.SetSwitches(workflow.Switches{})
	for range len(r.pending()) {
		r.decide(ctx, w, 0)
	}
}

func (r *trade) place(ctx context.Context, w *sim.World) {
	id := workflow.OrderID(fmt.Sprint(100 + len(r.placed)))
	card, err := sandbox.Tokenise(sandbox.TestCards()[w.Draw(len(sandbox.TestCards()), "card")].Number)
	if err != nil {
		panic(err)
	}
	lines := [][]workflow.Line{small(), big(), {line("last", 1)}, {line("item1", 40)}}[w.Draw(4, "lines")]
	o := workflow.Order{
		ID: id, CustomerID: "67890", CustomerName: "Clara Customer", CustomerEmail: "clara@example.org",
		Lines: lines, Card: card, Status: workflow.OrderReceived, PlacedAt: time.Now(),
		Address: workflow.Address{Name: "Clara Customer", Street: "Ringstr. 1", City: "Bonn", Postcode: "53111", Country: "DE"},
	}
	r.placed = append(r.placed, id)
	_, _ = w.Start(ctx, engine.StartRequest{
		StateMachine: fulfilment.StateMachineName, Name: fulfilment.ExecutionName(id), Input: fulfilment.Input(id, o.CustomerID, lines),
		Effects: func(execution workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{r.PlaceOrder(o, execution)}
		},
	})
}

func (r *trade) pending() (open []approval) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.approvals {
		if a.status == workflow.ApprovalPending {
			open = append(open, a)
		}
	}
	return open
}

// decide approves, or rejects when how is 2, something that waits for it.
func (r *trade) decide(ctx context.Context, w *sim.World, how int) {
	open := r.pending()
	if len(open) == 0 {
		return
	}
	a := open[w.Draw(len(open), "approval")]
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	status := workflow.ApprovalApproved
	var err error
	if how == 2 {
		status = workflow.ApprovalRejected
		err = w.Any().FailTask(ctx, a.Token, fulfilment.ErrorOrderRejected, "Too dear.", decide(a.OrderID, status))
	} else {
		err = w.Any().SucceedTask(ctx, a.Token, fulfilment.Approved("Anton Approver", "", time.Now()), decide(a.OrderID, status))
	}
	if err == nil {
		r.decided[a.Token] = status
	}
}

func (r *trade) cancel(ctx context.Context, w *sim.World) {
	if len(r.placed) == 0 {
		return
	}
	id := r.placed[w.Draw(len(r.placed), "cancel")]
	for _, a := range r.pending() {
		if a.OrderID == id {
			ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			_ = w.Any().FailTask(ctx, a.Token, fulfilment.ErrorOrderCancelled, "by the customer", requestCancel(id))
			return
		}
	}
	if _, err := r.Order(ctx, id); err == nil {
		_ = r.commit(requestCancel(id)) // refused when it is too late
	}
}

func (r *trade) any(ctx context.Context, w *sim.World, do func(context.Context, workflow.ExecutionID)) {
	if len(r.placed) == 0 {
		return
	}
	name := fulfilment.ExecutionName(r.placed[w.Draw(len(r.placed), "any")])
	if info, err := w.Store.Find(ctx, fulfilment.StateMachineName, name); err == nil {
		do(ctx, info.ID)
	}
}

func (r *trade) Check(w *sim.World, closed bool, wrong func(string, ...any)) {
	if closed {
		r.memory.SetSwitches(workflow.Switches{}) // the gateway is asked below
	}
	initial := newBooks().items
	for id, item := range r.items {
		var held int64
		for _, lines := range r.reserved {
			for _, l := range lines {
				if l.ItemID == id {
					held += l.Quantity
				}
			}
		}
		if item.Available+held+r.shipped[id] != initial[id].Available || item.Available < 0 {
			wrong("%s: %d available, %d held, %d shipped, of %d", id, item.Available, held, r.shipped[id], initial[id].Available)
		}
	}
	for _, a := range r.approvals {
		if want, ok := r.decided[a.Token]; ok && a.status != want {
			wrong("the decision %s about order %s was acknowledged; it is %s", want, a.OrderID, a.status)
		}
		if closed && a.status == workflow.ApprovalPending {
			wrong("order %s: an approval is pending at the end", a.OrderID)
		}
	}
	for id, o := range r.orders {
		if closed && !o.Status.Closed() {
			wrong("order %s is %s at the end", id, o.Status)
		}
		if closed {
			r.checkMoney(w, o, wrong)
		}
	}
}

// checkMoney compares our payment with the gateway's own, and both with the order's end.
func (r *trade) checkMoney(w *sim.World, o workflow.Order, wrong func(string, ...any)) {
	if r.attention[o.ID] {
		return // somebody is to look after it
	}
	g, ok, err := r.gateway.Lookup(context.Background(), workflow.ExecutionID(o.Execution).String()+"/authorise")
	if err != nil {
		wrong("order %s: %v", o.ID, err)
	}
	var ledger struct {
		Operations []struct{ Kind, Refused string }
	}
	if document := r.memory.Documents("gateway")[g.Reference]; document != nil && json.Unmarshal(document, &ledger) != nil {
		wrong("order %s: the gateway's document is %s", o.ID, document)
	}
	times := map[string]int{}
	for _, operation := range ledger.Operations {
		if operation.Refused == "" {
			times[operation.Kind]++
		}
	}
	p, cost := r.payments[o.ID], g.Captured.Amount-g.Refunded.Amount
	_, shipped := r.shipments[o.ID]
	completed := o.Status == workflow.OrderCompleted
	switch {
	case ok && (p.Captured.Amount != g.Captured.Amount || p.Refunded.Amount != g.Refunded.Amount || g.Voided != (p.Status == workflow.PaymentVoided)):
		wrong("order %s: our payment %+v, the gateway's %+v", o.ID, p, g)
	case completed && (cost != o.Total.Amount || !shipped):
		wrong("order %s of %s is completed, costs %d, and is shipped: %t", o.ID, o.Total, cost, shipped)
	case !completed && (cost != 0 || shipped || ok && g.Captured.Amount == 0 && !g.Voided):
		wrong("order %s is %s, leaves %+v at the gateway, and is shipped: %t", o.ID, o.Status, g, shipped)
	case !completed && len(r.reserved[o.ID]) > 0:
		wrong("order %s is %s and holds %v", o.ID, o.Status, r.reserved[o.ID])
	case times["authorise"] > 1 || times["capture"] > 1 || times["refund"] > 1:
		wrong("order %s: something happened twice at the gateway: %+v", o.ID, ledger.Operations)
	}
}
