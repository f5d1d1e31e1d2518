package models

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

func (s *shop) decision(a Approval, by string) Decision {
	return Decision{ApprovalID: a.ID, OrderID: a.OrderID, By: by, Verdict: workflow.ApprovalApproved, Comment: "fine", At: s.time()}
}

func TestOneOfTwoApproversDecides(t *testing.T) {
	s := openShop(t)
	for i := range 20 {
		a := s.asks(s.orders(DemoCustomer, orderID(i), line("item7", 1)), workflow.TaskToken(orderID(i)), time.Hour)
		deciders := []string{DemoApprover, DemoSecondApprover, DemoAdministrator}
		oneHolds(t, atOnce(len(deciders), func(n int) error {
			d := s.decision(a, deciders[n])
			if n == 1 {
				d.Verdict = workflow.ApprovalRejected
			}
			return s.Apply(s.ctx, s.DecideApproval(d))
		}))
		got := must(s.Approval(s.ctx, a.ID))(t)
		rejected := got.Status == workflow.ApprovalRejected
		if got.Status == workflow.ApprovalPending || rejected != (got.DecidedBy == DemoSecondApprover) || got.DecidedByName == "" {
			t.Errorf("decided as %s by %q", got.Status, got.DecidedBy)
		}
	}
	entries, _, err := s.AuditEntries(s.ctx, AuditFilter{Subject: "order O-07"}, Page{})
	if err != nil || len(entries) != 1 || entries[0].Detail != "fine" || entries[0].PersonName == "" {
		t.Errorf("audit of one decision: %+v, %v", entries, err)
	}
}

func TestWhoMayNotDecide(t *testing.T) {
	s := openShop(t)
	own := s.asks(s.orders(DemoApprover, "own", line("item7", 1)), "t1", time.Hour)
	claras := s.asks(s.orders(DemoCustomer, "claras", line("item7", 1)), "t2", time.Hour)
	onBehalf := s.orders(DemoCustomer, "for somebody else", line("item7", 1))
	s.does(s.RecordPlacement(Placement{OrderID: "by anton", PersonID: DemoApprover}))
	onBehalf.ID = "by anton"
	s.does(s.PlaceOrder(onBehalf, 0))
	placed := s.asks(onBehalf, "t3", time.Hour)
	antons := s.orders(DemoApprover, "ordered for anton", line("item7", 1))
	s.does(s.RecordPlacement(Placement{OrderID: "by olga", PersonID: DemoOperator}))
	antons.ID = "by olga"
	s.does(s.PlaceOrder(antons, 0))
	meant := s.asks(antons, "t4", time.Hour)
	if err := s.SetRoles(s.ctx, DemoSecondApprover, []workflow.Role{workflow.RoleApprover}, true, DemoAdministrator); err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]Decision{
		"who ordered it for themselves": s.decision(own, DemoApprover),
		"who ordered it for another":    s.decision(placed, DemoApprover),
		"whom it was ordered for":       s.decision(meant, DemoApprover),
		"a customer":                    s.decision(claras, DemoSecondCustomer),
		"an operator":                   s.decision(claras, DemoOperator),
		"somebody disabled":             s.decision(claras, DemoSecondApprover),
		"nobody":                        s.decision(claras, "nobody"),
	} {
		if err := s.Apply(s.ctx, s.DecideApproval(d)); !errors.Is(err, workflow.ErrEffectRefused) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	d := s.decision(claras, DemoApprover)
	d.Verdict = workflow.ApprovalExpired
	if err := s.Apply(s.ctx, s.DecideApproval(d)); err == nil {
		t.Error("EXPIRED was taken as a verdict")
	}
	s.does(s.DecideApproval(s.decision(own, DemoAdministrator)), s.DecideApproval(s.decision(claras, DemoApprover)))
}

