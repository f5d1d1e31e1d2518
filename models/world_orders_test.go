package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/sim"
	"countersign/workflow/fulfilment"
	"countersign/workflow/fulfilment/sandbox"
)

// TestWorldsOfOrders runs the order workflow in such worlds: the shop's own books, gateway and
// carrier, customers who order and cancel, approvers, an operator.
func TestWorldsOfOrders(t *testing.T) {
	eachWorld(t, "TestWorldsOfOrders", func(p *plot) sim.Scenario {
		p.must(p.Seed(context.Background(), Sample{People: true, Card: workflow.Card{Brand: "Visa", LastFour: "4242", Token: "tok_ok_4242"}}))
		for _, item := range []workflow.Item{{ID: "plain", Price: eur(1250), Available: 60}, {ID: "dear", Price: eur(62_000), Available: 10}, {ID: "last", Price: eur(8900), Available: 1}} {
			item.Name = item.ID
			p.must(p.AddItem(context.Background(), item, DemoOperator))
		}
		return &trade{plot: p, decided: map[string]workflow.ApprovalStatus{}}
	})
}

// trade is a shop as a scenario.
type trade struct {
	*plot
	mu      sync.Mutex // guards the rest
	placed  []workflow.OrderID
	decided map[string]workflow.ApprovalStatus // acknowledged, by approval
}

func (r *trade) Definitions(*sim.Chance) map[string]string {
	return map[string]string{fulfilment.StateMachineName: string(fulfilment.Definition())}
}

func (r *trade) Equip(w *sim.World, p *sim.Process, o *engine.Options) {
	now := w.Now
	r.clock.Store(&now)
	store := r.latest
	functions := fulfilment.New(fulfilment.Options{Books: store, Gateway: sandbox.NewGateway(store, store),
		Carrier: sandbox.NewCarrier(store, store), Switches: store, Now: p.Now, Patience: w.Span(fulfilment.DefaultPatience)})
	o.Observe = functions.Observe
	o.Functions = map[string]workflow.Handler{}
	for name, handler := range functions.Handlers() {
		o.Functions[name] = func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
			if err := w.Perform(p, call.IdempotencyKey); err != nil {
				return workflow.Result{}, err
			}
			result, err := handler(ctx, call)
			if !w.Calm() && w.Draw(15, call.State) == 0 {
				return workflow.Result{}, errors.New("the answer was lost")
			}
			return result, err
		}
	}
}

func (r *trade) Act(ctx context.Context, w *sim.World) {
	switch n := w.Draw(20, "act"); {
	case n < 8:
		r.place(ctx, w)
	case n < 12:
		r.decide(ctx, w, w.Draw(3, "decision") == 0)
	case n < 14:
		r.cancel(ctx, w)
	case n < 15:
		r.any(ctx, w, w.Stop)
	case n < 17:
		r.any(ctx, w, w.Redrive)
	case n < 18:
		r.switches(ctx, workflow.Switches{GatewayUnavailable: w.Draw(3, "switch") == 0, CarrierUnavailable: w.Draw(3, "switch") == 0,
			CarrierRefusesShipment: w.Draw(6, "switch") == 0, GatewayRefundFails: w.Draw(4, "switch") == 0, MailUnavailable: w.Draw(3, "switch") == 0})
	case n < 19:
		r.switches(ctx, workflow.Switches{})
	}
}

func (r *trade) switches(ctx context.Context, s workflow.Switches) {
	r.must(r.SaveSwitches(ctx, s, DemoOperator))
}

func (r *trade) Settle(ctx context.Context, w *sim.World) {
	if s, err := r.Switches(ctx); err != nil || s != (workflow.Switches{}) {
		r.switches(ctx, workflow.Switches{})
	}
	for range r.pending(ctx) {
		r.decide(ctx, w, false)
	}
}

func (r *trade) place(ctx context.Context, w *sim.World) {
	card, err := sandbox.Tokenise(sandbox.TestCards()[w.Draw(len(sandbox.TestCards()), "card")].Number)
	r.must(err)
	person, err := r.Person(ctx, DemoCustomer)
	r.must(err)
	r.mu.Lock()
	id := workflow.OrderID(fmt.Sprint(100 + len(r.placed)))
	r.placed = append(r.placed, id)
	r.mu.Unlock()
	lines := [][]workflow.Line{{line("plain", 2)}, {line("dear", 2)}, {line("last", 1)}, {line("plain", 40)}, {line("plain", 1), line("dear", 1)}}[w.Draw(5, "lines")]
	o := workflow.Order{ID: id, CustomerID: person.CustomerID, CustomerName: person.Name, CustomerEmail: person.Email,
		Lines: lines, Card: card, Status: workflow.OrderReceived, PlacedAt: w.Now(), Address: person.Address}
	_, _ = w.Start(ctx, engine.StartRequest{
		StateMachine: fulfilment.StateMachineName, Name: fulfilment.ExecutionName(id), Input: fulfilment.Input(id, o.CustomerID, lines),
		Effects: func(execution workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{r.PlaceOrder(o, execution), r.RecordPlacement(Placement{OrderID: id, PersonID: DemoCustomer})}
		},
	})
}

