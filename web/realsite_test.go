package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/fulfilment"
	"countersign/workflow/fulfilment/sandbox"
)

// realSite is a site whose orders are fulfilled: real engine, real functions, sandbox parties,
// wired as main does. Its clock stands still, so retries and deadlines come when it is moved.
type realSite struct {
	*site
	engine *engine.Engine
}

// change may alter the engine's options.
func openRealSite(t testing.TB, change ...func(*engine.Options)) *realSite {
	t.Helper()
	r := &realSite{}
	r.site = openSite(t, func(o *Options) {
		store := o.Store.(*models.Store)
		functions := fulfilment.New(fulfilment.Options{
			Books: store, Switches: store, Now: o.Now, Patience: time.Minute,
			Gateway: hastyGateway{sandbox.NewGateway(store, store)}, Carrier: sandbox.NewCarrier(store, store),
		})
		registerOrders(t, store)
		eo := engine.Options{
			Store: store, MapRuns: store, Functions: functions.Handlers(), Observe: functions.Observe, Exclusive: true,
			Workers: 8, Poll: 5 * time.Millisecond, Now: o.Now,
		}
		for _, f := range change {
			f(&eo)
		}
		r.engine = engine.New(eo)
		o.Engine, o.Orders = r.engine, realDesk()
	})
	if err := r.engine.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.engine.Drain(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// hastyGateway gives up at once where a bank never answers. Everything else may take the time
// that a busy machine takes.
type hastyGateway struct{ fulfilment.Gateway }

func (g hastyGateway) Authorise(ctx context.Context, key string, card workflow.Card, amount workflow.Money, note string) (string, error) {
	if !strings.HasSuffix(card.Token, cardNoResponse[12:]) {
		return g.Gateway.Authorise(ctx, key, card, amount, note)
	}
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			if _, performed, _ := g.Lookup(ctx, key); performed {
				giveUp()
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	reference, err := g.Gateway.Authorise(ctx, key, card, amount, note)
	if err != nil && ctx.Err() != nil {
		err = context.DeadlineExceeded
	}
	return reference, err
}

// drawn is how the order workflow is drawn: laying it out takes longer than most tests.
var drawn struct {
	sync.Mutex
	layout []byte // guarded by Mutex
}

func registerOrders(t testing.TB, store *models.Store) {
	t.Helper()
	drawn.Lock()
	defer drawn.Unlock()
	version, err := store.PutDefinition(t.Context(), fulfilment.StateMachineName, fulfilment.Definition())
	if err == nil && drawn.layout != nil {
		err = store.SaveLayout(t.Context(), fulfilment.StateMachineName, version, drawn.layout)
	}
	if err == nil {
		err = RegisterStateMachine(t.Context(), store, fulfilment.StateMachineName, fulfilment.Definition())
	}
	if err == nil {
		drawn.layout, err = store.Layout(t.Context(), fulfilment.StateMachineName, version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func realDesk() OrderDesk {
	fields := func(problems []fulfilment.FieldError) (list []FieldError) {
		for _, p := range problems {
			list = append(list, FieldError(p))
		}
		return list
	}
	d := OrderDesk{
		StateMachine: fulfilment.StateMachineName, ExecutionName: fulfilment.ExecutionName,
		Parse: func(document []byte) (OrderRequest, []FieldError) {
			request, problems := fulfilment.ParseOrder(document)
			return OrderRequest(request), fields(problems)
		},
		Check: func(r OrderRequest) []FieldError { return fields(fulfilment.OrderRequest(r).Problems()) },
		Price: func(items map[string]workflow.Item, lines []workflow.Line) ([]workflow.Line, workflow.Money, []FieldError) {
			priced, total, problems := fulfilment.Price(items, lines)
			return priced, total, fields(problems)
		},
		Input: fulfilment.Input, Tokenise: sandbox.Tokenise, Parcels: fulfilment.Parcels, Approved: fulfilment.Approved,
		Rejected: fulfilment.ErrorOrderRejected, Cancelled: fulfilment.ErrorOrderCancelled,
	}
	for _, c := range sandbox.TestCards() {
		d.Cards = append(d.Cards, TestCard(c))
	}
	return d
}

// await waits until an order is as wanted; it watches the order's topics and never the clock.
func (r *realSite) await(id workflow.OrderID, what string, as func(models.OrderInfo) bool) models.OrderInfo {
	r.t.Helper()
	o, err := r.store.OrderInfo(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	changed, cancel := r.store.Subscribe(models.TopicOrder(id), models.TopicExecution(o.Execution))
	defer cancel()
	giveUp := time.After(time.Minute)
	for {
		o, err := r.store.OrderInfo(r.t.Context(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		if as(o) {
			return o
		}
		select {
		case <-changed:
		case <-giveUp:
			events, _ := r.store.History(r.t.Context(), o.Execution, 0, 0)
			last := events[len(events)-1]
			r.t.Fatalf("order %s did not come to %s: %s %q; last event %s %s %s", id, what, o.Status, o.Reason, last.Type, last.Details.Error, last.Details.Cause)
		}
	}
}

func (r *realSite) awaitStatus(id workflow.OrderID, status workflow.OrderStatus) models.OrderInfo {
	r.t.Helper()
	return r.await(id, string(status), func(o models.OrderInfo) bool { return o.Status == status })
}

// awaitRetry waits until the order's execution waits for its next attempt.
func (r *realSite) awaitRetry(id workflow.OrderID) {
	r.t.Helper()
	r.await(id, "a retry", func(o models.OrderInfo) bool {
		f, err := r.orderFacts(r.t.Context(), o)
		if err != nil {
			r.t.Fatal(err)
		}
		return f.course.retryAt.After(r.clock.now())
	})
}

// awaitClosed moves the clock from retry to retry until the order has ended.
func (r *realSite) awaitClosed(id workflow.OrderID) models.OrderInfo {
	r.t.Helper()
	for {
		o := r.await(id, "a retry or its end", func(o models.OrderInfo) bool {
			f, err := r.orderFacts(r.t.Context(), o)
			if err != nil {
				r.t.Fatal(err)
			}
			return o.Status.Closed() || f.course.retryAt.After(r.clock.now())
		})
		if o.Status.Closed() {
			return o
		}
		r.clock.advance(time.Minute)
	}
}

// The sample shop's things that tests order.
const (
	notebook = "item1"  // far below the approval limit
	desk     = "item6"  // above it
	lastOne  = "item10" // there is one of it
)

// Cards of the sandbox.
const (
	cardOK         = "4242424242424242"
	cardDeclines   = "4000000000000002"
	cardThirdTime  = "4000000000000119"
	cardNoCapture  = "4000000000000341"
	cardNoResponse = "4000000000000259"
)

func (b *browser) puts(item string) *browser {
	b.t.Helper()
	b.post(paths.CartItems, url.Values{"item": {item}, "quantity": {"1"}}).is(http.StatusSeeOther)
	return b
}

// checkout is the shop's form as it stands on the page, with another card.
func (b *browser) checkout(card string) url.Values {
	b.t.Helper()
	form := url.Values{}
	page := b.get(paths.Shop).is(http.StatusOK)
	inputs := page.find("form#checkout input[name], form#checkout select[name]")
	for i := range inputs.Length() {
		input := inputs.Eq(i)
		name, value := input.AttrOr("name", ""), input.AttrOr("value", "")
		if input.Is("select") {
			value = input.Find("option[selected]").AttrOr("value", "")
		}
		if name != "card" && name != csrfField {
			form.Set(name, value)
		}
	}
	form.Set("card", card)
	return form
}

// orders puts an item into the cart, checks out, and returns the order's id.
func (b *browser) orders(item, card string) workflow.OrderID {
	b.t.Helper()
	placed := b.puts(item).post(paths.Orders, b.checkout(card)).is(http.StatusSeeOther)
	return orderAt(placed)
}

func orderAt(a *answer) workflow.OrderID {
	a.t.Helper()
	id, ok := strings.CutPrefix(a.Header.Get("Location"), paths.Orders+"/")
	if !ok {
		a.t.Fatalf("%s: leads to %q, want an order", a.what, a.Header.Get("Location"))
	}
	return workflow.OrderID(id)
}

// approvalOf waits for the order to ask the approvers, and returns the approval.
func (r *realSite) approvalOf(id workflow.OrderID) models.Approval {
	r.t.Helper()
	var found []models.Approval
	r.await(id, "an approval", func(models.OrderInfo) bool {
		var err error
		if found, err = r.store.ApprovalsOf(r.t.Context(), id); err != nil {
			r.t.Fatal(err)
		}
		return len(found) > 0
	})
	return found[0]
}

func text(a *answer, selector string) string {
	return strings.Join(strings.Fields(a.find(selector).Text()), " ")
}

// stagesOf reads the five stages off the page of an order.
func stagesOf(a *answer) string {
	var states []string
	list := a.find(".stages .stage")
	for i := range list.Length() {
		states = append(states, list.Eq(i).AttrOr("data-state", ""))
	}
	return strings.Join(states, " ")
}

// awaitInfo waits until an execution is as wanted.
func (r *realSite) awaitInfo(id workflow.ExecutionID, as func(workflow.ExecutionInfo) bool) workflow.ExecutionInfo {
	r.t.Helper()
	changed, cancel := r.store.Subscribe(models.TopicExecution(id))
	defer cancel()
	giveUp := time.After(20 * time.Second)
	for {
		row, err := r.store.Load(r.t.Context(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		if as(row.ExecutionInfo) {
			return row.ExecutionInfo
		}
		select {
		case <-changed:
		case <-giveUp:
			r.t.Fatalf("execution %s is still %s: %s %s", row.Name, row.Status, row.Error, row.Cause)
		}
	}
}
