package web

import (
	"net/http"
	"sync"
	"testing"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

func (b *browser) cancels(id workflow.OrderID) *answer {
	b.t.Helper()
	return b.post(paths.OrderCancel(string(id)), nil)
}

func TestCancelWhileTheBankIsAsked(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(notebook, cardThirdTime)
	r.awaitRetry(id)
	clara.cancels(id).is(http.StatusSeeOther).leadsTo(paths.Order(string(id)))
	clara.look(id).says("Your order is being cancelled.").offersToCancel(false)
	clara.cancels(id).is(http.StatusSeeOther)
	clara.look(id).says("You have cancelled this order already.")
	if o := r.awaitClosed(id); o.Status != workflow.OrderCancelled {
		t.Fatalf("%s %q", o.Status, o.Reason)
	}
	clara.look(id).shows("done notneeded notneeded notneeded notneeded", "You cancelled this order").money("Nothing asked", "0.00 EUR")
}

func TestCancelWhileAnApproverIsAsked(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(desk, cardOK)
	a := r.approvalOf(id)
	clara.cancels(id).is(http.StatusSeeOther)
	r.awaitStatus(id, workflow.OrderCancelled)
	clara.look(id).shows("done undone notneeded notneeded notneeded", "You cancelled this order").money("Released, not charged", "0.00 EUR")
	decided, err := r.store.Approval(t.Context(), a.ID)
	if err != nil || decided.Status != workflow.ApprovalCancelled {
		t.Errorf("approval %s %v", decided.Status, err)
	}
	entries, _, err := r.store.AuditEntries(t.Context(), models.AuditFilter{Action: models.AuditCancelRequested}, models.Page{})
	if err != nil || len(entries) != 1 || entries[0].PersonID != models.DemoCustomer {
		t.Errorf("audit %+v %v", entries, err)
	}
	item, err := r.store.Item(t.Context(), desk)
	if err != nil || item.Reserved != 0 {
		t.Errorf("%d still reserved, %v", item.Reserved, err)
	}
}

func TestCancelWhileTheCarrierIsAsked(t *testing.T) {
	r := openRealSite(t)
	if err := r.store.SaveSwitches(t.Context(), workflow.Switches{CarrierUnavailable: true}, ""); err != nil {
		t.Fatal(err)
	}
	clara := r.as(models.DemoCustomer)
	id := clara.orders(notebook, cardOK)
	r.awaitRetry(id)
	clara.look(id).shows("done done notneeded waiting ahead", "The carrier did not answer").money("Charged", "12.90 EUR").
		offersToCancel(true).says("The 12.90 EUR that were charged are refunded")
	clara.cancels(id).is(http.StatusSeeOther)
	if err := r.store.SaveSwitches(t.Context(), workflow.Switches{}, ""); err != nil {
		t.Fatal(err)
	}
	if o := r.awaitClosed(id); o.Status != workflow.OrderCancelled {
		t.Fatalf("%s %q", o.Status, o.Reason)
	}
	clara.look(id).shows("done undone notneeded notneeded notneeded", "You cancelled this order").money("Refunded", "0.00 EUR")
}

func TestCancelTooLate(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	shipped := clara.orders(notebook, cardOK)
	r.awaitStatus(shipped, workflow.OrderCompleted)
	clara.cancels(shipped).is(http.StatusConflict).says("It is too late to cancel").shows("done done notneeded done done", "It is on its way")

	declined := clara.orders(notebook, cardDeclines)
	r.awaitStatus(declined, workflow.OrderFailed)
	clara.cancels(declined).is(http.StatusConflict).says("This order has ended already")
	clara.cancels("CS-NONE").is(http.StatusNotFound)
}

func TestOrderThatNeedsAttention(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(desk, cardOK)
	r.approvalOf(id)
	if err := r.store.SaveSwitches(t.Context(), workflow.Switches{GatewayRefundFails: true}, ""); err != nil {
		t.Fatal(err)
	}
	clara.cancels(id).is(http.StatusSeeOther)
	if o := r.awaitClosed(id); !o.Attention {
		t.Fatalf("%s %q", o.Status, o.Reason)
	}
	page := clara.look(id).shows("done failed notneeded notneeded notneeded", "We need a little longer").
		says("releasing the hold on your card has failed so far").offersToCancel(false)
	if page.find("[data-live]").Length() != 1 {
		t.Error("a page that an operator will change is not live")
	}
	r.as(models.DemoOperator).get(paths.OrderList(paths.NeedsAttention, "")).is(http.StatusOK).says(string(id))
	r.as(models.DemoOperator).get(paths.Metrics).says("countersign_orders_needing_attention 1")

	if err := r.store.SaveSwitches(t.Context(), workflow.Switches{}, ""); err != nil {
		t.Fatal(err)
	}
	o, err := r.store.OrderInfo(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.engine.Redrive(t.Context(), o.Execution); err != nil {
		t.Fatal(err)
	}
	r.awaitStatus(id, workflow.OrderCancelled)
	clara.look(id).shows("done undone notneeded notneeded notneeded", "You cancelled this order").money("Released, not charged", "0.00 EUR")
}

// Whoever is first, the order ends one way, and money and goods agree with it.
func TestCancelAndApproveAtOnce(t *testing.T) {
	for range 10 {
		r := openRealSite(t)
		clara, anton := r.as(models.DemoCustomer), r.as(models.DemoApprover)
		id := clara.orders(desk, cardOK)
		a := r.approvalOf(id)
		var cancelled, approved *answer
		var wait sync.WaitGroup
		wait.Go(func() { cancelled = clara.cancels(id) })
		wait.Go(func() { approved = anton.decides(a.ID, "approve", "") })
		wait.Wait()
		o := r.awaitClosed(id)
		payment, err := r.store.Payment(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		net := payment.Captured.Amount - payment.Refunded.Amount
		switch {
		case o.Status == workflow.OrderCompleted && net == o.Total.Amount:
			approved.is(http.StatusSeeOther)
			cancelled.is(http.StatusConflict)
		case o.Status == workflow.OrderCancelled && net == 0:
			cancelled.is(http.StatusSeeOther)
		default:
			t.Errorf("%s, charged %d: cancel answered %d, approve %d", o.Status, net, cancelled.StatusCode, approved.StatusCode)
		}
	}
}

// The wish and the end of the wait are one transaction: where one cannot be, neither is.
func TestCancelThatCannotEndTheWaitChangesNothing(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(desk, cardOK)
	a := r.approvalOf(id)
	if err := r.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	clara.cancels(id).is(http.StatusServiceUnavailable)
	o, err := r.store.OrderInfo(t.Context(), id)
	if err != nil || o.CancelRequested {
		t.Errorf("cancel requested: %t, %v", o.CancelRequested, err)
	}
	if a, err := r.store.Approval(t.Context(), a.ID); err != nil || a.Status != workflow.ApprovalPending {
		t.Errorf("approval %s, %v", a.Status, err)
	}
}

// A wish that found no wait, because it began at that very moment, ends it after all.
func TestCancelEndsAWaitThatHasJustBegun(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(desk, cardOK)
	r.approvalOf(id)
	if err := r.store.Apply(t.Context(), r.store.RequestCancel(id, "", r.clock.now())); err != nil {
		t.Fatal(err)
	}
	clara.cancels(id).is(http.StatusSeeOther) // "already", and sees to it
	r.awaitStatus(id, workflow.OrderCancelled)
}
