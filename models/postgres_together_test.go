package models

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

// inOneGroup commits steps in one group, and says how each has ended.
func inOneGroup(t *testing.T, s *Store, commits []*workflow.Commit) []error {
	t.Helper()
	group := make([]*write, len(commits))
	for i, c := range commits {
		op, err := s.writeOf(c)
		if err != nil {
			t.Fatal(err)
		}
		op.done, op.topics = make(chan struct{}), topicsOf(c, op.effects)
		group[i] = op
	}
	s.writer.lanes[0].perform(slices.Clone(group))
	errs := make([]error, len(group))
	for i, op := range group {
		<-op.done
		errs[i] = op.err
		afterEffects(op.effects, op.err)
	}
	return errs
}

// player makes steps of executions that fulfil orders, some of which are to be refused.
type player struct {
	*rand.Rand
	s         *Store
	revisions map[workflow.ExecutionID]int64
	events    map[workflow.ExecutionID]int64
}

// commit is the next step of an execution, with effects; sometimes at a wrong revision.
func (p *player) commit(id workflow.ExecutionID, effects ...workflow.Effect) *workflow.Commit {
	c := &workflow.Commit{
		Info: workflow.ExecutionInfo{ID: id, Name: fmt.Sprint("order-", id), StateMachine: "orders", Version: 1, Status: workflow.Running,
			Input: []byte(`{"a":1}`), StartedAt: opening},
		Snapshot: fmt.Appendf(nil, "snapshot %d", p.revisions[id]), Expect: p.revisions[id], Owner: "e", DueAt: opening.Add(time.Minute), Effects: effects,
	}
	if c.Expect > 0 {
		c.Holder = "e"
	}
	events := p.IntN(3)
	if c.Expect == 0 {
		events++
	}
	for id := p.events[id] + 1; events > 0; events, id = events-1, id+1 {
		c.Events = append(c.Events, workflow.HistoryEvent{ID: id, PreviousID: id - 1, Type: workflow.EventPassStateEntered, At: opening})
	}
	switch p.IntN(12) {
	case 0:
		c.Expect += 5
	case 1:
		c.Offers = []workflow.Offer{{Activity: "a", Execution: id, Entry: workflow.EntryID(p.IntN(3)), Token: workflow.TaskToken(fmt.Sprint(id, c.Expect)), ScheduledAt: opening}}
	case 2:
		c.Withdrawn = []workflow.EntryID{0, 1, 2}
	case 3:
		c.Info.Status, c.Owner, c.DueAt, c.Info.StoppedAt, c.Info.Output = workflow.Succeeded, "", time.Time{}, opening, []byte(`"done"`)
	}
	return c
}

// effects are those of some moment in the life of an order; by is its execution.
func (p *player) effects(order workflow.OrderID, by workflow.ExecutionID) []workflow.Effect {
	at := opening.Add(time.Duration(p.IntN(1000)) * time.Second)
	lines := []workflow.Line{{ItemID: "item1", Name: "one", Quantity: int64(1 + p.IntN(3)), UnitPrice: eur(1_00)}}
	if p.IntN(2) == 0 {
		lines = append(lines, workflow.Line{ItemID: "item2", Name: "it's \x00 two", Quantity: 2, UnitPrice: eur(2_00)})
	}
	status := []workflow.OrderStatus{workflow.OrderPaymentAuthorised, workflow.OrderShipping, workflow.OrderCompleted}[p.IntN(3)]
	pick := func(all ...workflow.PaymentStatus) workflow.PaymentStatus { return all[p.IntN(len(all))] }
	switch p.IntN(12) {
	case 0, 1:
		return []workflow.Effect{p.s.PlaceOrder(workflow.Order{ID: order, CustomerID: "c", Lines: lines, Total: eur(3_00), PlacedAt: at}, by),
			p.s.RecordPlacement(Placement{OrderID: order, PersonID: "p", OrderKey: []string{"", "key" + string(order), "key"}[p.IntN(3)]})}
	case 2:
		return []workflow.Effect{p.s.SavePayment(workflow.Payment{OrderID: order, Status: pick(workflow.PaymentAuthorised, workflow.PaymentDeclined), Authorised: eur(3_00)}, workflow.PaymentNone)}
	case 3:
		return []workflow.Effect{p.s.SavePayment(workflow.Payment{OrderID: order, Status: workflow.PaymentCaptured, Authorised: eur(3_00), Captured: eur(3_00)}, pick(workflow.PaymentAuthorised, workflow.PaymentCaptured))}
	case 4:
		return []workflow.Effect{p.s.SavePayment(workflow.Payment{OrderID: order, Status: workflow.PaymentVoided, Authorised: eur(3_00)}, workflow.PaymentAuthorised, workflow.PaymentDeclined)}
	case 5, 6:
		return []workflow.Effect{p.s.Reserve(order, lines), p.s.SetOrderStatus(order, by, status, "because", true, at)}
	case 7:
		return []workflow.Effect{p.s.Release(order), p.s.CloseApproval(order, by, workflow.ApprovalCancelled, at)}
	case 8:
		return []workflow.Effect{p.s.OpenApproval(workflow.ApprovalRequest{OrderID: order, Execution: by, Token: workflow.TaskToken(fmt.Sprint(order, p.IntN(3))), Amount: eur(3_00), OpenedAt: at})}
	case 9:
		return []workflow.Effect{p.s.SaveShipment(workflow.Shipment{OrderID: order, Carrier: "c", TrackingNumber: "t", Parcels: 1, BookedAt: at}), p.s.SetOrderStatus(order, by, status, "", false, at)}
	case 10:
		return []workflow.Effect{p.s.PostMail(workflow.Mail{Key: string(order) + fmt.Sprint(p.IntN(2)), OrderID: order, To: "a@b.c", Subject: "s", Body: "b", At: at})}
	default:
		return []workflow.Effect{p.s.SetOrderStatus(order, workflow.ExecutionID(p.IntN(2))*by, status, "", false, at)}
	}
}

