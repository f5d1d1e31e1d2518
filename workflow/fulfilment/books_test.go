package fulfilment_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

// facts are everything that a shop knows.
type facts struct {
	orders      map[workflow.OrderID]workflow.Order
	reasons     map[workflow.OrderID]string
	attention   map[workflow.OrderID]bool
	items       map[string]workflow.Item
	payments    map[workflow.OrderID]workflow.Payment
	shipments   map[workflow.OrderID]workflow.Shipment
	reserved    map[workflow.OrderID][]workflow.Line
	approvals   []approval
	mails       []workflow.Mail
	shipped     map[string]int64 // units that have left, by item
	settings    workflow.Settings
	statusTrail []workflow.OrderStatus
}

type approval struct {
	workflow.ApprovalRequest
	status workflow.ApprovalStatus
}

// books keeps facts in memory and honours every condition of the Books port.
type books struct {
	mu sync.Mutex // guards the rest
	facts
	beforeCommit func() // called once, before the next commit: somebody else is faster
}

var _ fulfilment.Books = (*books)(nil)

type effect struct {
	name  string
	apply func(f *facts) error
}

func (e effect) EffectName() string { return e.name }

func newBooks() *books {
	item := func(id, name string, cents, available int64) workflow.Item {
		return workflow.Item{ID: id, Name: name, Price: eur(cents), Available: available}
	}
	return &books{facts: facts{
		orders: map[workflow.OrderID]workflow.Order{}, reasons: map[workflow.OrderID]string{},
		attention: map[workflow.OrderID]bool{},
		items: map[string]workflow.Item{
			"item1": item("item1", "Notebook", 1250, 100),
			"item2": item("item2", "Fountain pen", 62000, 10),
			"last":  item("last", "Desk lamp", 8900, 1),
			"usd":   {ID: "usd", Name: "Imported ink", Price: workflow.Money{Amount: 900, Currency: "USD"}, Available: 5},
			"free":  item("free", "Sample", 0, 5),
			"huge":  item("huge", "Lighthouse", 1<<62, 5),
			"huger": item("huger", "Harbour", 1<<62, 5),
		},
		payments: map[workflow.OrderID]workflow.Payment{}, shipments: map[workflow.OrderID]workflow.Shipment{},
		reserved: map[workflow.OrderID][]workflow.Line{}, shipped: map[string]int64{},
		settings: workflow.Settings{ApprovalLimit: eur(50000), ApprovalDeadline: 24 * time.Hour},
	}}
}