func (r *trade) pending(ctx context.Context) []Approval {
	open, err := r.PendingApprovals(ctx, 100)
	r.must(err)
	return open
}

func (r *trade) decide(ctx context.Context, w *sim.World, against bool) {
	open := r.pending(ctx)
	if len(open) == 0 {
		return
	}
	a := open[w.Draw(len(open), "approval")]
	ctx, cancel := context.WithTimeout(ctx, w.Span(20*time.Second))
	defer cancel()
	d := Decision{ApprovalID: a.ID, OrderID: a.OrderID, By: DemoApprover, Verdict: workflow.ApprovalApproved, At: w.Now()}
	var err error
	if against {
		d.Verdict = workflow.ApprovalRejected
		err = w.Any().FailTask(ctx, a.Token, fulfilment.ErrorOrderRejected, "Too dear.", r.DecideApproval(d))
	} else {
		err = w.Any().SucceedTask(ctx, a.Token, fulfilment.Approved("Anton Approver", "", d.At), r.DecideApproval(d))
	}
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.decided[a.ID] = d.Verdict
	}
}

func (r *trade) pick(w *sim.World, what string) (id workflow.OrderID, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.placed) == 0 {
		return "", false
	}
	return r.placed[w.Draw(len(r.placed), what)], true
}

func (r *trade) cancel(ctx context.Context, w *sim.World) {
	id, ok := r.pick(w, "cancel")
	if !ok {
		return
	}
	request := r.RequestCancel(id, "", w.Now())
	for _, a := range r.pending(ctx) {
		if a.OrderID == id {
			ctx, cancel := context.WithTimeout(ctx, w.Span(20*time.Second))
			defer cancel()
			_ = w.Any().FailTask(ctx, a.Token, fulfilment.ErrorOrderCancelled, "by the customer", request)
			return
		}
	}
	if err := r.Apply(ctx, request); err != nil && !errors.Is(err, workflow.ErrEffectRefused) {
		r.must(err)
	}
}

func (r *trade) any(ctx context.Context, w *sim.World, do func(context.Context, workflow.ExecutionID)) {
	if id, ok := r.pick(w, "any"); ok {
		if info, err := r.Find(ctx, fulfilment.StateMachineName, fulfilment.ExecutionName(id)); err == nil {
			do(ctx, info.ID)
		}
	}
}

func (r *trade) Check(_ *sim.World, closed bool, wrong func(string, ...any)) {
	ctx := context.Background()
	for _, sentence := range r.checked(ctx) {
		if closed || !strings.HasSuffix(sentence, "but has 0 pending approvals.") { // by a clock that is wrong it may be asked again much later
			wrong("%s", sentence)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, verdict := range r.decided {
		if a, err := r.Approval(ctx, id); err != nil || a.Status != verdict {
			wrong("the decision %s about order %s was acknowledged; it is %s: %v", verdict, a.OrderID, a.Status, err)
		}
	}
	if !closed {
		return
	}
	r.switches(ctx, workflow.Switches{}) // the gateway is asked below
	for _, id := range r.placed {
		o, err := r.OrderInfo(ctx, id)
		switch {
		case errors.Is(err, workflow.ErrNotFound): // its start was never acknowledged
		case err != nil || !o.Status.Closed():
			wrong("order %s is %s at the end: %v", id, o.Status, err)
		case !o.Attention: // else somebody is to look after it
			r.checkMoney(ctx, o, wrong)
		}
	}
}

// checkMoney compares our payment with the gateway's own, and both with the order's end.
func (r *trade) checkMoney(ctx context.Context, o OrderInfo, wrong func(string, ...any)) {
	g, asked, err := sandbox.NewGateway(r.plot, r.plot).Lookup(ctx, o.Execution.String()+"/authorise")
	r.must(err)
	p, err := r.Payment(ctx, o.ID)
	r.must(err)
	times := map[string]int{}
	if asked {
		var ledger struct {
			Operations []struct{ Kind, Refused string }
		}
		document, err := r.SandboxGet(ctx, "gateway", g.Reference)
		r.must(err)
		r.must(json.Unmarshal(document, &ledger))
		for _, operation := range ledger.Operations {
			if operation.Refused == "" {
				times[operation.Kind]++
			}
		}
	}
	switch completed := o.Status == workflow.OrderCompleted; {
	case asked && (p.Captured.Amount != g.Captured.Amount || p.Refunded.Amount != g.Refunded.Amount || g.Voided != (p.Status == workflow.PaymentVoided)):
		wrong("order %s: our payment %+v, the gateway's %+v", o.ID, p, g)
	case completed && g.Captured.Amount-g.Refunded.Amount != o.Total.Amount, !completed && g.Captured.Amount != g.Refunded.Amount:
		wrong("order %s of %s is %s, and the gateway has %+v", o.ID, o.Total, o.Status, g)
	case !completed && asked && g.Captured.Amount == 0 && !g.Voided:
		wrong("order %s is %s and leaves %+v at the gateway", o.ID, o.Status, g)
	case times["authorise"] > 1 || times["capture"] > 1 || times["refund"] > 1:
		wrong("order %s: something happened twice at the gateway: %v", o.ID, times)
	}
}