func TestTooLateToDecide(t *testing.T) {
	s := openShop(t)
	a := s.asks(s.orders(DemoCustomer, "A", line("item7", 1)), "t1", time.Hour)
	s.later(time.Hour)
	s.isRefused(s.DecideApproval(s.decision(a, DemoApprover)))
	s.does(s.CloseApproval("A", 0, workflow.ApprovalExpired, s.time()))
	if got := must(s.Approval(s.ctx, a.ID))(t); got.Status != workflow.ApprovalExpired || got.DecidedBy != "" || !got.DecidedAt.Equal(s.time()) {
		t.Errorf("got %+v", got)
	}
	s.does(s.CloseApproval("A", 0, workflow.ApprovalCancelled, s.time()))
	if got := must(s.Approval(s.ctx, a.ID))(t); got.Status != workflow.ApprovalExpired {
		t.Errorf("closing it again made it %s", got.Status)
	}
	unlimited := s.asks(s.orders(DemoCustomer, "B", line("item7", 1)), "t2", 0)
	s.later(1000 * time.Hour)
	s.does(s.DecideApproval(s.decision(unlimited, DemoApprover)))
}

func TestDecidedOutsideTheInbox(t *testing.T) {
	s := openShop(t)
	for verdict, name := range map[workflow.ApprovalStatus]string{
		workflow.ApprovalApproved: "Outside system", workflow.ApprovalRejected: "Outside system", workflow.ApprovalCancelled: "",
	} {
		a := s.asks(s.orders(DemoCustomer, workflow.OrderID(verdict), line("item7", 1)), workflow.TaskToken(verdict), time.Hour)
		s.does(s.CloseApproval(a.OrderID, 0, verdict, s.time()))
		if got := must(s.Approval(s.ctx, a.ID))(t); got.Status != verdict || got.DecidedBy != "" || got.DecidedByName != name {
			t.Errorf("closed as %s: %+v", verdict, got)
		}
	}
}

func TestAskingAgain(t *testing.T) {
	s := openShop(t)
	o := s.orders(DemoCustomer, "A", line("item7", 1))
	first := s.asks(o, "t1", time.Hour)
	if again := s.asks(o, "t1", time.Hour); again.ID != first.ID {
		t.Error("the same token made a second approval")
	}
	s.later(time.Minute)
	second := s.asks(o, "t2", time.Hour)
	list := must(s.ApprovalsOf(s.ctx, "A"))(t)
	if len(list) != 2 || list[0].ID != second.ID || list[1].Status != workflow.ApprovalCancelled {
		t.Errorf("after a new token: %+v", list)
	}
	s.addsUp()

	s.orders(DemoCustomer, "B", line("item7", 1))
	s.does(s.RequestCancel("B", "67890", s.time()))
	s.isRefused(s.OpenApproval(workflow.ApprovalRequest{OrderID: "B", Token: "t3", OpenedAt: s.time()}))
}