// commit applies all effects or none.
func (b *books) commit(effects ...workflow.Effect) error {
	if hook := b.beforeCommit; hook != nil {
		b.beforeCommit = nil
		hook()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.facts.clone()
	for _, e := range effects {
		if err := e.(effect).apply(&next); err != nil {
			return err
		}
	}
	b.facts = next
	return nil
}

func (f facts) clone() facts {
	f.orders, f.reasons, f.attention = maps.Clone(f.orders), maps.Clone(f.reasons), maps.Clone(f.attention)
	f.items, f.payments, f.shipments = maps.Clone(f.items), maps.Clone(f.payments), maps.Clone(f.shipments)
	f.reserved, f.shipped = maps.Clone(f.reserved), maps.Clone(f.shipped)
	f.approvals, f.mails = slices.Clone(f.approvals), slices.Clone(f.mails)
	f.statusTrail = slices.Clone(f.statusTrail)
	return f
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", workflow.ErrEffectRefused, fmt.Sprintf(format, args...))
}

func (b *books) Order(_ context.Context, id workflow.OrderID) (workflow.Order, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, ok := b.orders[id]
	if !ok {
		return o, fmt.Errorf("order %s: %w", id, workflow.ErrNotFound)
	}
	return o, nil
}

func (b *books) Items(_ context.Context, ids []string) (map[string]workflow.Item, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := map[string]workflow.Item{}
	for _, id := range ids {
		if item, ok := b.items[id]; ok {
			found[id] = item
		}
	}
	return found, nil
}

func (b *books) Payment(_ context.Context, id workflow.OrderID) (workflow.Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.payments[id]; ok {
		return p, nil
	}
	return workflow.Payment{OrderID: id, Status: workflow.PaymentNone}, nil
}

func (b *books) Shipment(_ context.Context, id workflow.OrderID) (workflow.Shipment, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.shipments[id]
	return s, ok, nil
}

func (b *books) Reserved(_ context.Context, id workflow.OrderID) ([]workflow.Line, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reserved[id], nil
}

func (b *books) Settings(context.Context) (workflow.Settings, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settings, nil
}

func (b *books) PlaceOrder(o workflow.Order, execution workflow.ExecutionID) workflow.Effect {
	return effect{"PlaceOrder", func(f *facts) error {
		o.Execution = execution
		if _, ok := f.orders[o.ID]; ok {
			return refused("order %s exists", o.ID)
		}
		f.orders[o.ID] = o
		return nil
	}}
}

func (b *books) PriceOrder(id workflow.OrderID, lines []workflow.Line, total workflow.Money) workflow.Effect {
	return effect{"PriceOrder", func(f *facts) error {
		o := f.orders[id]
		o.Lines, o.Total = lines, total
		f.orders[id] = o
		return nil
	}}
}

func (b *books) SavePayment(p workflow.Payment, from ...workflow.PaymentStatus) workflow.Effect {
	return effect{"SavePayment " + string(p.Status), func(f *facts) error {
		before := workflow.PaymentNone
		if stored, ok := f.payments[p.OrderID]; ok {
			before = stored.Status
		}
		if !slices.Contains(from, before) {
			return refused("payment is %s, not %s", before, from)
		}
		f.payments[p.OrderID] = p
		return nil
	}}
}

func (b *books) Reserve(id workflow.OrderID, lines []workflow.Line) workflow.Effect {
	return effect{"Reserve", func(f *facts) error {
		if len(f.reserved[id]) > 0 {
			return nil
		}
		for _, l := range lines {
			item := f.items[l.ItemID]
			if item.Available < l.Quantity {
				return refused("only %d of %s", item.Available, l.ItemID)
			}
			item.Available -= l.Quantity
			f.items[l.ItemID] = item
		}
		f.reserved[id] = lines
		return nil
	}}
}

func (b *books) Release(id workflow.OrderID) workflow.Effect {
	return effect{"Release", func(f *facts) error {
		for _, l := range f.reserved[id] {
			item := f.items[l.ItemID]
			item.Available += l.Quantity
			f.items[l.ItemID] = item
		}
		delete(f.reserved, id)
		return nil
	}}
}

func (b *books) SaveShipment(s workflow.Shipment) workflow.Effect {
	return effect{"SaveShipment", func(f *facts) error {
		if f.orders[s.OrderID].CancelRequested {
			return refused("order %s is to be cancelled", s.OrderID)
		}
		if _, shipped := f.shipments[s.OrderID]; shipped {
			return refused("order %s was shipped", s.OrderID)
		}
		for _, l := range f.reserved[s.OrderID] {
			f.shipped[l.ItemID] += l.Quantity
		}
		delete(f.reserved, s.OrderID)
		f.shipments[s.OrderID] = s
		return nil
	}}
}

func (b *books) OpenApproval(a workflow.ApprovalRequest) workflow.Effect {
	return effect{"OpenApproval", func(f *facts) error {
		if f.orders[a.OrderID].CancelRequested {
			return refused("order %s is to be cancelled", a.OrderID)
		}
		if !slices.ContainsFunc(f.approvals, func(other approval) bool { return other.Token == a.Token }) {
			f.approvals = append(f.approvals, approval{a, workflow.ApprovalPending})
		}
		return nil
	}}
}

func (b *books) CloseApproval(id workflow.OrderID, _ workflow.ExecutionID, as workflow.ApprovalStatus, _ time.Time) workflow.Effect {
	return effect{"CloseApproval " + string(as), func(f *facts) error { return f.decide(id, as, false) }}
}

// decide is a person's decision: unlike CloseApproval it needs a pending approval.
func decide(id workflow.OrderID, as workflow.ApprovalStatus) workflow.Effect {
	return effect{"Decide " + string(as), func(f *facts) error { return f.decide(id, as, true) }}
}

func (f *facts) decide(id workflow.OrderID, as workflow.ApprovalStatus, must bool) error {
	for i, a := range f.approvals {
		if a.OrderID == id && a.status == workflow.ApprovalPending {
			f.approvals[i].status = as
			return nil
		}
	}
	if must {
		return refused("nothing is pending for order %s", id)
	}
	return nil
}

// requestCancel is the customer's wish, as the shop writes it down.
func requestCancel(id workflow.OrderID) workflow.Effect {
	return effect{"RequestCancel", func(f *facts) error {
		o := f.orders[id]
		if _, shipped := f.shipments[id]; shipped || o.Status.Closed() {
			return refused("order %s can no longer be cancelled", id)
		}
		o.CancelRequested = true
		f.orders[id] = o
		return nil
	}}
}

func (b *books) SetOrderStatus(
	id workflow.OrderID, by workflow.ExecutionID, status workflow.OrderStatus, reason string, attention bool, _ time.Time,
) workflow.Effect {
	return effect{"SetOrderStatus " + string(status), func(f *facts) error {
		o, ok := f.orders[id]
		if !ok || o.Execution != by {
			return nil
		}
		o.Status = status
		f.orders[id], f.reasons[id], f.attention[id] = o, reason, attention
		f.statusTrail = append(f.statusTrail, status)
		return nil
	}}
}

func (b *books) PostMail(m workflow.Mail) workflow.Effect {
	return effect{"PostMail", func(f *facts) error {
		if !slices.ContainsFunc(f.mails, func(other workflow.Mail) bool { return other.Key == m.Key }) {
			f.mails = append(f.mails, m)
		}
		return nil
	}}
}
