package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

func (e *fakeEngine) StopExecution(ctx context.Context, _ workflow.ExecutionID, _, _ string, effects ...workflow.Effect) error {
	return e.store.Apply(ctx, effects...)
}

func (e *fakeEngine) Redrive(ctx context.Context, _ workflow.ExecutionID, effects ...workflow.Effect) error {
	return e.store.Apply(ctx, effects...)
}

// nameOf is the name of the execution that fulfils an order.
func (r *realSite) nameOf(id workflow.OrderID) string {
	r.t.Helper()
	o, err := r.store.OrderInfo(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return o.ExecutionName
}

// keyOf is what its page's address says of that execution.
func (r *realSite) keyOf(id workflow.OrderID) string {
	return workflow.ExecutionARN(fulfilment.StateMachineName, r.nameOf(id)).Tail()
}

// switches turns failures on, or off.
func (r *realSite) switches(w workflow.Switches) {
	r.t.Helper()
	if err := r.store.SaveSwitches(r.t.Context(), w, models.DemoOperator); err != nil {
		r.t.Fatal(err)
	}
}

// graphOf reads what became of each state off the drawing.
func graphOf(a *answer) map[string]string {
	a.t.Helper()
	marks := map[string]string{}
	links := a.find("svg a[data-mark]")
	for i := range links.Length() {
		link, err := url.Parse(links.Eq(i).AttrOr("href", ""))
		if err != nil {
			a.t.Fatal(err)
		}
		if mark := links.Eq(i).AttrOr("data-mark", ""); mark != "" {
			marks[link.Query().Get("state")] = mark
		}
	}
	return marks
}

func TestExecutionOfAnOrderThatWaits(t *testing.T) {
	r := openRealSite(t)
	id := r.as(models.DemoCustomer).orders(desk, cardOK)
	a := r.approvalOf(id)
	name := r.nameOf(id)
	page := r.as(models.DemoApprover).get(paths.Execution(name)).is(http.StatusOK).
		says("OrderFulfillmentWorkflow").says("TaskSubmitted").says(paths.Order(string(id)))
	marks := graphOf(page)
	for state, want := range map[string]string{"ProcessPayment": "succeeded", "ApprovalRequired": "succeeded", "HumanApproval": "waits", "ShipOrder": ""} {
		if marks[state] != want {
			t.Errorf("%s is drawn as %q, want %q", state, marks[state], want)
		}
	}
	until := page.find(".notice time").AttrOr("datetime", "")
	if at, err := time.Parse(time.RFC3339, until); err != nil || !at.Equal(a.Deadline.Truncate(time.Second)) && !at.Equal(a.Deadline) {
		t.Errorf("waits until %q (%v), the deadline is %s", until, err, a.Deadline)
	}
	if strings.Contains(page.body, paths.ExecutionStop(name)) {
		t.Error("an approver is offered to stop it")
	}
	r.as(models.DemoApprover).post(paths.ExecutionStop(name), nil).is(http.StatusForbidden)
	r.as(models.DemoCustomer).get(paths.Execution(name)).is(http.StatusForbidden)

	selected := r.as(models.DemoOperator).get(paths.ExecutionAt(name, "ProcessPayment")).is(http.StatusOK)
	if got := text(selected, "#state h2"); !strings.Contains(got, "ProcessPayment") {
		t.Errorf("selected state is %q", got)
	}
	later := r.as(models.DemoOperator).get(paths.ExecutionView(name, "", 3)).is(http.StatusOK)
	if later.find("#event-2").Length() != 0 || later.find("#event-3").Length() != 1 {
		t.Error("the table does not begin with event 3")
	}
	r.as(models.DemoOperator).get(paths.Execution(name) + "?from=x&state=nothing").is(http.StatusOK)
	r.as(models.DemoOperator).get(paths.Execution("nothing")).is(http.StatusNotFound)
}

func TestExecutionStopped(t *testing.T) {
	r := openRealSite(t)
	id := r.as(models.DemoCustomer).orders(desk, cardOK)
	r.approvalOf(id)
	name := r.nameOf(id)
	olga := r.as(models.DemoOperator)
	olga.post(paths.ExecutionStop(name), url.Values{"cause": {strings.Repeat("x", maxStopCause+1)}}).
		is(http.StatusUnprocessableEntity).says("at most 500 characters")
	if page := olga.get(paths.Execution(name)); page.find("dialog#stop-execution textarea[name=cause]").Length() != 1 {
		t.Errorf("no way to stop it:\n%s", page.body)
	}
	olga.post(paths.ExecutionStop(name), url.Values{"cause": {"The customer called."}}).is(http.StatusSeeOther).leadsTo(paths.Execution(name))
	page := olga.get(paths.Execution(name)).is(http.StatusOK).says("The execution is stopped.").
		says("Stopped by Olga Operator: The customer called.").says("ExecutionAborted")
	if got := graphOf(page)["HumanApproval"]; got != "aborted" {
		t.Errorf("HumanApproval is drawn as %q", got)
	}
	if page.find("dialog#stop-execution").Length() != 0 || page.find("dialog#redrive-execution").Length() != 1 {
		t.Error("a stopped execution offers the wrong thing")
	}
	olga.post(paths.ExecutionStop(name), nil).is(http.StatusConflict).says("This execution has ended already").says("ExecutionAborted")
	r.wroteDown(models.AuditStopped, "execution "+name, "The customer called.")

	olga.post(paths.ExecutionRedrive(name), nil).is(http.StatusSeeOther)
	r.wroteDown(models.AuditRedriven, "execution "+name, "at HumanApproval")
	olga.get(paths.Execution(name)).is(http.StatusOK).says("The execution goes on at HumanApproval.").says("ExecutionRedriven")
	olga.post(paths.ExecutionRedrive(name), nil).is(http.StatusConflict).says("This execution is still open")
}

func TestExecutionRedrivenAfterTheCauseIsMended(t *testing.T) {
	r := openRealSite(t)
	r.switches(workflow.Switches{GatewayRefundFails: true, CarrierRefusesShipment: true})
	id := r.as(models.DemoCustomer).orders(notebook, cardOK)
	r.awaitClosed(id)
	name := r.nameOf(id)
	olga := r.as(models.DemoOperator)
	page := olga.get(paths.Execution(name)).is(http.StatusOK).says("Failed in RefundPayment")
	if marks := graphOf(page); marks["RefundPayment"] != "failed" || marks["ShipOrder"] != "caught" {
		t.Errorf("drawn as %v", marks)
	}
	r.as(models.DemoApprover).post(paths.ExecutionRedrive(name), nil).is(http.StatusForbidden)
	r.switches(workflow.Switches{})
	olga.post(paths.ExecutionRedrive(name), nil).is(http.StatusSeeOther)
	r.await(id, "its undo", func(o models.OrderInfo) bool {
		return o.Status == workflow.OrderFailed && !o.Attention && !o.ClosedAt.IsZero()
	})
	r.awaitExecution(name, workflow.Failed)
	page = olga.get(paths.Execution(name)).is(http.StatusOK)
	if marks := graphOf(page); marks["RefundPayment"] != "succeeded" || marks["OrderFailed"] != "failed" {
		t.Errorf("after the redrive drawn as %v", marks)
	}
	if page.find("dialog#redrive-execution").Length() != 0 {
		t.Error("an order that is undone is offered to be redriven")
	}
	olga.post(paths.ExecutionRedrive(name), nil).is(http.StatusConflict).says("a redrive would change nothing")
}

func TestExecutionSaysWhenItTriesAgain(t *testing.T) {
	r := openRealSite(t)
	id := r.as(models.DemoCustomer).orders(notebook, cardThirdTime)
	r.awaitRetry(id)
	name := r.nameOf(id)
	page := r.as(models.DemoOperator).get(paths.Execution(name)).is(http.StatusOK)
	if got := graphOf(page)["ProcessPayment"]; got != "retries" {
		t.Errorf("ProcessPayment is drawn as %q", got)
	}
	o, err := r.store.OrderInfo(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.store.Load(t.Context(), o.Execution)
	if err != nil {
		t.Fatal(err)
	}
	until, err := time.Parse(time.RFC3339, page.find(".notice time").AttrOr("datetime", ""))
	if err != nil || until.Sub(row.DueAt).Abs() >= time.Second {
		t.Errorf("next attempt at %s (%v), the timer is at %s", until, err, row.DueAt)
	}
	r.awaitClosed(id)
	done := r.as(models.DemoOperator).get(paths.ExecutionAt(name, "ProcessPayment")).is(http.StatusOK)
	if got := done.find("#state .attempts tbody tr:not(.attempt-error)").Length(); got != 3 {
		t.Errorf("%d attempts are shown", got)
	}
}

// An execution that has ended for good ends its stream; one that can be redriven keeps it.
func TestExecutionLive(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(desk, cardOK)
	a := r.approvalOf(id)
	name := r.nameOf(id)
	l := &liveSite{site: r.site}
	l.url = r.listen() + paths.ExecutionViewLive(name, "HumanApproval", 0)
	res, stream := l.connect(r.as(models.DemoOperator))
	if res.StatusCode != http.StatusOK {
		t.Fatalf("got %d", res.StatusCode)
	}
	if first := l.message(stream); !strings.Contains(first, `data-mark="waits"`) || strings.Contains(first, "<html") {
		t.Fatalf("first message:\n%s", first)
	}
	r.as(models.DemoApprover).post(paths.ApprovalDecide(a.ID), url.Values{"decision": {"approve"}}).is(http.StatusSeeOther)
	for {
		m := l.message(stream)
		if strings.Contains(m, "event: end") {
			break
		}
	}
	r.awaitExecution(name, workflow.Succeeded)
}

// awaitExecution waits until an execution has a status.
func (r *realSite) awaitExecution(name string, status workflow.ExecutionStatus) {
	r.t.Helper()
	changed, cancel := r.store.Subscribe(models.TopicExecutions)
	defer cancel()
	giveUp := time.After(20 * time.Second)
	for {
		named, err := r.store.ExecutionsNamed(r.t.Context(), name)
		if err != nil || len(named) != 1 {
			r.t.Fatalf("%v %v", named, err)
		}
		if named[0].Status == status {
			return
		}
		select {
		case <-changed:
		case <-giveUp:
			r.t.Fatalf("execution %s is %s, not %s", name, named[0].Status, status)
		}
	}
}

// audited checks the latest entry of an action.
func (s *site) wroteDown(action, subject, detail string) {
	s.t.Helper()
	entries, _, err := s.store.AuditEntries(s.t.Context(), models.AuditFilter{Action: action}, models.Page{Limit: 1})
	if err != nil || len(entries) == 0 {
		s.t.Fatalf("nothing %s: %v", action, err)
	}
	if e := entries[0]; e.Subject != subject || !strings.Contains(e.Detail, detail) || e.PersonID == "" {
		s.t.Errorf("audit entry %+v, want subject %q and detail %q", e, subject, detail)
	}
}