// contents is everything that steps and effects write, without the ids that differ.
func contents(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	all := make(map[string][]string)
	for table, columns := range map[string]string{
		"executions": "*", "history_events": "execution_id, first_id, last_id, events", "offers": "activity, execution_id, entry, token, scheduled_at, input",
		"orders": "*", "order_lines": "*", "order_placements": "*", "reservations": "*", "items": "*", "payments": "*", "shipments": "*",
		"stock_movements": "item_id, on_hand_change, reserved_change, reason, note, order_id, person_id", "outbox": "key, order_id, recipient, subject, body, at, due_at",
		"approvals": "order_id, execution_id, token, amount, currency, reason, status, opened_at, deadline, decided_at",
	} {
		var rows []string
		if err := s.read(t.Context()).Raw(`SELECT CAST(r AS text) FROM (SELECT ` + columns + ` FROM ` + table + `) r ORDER BY 1`).Scan(&rows).Error; err != nil {
			t.Fatal(table, err)
		}
		all[table] = rows
	}
	return all
}

// TestTogetherIsOneAfterTheOther plays random groups into two databases, into one of them
// write by write.
func TestTogetherIsOneAfterTheOther(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			together, apart := uncounted(replicas(t, 1)[0]), uncounted(replicas(t, 1)[0])
			var players [2]*player
			for i, s := range []*Store{together, apart} {
				s.now = func() time.Time { return opening }
				if err := s.Seed(t.Context(), Sample{}); err != nil {
					t.Fatal(err)
				}
				for _, item := range []string{"item1", "item2"} {
					if err := s.SetStock(t.Context(), item, 12, "", ""); err != nil {
						t.Fatal(err)
					}
				}
				players[i] = &player{rand.New(rand.NewPCG(seed, 0)), s, make(map[workflow.ExecutionID]int64), make(map[workflow.ExecutionID]int64)}
			}
			const groups = 40
			for range groups {
				playGroup(t, players[0], players[1])
			}
			if diff := cmp.Diff(contents(t, apart), contents(t, together)); diff != "" {
				t.Errorf("together it comes out differently: %s", diff)
			}
			if n := together.writer.apart.Load(); n == 0 || n == groups {
				t.Errorf("of %d groups %d were performed one by one", groups, n)
			}
		})
	}
}

func playGroup(t *testing.T, together, apart *player) {
	t.Helper()
	var groups [2][]*workflow.Commit
	for i, p := range []*player{together, apart} {
		for range 1 + p.IntN(5) {
			id := workflow.ExecutionID(1 + p.IntN(12))
			groups[i] = append(groups[i], p.commit(id, p.effects(workflow.OrderID(fmt.Sprint("o", id)), id)...))
		}
	}
	got := inOneGroup(t, together.s, groups[0])
	for _, i := range inTheirOrder(groups[1]) {
		c := groups[1][i]
		want := inOneGroup(t, apart.s, []*workflow.Commit{c})[0]
		if said(got[i]) != said(want) {
			t.Fatalf("together %v, alone %v", got[i], want)
		}
		for _, p := range []*player{together, apart} {
			if want == nil {
				p.revisions[c.Info.ID]++
				p.events[c.Info.ID] += int64(len(c.Events))
			}
		}
	}
}