func TestInbox(t *testing.T) {
	s := openShop(t)
	for _, o := range []struct {
		id     workflow.OrderID
		person string
		within time.Duration
	}{
		{"unlimited", DemoCustomer, 0}, {"tomorrow", DemoCustomer, 24 * time.Hour}, {"soon", DemoSecondCustomer, time.Hour},
		{"antons", DemoApprover, time.Minute}, {"decided", DemoCustomer, time.Minute}, {"expired", DemoCustomer, time.Second},
	} {
		s.asks(s.orders(o.person, o.id, line("item7", 2), line("item1", 3)), workflow.TaskToken(o.id), o.within)
	}
	s.does(s.DecideApproval(s.decision(must(s.ApprovalsOf(s.ctx, "decided"))(t)[0], DemoApprover)))
	s.later(time.Second)
	s.does(s.CloseApproval("expired", 0, workflow.ApprovalExpired, s.time()))

	ids := func(list []Approval) string {
		got := []workflow.OrderID{}
		for _, a := range list {
			got = append(got, a.OrderID)
		}
		return fmt.Sprint(got)
	}
	if got := ids(must(s.ApprovalsNeeding(s.ctx, DemoApprover, 0))(t)); got != "[soon tomorrow unlimited]" {
		t.Errorf("needs Anton: %s", got)
	}
	if got := ids(must(s.ApprovalsNeeding(s.ctx, DemoSecondApprover, 2))(t)); got != "[antons soon]" {
		t.Errorf("needs Berta: %s", got)
	}
	if got := ids(must(s.PendingApprovals(s.ctx, 0))(t)); got != "[antons soon tomorrow unlimited]" {
		t.Errorf("the team's: %s", got)
	}
	first, next, err := s.DecidedApprovals(s.ctx, Page{Limit: 1})
	if err != nil || ids(first) != "[expired]" {
		t.Errorf("decided: %s, %v", ids(first), err)
	}
	if rest, _, err := s.DecidedApprovals(s.ctx, Page{Limit: 1, After: next}); err != nil || ids(rest) != "[decided]" {
		t.Errorf("decided before: %s, %v", ids(rest), err)
	}
	if got := must(s.CountApprovals(s.ctx, DemoApprover))(t); got != (ApprovalCounts{Pending: workflow.Count{N: 4}, NeedsMe: workflow.Count{N: 3}}) {
		t.Errorf("counts: %+v", got)
	}
	if got := must(s.CountApprovalsDue(s.ctx, s.time().Add(2*time.Hour)))(t); got != (workflow.Count{N: 2}) {
		t.Errorf("%v are due within two hours, want those of an hour and of a minute", got)
	}
	a := must(s.ApprovalsOf(s.ctx, "antons"))(t)[0]
	if a.CustomerName != "Anton Approver" || a.OrderedBy != DemoApprover || a.Lines != 2 || a.Quantity != 5 || a.Amount != eur(2518_70) {
		t.Errorf("got %+v", a)
	}
}

func TestOnesOwnApprovalsAreTakenOff(t *testing.T) {
	s := openShop(t)
	for i := range 4 {
		by := DemoCustomer
		if i == 0 {
			by = DemoApprover
		}
		s.asks(s.orders(by, orderID(i), line("item7", 1)), workflow.TaskToken(orderID(i)), time.Hour)
	}
	for person, want := range map[string]int64{DemoApprover: 1, DemoCustomer: 3, DemoSecondApprover: 0, "nobody": 0} {
		if got := must(s.CountApprovals(s.ctx, person))(t); got != (ApprovalCounts{workflow.Count{N: 4}, workflow.Count{N: 4 - want}}) {
			t.Errorf("%s: %+v", person, got)
		}
	}
}

// However many approvals wait, a bound of them is counted, and the count says so.
func TestApprovalsAreCountedToABound(t *testing.T) {
	s := openShop(t)
	pend := func(from, to int) {
		err := s.write(s.ctx, nil, func(tx *gorm.DB) error {
			return tx.Exec(`WITH RECURSIVE n (i) AS (SELECT CAST(? AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < ?)
				INSERT INTO approvals (id, order_id, execution_id, token, amount, currency, reason, status, opened_at, deadline, decided_by, decided_at, comment)
				SELECT 'a' || i, 'o' || i, i, 't' || i, 1, 'EUR', '', 'PENDING', 1, 1, '', 0, '' FROM n`, from, to).Error
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	pend(1, pendingCountedTo)
	exactly := workflow.Count{N: pendingCountedTo}
	if got := must(s.CountApprovals(s.ctx, DemoApprover))(t); got != (ApprovalCounts{exactly, exactly}) {
		t.Errorf("%+v", got)
	}
	pend(pendingCountedTo+1, countedTo+1)
	more := workflow.Count{N: pendingCountedTo, More: true}
	if got := must(s.CountApprovals(s.ctx, DemoApprover))(t); got != (ApprovalCounts{more, more}) {
		t.Errorf("%+v", got)
	}
	if got := must(s.CountApprovalsDue(s.ctx, s.time()))(t); got != (workflow.Count{N: countedTo, More: true}) {
		t.Errorf("%+v are due", got)
	}
}
