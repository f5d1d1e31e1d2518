package models

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"countersign/workflow"
)

var opening = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// shop is a store with the sample data and a clock that stands until it is moved.
type shop struct {
	*Store
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	clock time.Time // guarded by mu
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, ctx: context.Background(), clock: opening}
	store, err := Open(s.ctx, Options{
		URL: stocked.database(t), Now: s.time, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Store = store
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// stocked is a database that was opened for the first time at the time opening.
var stocked = newTemplate(func(url string) error {
	s, err := Open(context.Background(), Options{URL: url, Now: func() time.Time { return opening }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	sample := Sample{People: true, Card: workflow.Card{Brand: "Visa", LastFour: "4242", Token: "tok_ok_4242"}}
	return errors.Join(s.Seed(context.Background(), sample), s.Close())
})

func (s *shop) time() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *shop) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

// does applies effects that must hold.
func (s *shop) does(effects ...workflow.Effect) {
	s.t.Helper()
	if err := s.Apply(s.ctx, effects...); err != nil {
		s.t.Fatalf("apply %s: %v", effects[0].EffectName(), err)
	}
}

// isRefused applies effects of which one must not hold.
func (s *shop) isRefused(effects ...workflow.Effect) {
	s.t.Helper()
	if err := s.Apply(s.ctx, effects...); !errors.Is(err, workflow.ErrEffectRefused) {
		s.t.Fatalf("apply %s: got %v, want a refusal", effects[0].EffectName(), err)
	}
}

func eur(cents int64) workflow.Money { return workflow.Money{Amount: cents, Currency: "EUR"} }

func line(item string, quantity int64) workflow.Line {
	return workflow.Line{ItemID: item, Quantity: quantity}
}

// orders places a priced order of a demo person.
func (s *shop) orders(person string, id workflow.OrderID, lines ...workflow.Line) workflow.Order {
	s.t.Helper()
	p := must(s.Person(s.ctx, person))(s.t)
	items := must(s.Items(s.ctx, []string{"item1", "item2", "item3", "item5", "item7", "item10"}))(s.t)
	total := eur(0)
	for i, l := range lines {
		lines[i].Name, lines[i].UnitPrice = items[l.ItemID].Name, items[l.ItemID].Price
		cost, _ := lines[i].UnitPrice.Times(l.Quantity)
		total, _ = total.Plus(cost)
	}
	o := workflow.Order{
		ID: id, CustomerID: p.CustomerID, CustomerName: p.Name, CustomerEmail: p.Email,
		Lines: lines, Address: p.Address, Card: p.Card, PlacedAt: s.time(),
	}
	s.does(s.PlaceOrder(o, 0), s.RecordPlacement(Placement{OrderID: id, PersonID: person}), s.PriceOrder(id, lines, total))
	return must(s.Order(s.ctx, id))(s.t)
}

// asks opens an approval for an order and returns it.
func (s *shop) asks(o workflow.Order, token workflow.TaskToken, within time.Duration) Approval {
	s.t.Helper()
	a := workflow.ApprovalRequest{OrderID: o.ID, Token: token, Amount: o.Total, Reason: "above the limit", OpenedAt: s.time()}
	if within != 0 {
		a.Deadline = s.time().Add(within)
	}
	s.does(s.OpenApproval(a), s.SetOrderStatus(o.ID, 0, workflow.OrderAwaitingApproval, "", false, s.time()))
	return must(s.ApprovalsOf(s.ctx, o.ID))(s.t)[0]
}

func (s *shop) stock(item string) StockItem {
	s.t.Helper()
	return must(s.Item(s.ctx, item))(s.t)
}

// hasStock checks what stands on the shelf and what of it is promised.
func (s *shop) hasStock(item string, onHand, reserved int64) {
	s.t.Helper()
	if got := s.stock(item); got.OnHand != onHand || got.Reserved != reserved || got.Available != onHand-reserved {
		s.t.Errorf("%s: %d on hand, %d reserved, %d available; want %d, %d, %d",
			item, got.OnHand, got.Reserved, got.Available, onHand, reserved, onHand-reserved)
	}
}

// addsUp checks that the books agree with themselves.
func (s *shop) addsUp() {
	s.t.Helper()
	for _, sentence := range must(s.CheckBooks(s.ctx))(s.t) {
		s.t.Error(sentence)
	}
}

// must is for calls whose failure is not what the test is about.
func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// atOnce calls f from n goroutines that start together and returns their errors.
func atOnce(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	done.Wait()
	return errs
}

// oneHolds checks that exactly one of the errors is nil and all others are refusals.
func oneHolds(t *testing.T, errs []error) {
	t.Helper()
	held := 0
	for _, err := range errs {
		switch {
		case err == nil:
			held++
		case !errors.Is(err, workflow.ErrEffectRefused):
			t.Errorf("got %v, want a refusal", err)
		}
	}
	if held != 1 {
		t.Errorf("%d of %d held, want 1", held, len(errs))
	}
}