// inTheirOrder is the order in which a group is performed: executions by their ids, and last
// those that have several steps in it.
func inTheirOrder(group []*workflow.Commit) []int {
	times := make(map[workflow.ExecutionID]int)
	var order []int
	for i, c := range group {
		times[c.Info.ID]++
		order = append(order, i)
	}
	place := func(i int) int64 {
		if id := group[i].Info.ID; times[id] == 1 {
			return int64(id)
		}
		return 1 << 62
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(place(a) - place(b)) })
	return order
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestAnOrderIsFulfilledTogether would fail if a bulk never succeeded.
func TestAnOrderIsFulfilledTogether(t *testing.T) {
	s := uncounted(replicas(t, 1)[0])
	if err := s.Seed(t.Context(), Sample{}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetStock(t.Context(), "item1", 100, "", ""); err != nil {
		t.Fatal(err)
	}
	const orders = 20
	lines := []workflow.Line{{ItemID: "item1", Name: "one", Quantity: 2, UnitPrice: eur(1_00)}}
	stages := []func(o workflow.OrderID, by workflow.ExecutionID) []workflow.Effect{
		func(o workflow.OrderID, by workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{s.PlaceOrder(workflow.Order{ID: o, Lines: lines, PlacedAt: opening}, by), s.RecordPlacement(Placement{OrderID: o})}
		},
		func(o workflow.OrderID, by workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{s.SavePayment(workflow.Payment{OrderID: o, Status: workflow.PaymentAuthorised, Authorised: eur(2_00)}, workflow.PaymentNone),
				s.SetOrderStatus(o, by, workflow.OrderPaymentAuthorised, "", false, opening)}
		},
		func(o workflow.OrderID, by workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{s.Reserve(o, lines)}
		},
		func(o workflow.OrderID, by workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{s.OpenApproval(workflow.ApprovalRequest{OrderID: o, Execution: by, Token: workflow.TaskToken(o), OpenedAt: opening})}
		},
		func(o workflow.OrderID, by workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{s.SavePayment(workflow.Payment{OrderID: o, Status: workflow.PaymentCaptured}, workflow.PaymentAuthorised),
				s.CloseApproval(o, by, workflow.ApprovalApproved, opening)}
		},
		func(o workflow.OrderID, by workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{s.SaveShipment(workflow.Shipment{OrderID: o, BookedAt: opening}), s.PostMail(workflow.Mail{Key: string(o), OrderID: o})}
		},
		func(o workflow.OrderID, by workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{s.Release(o), s.SetOrderStatus(o, by, workflow.OrderCompleted, "", false, opening)}
		},
	}
	p := &player{rand.New(rand.NewPCG(0, 0)), s, make(map[workflow.ExecutionID]int64), make(map[workflow.ExecutionID]int64)}
	for n, stage := range stages {
		var group []*workflow.Commit
		for i := range orders {
			id := workflow.ExecutionID(i + 1)
			c := p.commit(id, stage(workflow.OrderID(fmt.Sprint("o", i)), id)...)
			c.Expect, c.Info.Status, c.Owner, c.DueAt, c.Info.StoppedAt = int64(n), workflow.Running, "e", opening, time.Time{}
			c.Offers, c.Withdrawn = nil, nil
			group = append(group, c)
		}
		if err := errors.Join(inOneGroup(t, s, group)...); err != nil {
			t.Fatal(n, err)
		}
		for _, c := range group {
			p.revisions[c.Info.ID]++
			p.events[c.Info.ID] += int64(len(c.Events))
		}
	}
	if n := s.writer.apart.Load(); n > 0 {
		t.Errorf("%d of %d groups were not performed together", n, len(stages))
	}
	if rows := contents(t, s); len(rows["shipments"]) != orders || strings.Contains(strings.Join(rows["orders"], ""), "RECEIVED") {
		t.Error(rows)
	}
	if wrong, err := s.CheckBooks(context.Background()); err != nil || len(wrong) > 0 {
		t.Error(wrong, err)
	}
}

// What cannot be made into columns fails its group, and not the process.
func TestAPanicAmongRowsFailsTheGroup(t *testing.T) {
	s := uncounted(replicas(t, 1)[0])
	c := newCommit(1, "a")
	op, err := s.writeOf(c)
	noError(t, err)
	op.done, op.rows = make(chan struct{}), append(op.rows, insertMails.row(1))
	s.writer.lanes[0].perform([]*write{op})
	if _, err := s.Load(t.Context(), 1); op.err == nil || !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("%v; the execution: %v", op.err, err)
	}
	mustCommit(t, s, newCommit(2, "b"))
}
