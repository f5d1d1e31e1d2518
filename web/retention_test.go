package web

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

// forgets deletes the execution of a closed order, as retention does some day.
func (r *realSite) forgets(id workflow.OrderID) {
	r.t.Helper()
	o, err := r.store.OrderInfo(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	r.awaitInfo(o.Execution, func(e workflow.ExecutionInfo) bool { return e.Status.Closed() })
	closed := []models.ClosedExecution{{ID: o.Execution, Events: 1}}
	if n, err := r.store.ForgetExecutions(r.t.Context(), closed, r.clock.now().Add(time.Hour)); n != 1 || err != nil {
		r.t.Fatalf("%d executions were deleted, %v", n, err)
	}
}

// What the books know of an order is all that its customer has seen.
func TestOrdersOutliveTheirExecutions(t *testing.T) {
	r := openRealSite(t)
	r.keepClosed = 90 * 24 * time.Hour
	clara, anton, olga := r.as(models.DemoCustomer), r.as(models.DemoApprover), r.as(models.DemoOperator)
	shipped := clara.orders(notebook, cardOK)
	r.awaitStatus(shipped, workflow.OrderCompleted)
	cancelled, rejected, approved := clara.orders(desk, cardOK), clara.orders(desk, cardOK), clara.orders(desk, cardOK)
	r.approvalOf(cancelled)
	clara.cancels(cancelled).is(http.StatusSeeOther)
	r.awaitStatus(cancelled, workflow.OrderCancelled)
	decided := r.approvalOf(rejected)
	anton.post(paths.ApprovalDecide(decided.ID), url.Values{"decision": {"reject"}, "comment": {"No."}}).is(http.StatusSeeOther)
	r.awaitStatus(rejected, workflow.OrderRejected)
	anton.post(paths.ApprovalDecide(r.approvalOf(approved).ID), url.Values{"decision": {"approve"}}).is(http.StatusSeeOther)
	r.awaitStatus(approved, workflow.OrderCompleted)
	key := r.keyOf(shipped)
	clara.look(shipped) // thanks once

	for _, id := range []workflow.OrderID{shipped, cancelled, rejected, approved} {
		before := clara.look(id)
		r.forgets(id)
		clara.look(id).shows(stagesOf(before), text(before, ".next h2")).money(text(before, ".panel .status"), text(before, ".facts .total .money"))
		olga.look(id).says("its execution is not kept any longer")
		r.call("demo", http.MethodGet, "/api/orders/"+string(id), "").is(http.StatusOK).says("order received")
	}
	anton.get(paths.Approval(decided.ID)).is(http.StatusOK).says("No.")
	olga.get(paths.Execution(key)).is(http.StatusNotFound).says("kept for 90 days after it has closed")
	clara.get(paths.Orders).is(http.StatusOK).says(string(shipped))
	for _, page := range []string{paths.Inbox(paths.Decided), paths.Orders, "/executions", "/dashboard"} {
		r.as(models.DemoAdministrator).get(page).is(http.StatusOK)
	}
	if wrong, err := r.store.CheckBooks(t.Context()); err != nil || len(wrong) > 0 {
		t.Error(wrong, err)
	}
}
