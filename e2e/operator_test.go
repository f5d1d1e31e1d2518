package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// switches turns on exactly these failures of the sandbox parties.
func (u *user) switches(on ...string) {
	u.t.Helper()
	const form = `form[action="/settings/sandbox"]`
	u.open("/settings")
	want := map[string]bool{}
	for _, name := range on {
		want[name] = true
	}
	for name, checked := range get(u, "read the switches", chromedp.Evaluate[map[string]bool](
		`Object.fromEntries([...document.querySelectorAll('`+form+` input[type="checkbox"]')].map(e => [e.name, e.checked]))`)) {
		if checked != want[name] {
			u.click(form + ` label[for="` + name + `"]`)
		}
	}
	u.click(form + ` button[type="submit"]`)
	u.reads(soon, "Saved. The sandbox parties behave so from now on.")
	if n := len(on); n > 0 {
		u.reads(soon, fmt.Sprintf("%d failure", n))
	}
}

// marks are the states that the graph shows with a mark, in no order.
func (u *user) states(mark string) string {
	u.t.Helper()
	return get(u, "read the graph", chromedp.Evaluate[string](
		`[...document.querySelectorAll('.graph-node[data-mark="`+mark+`"]')].map(e => (e.getAttribute("aria-label") ?? e.textContent).trim().split(" ")[0]).sort().join(" ")`))
}

// mailed waits for a mail in the outbox and opens it.
func (u *user) mailed(order, subject string) {
	u.t.Helper()
	u.open("/mail")
	u.until("a mail about "+order, fmt.Sprintf(`[...document.querySelectorAll("main tr")].some(row => row.textContent.includes(%q) && row.textContent.includes(%q))`, order, subject))
}

func TestExecutionPage(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara, anton, olga := a.person(t, "clara", desktop), a.person(t, "anton", desktop), a.person(t, "olga", desktop)
	order := clara.orders(desk, goodCard)
	clara.reads(soon, "Waiting for a countersignature")

	olga.open("/dashboard")
	olga.live()
	olga.picture("dashboard")
	olga.open("/executions")
	olga.click(`a[href$=":order-` + order + `"]`)
	olga.until("on the page of the execution", `document.querySelector(".graph-node")`)
	olga.live()
	olga.marks()
	if waits := olga.states("waits"); waits != "HumanApproval" {
		t.Errorf("waiting states: %q", waits)
	}
	olga.reads(soon, "HumanApproval waits")
	olga.picture("execution-waiting")

	anton.finds(order)
	anton.fill("#comment", "Agreed.")
	anton.click(approveButton)
	olga.until("the execution has succeeded", `document.querySelectorAll('.graph-node[data-mark="succeeded"]').length === 10`)
	olga.stays()
	const all = "ApprovalRequired CapturePayment CheckInventory HumanApproval OrderCompleted OrderReceived ProcessPayment SendConfirmation ShipOrder ValidateOrder"
	if got := olga.states("succeeded"); got != all {
		t.Errorf("succeeded: %s\nwant: %s", got, all)
	}
	for _, event := range []string{"ExecutionStarted", "TaskStateEntered", "LambdaFunctionSucceeded", "TaskSubmitted", "TaskSucceeded", "SucceedStateEntered", "ExecutionSucceeded"} {
		if events := olga.text("#events"); !strings.Contains(events, event) {
			t.Errorf("the events have no %s", event)
		}
	}
	olga.click(`.timeline a[href*="state=CapturePayment"]`)
	olga.until("the state is selected", `document.querySelector("#state-title")?.textContent === "CapturePayment"`)
	olga.reads(soon, "890")
	olga.picture("execution")
	olga.click(`#events .events li:nth-child(3) summary`)
	olga.see(`#events .events li:nth-child(3) .event-body`)
	olga.mailed(order, "on its way")
	olga.picture("mail")
	olga.open("/inventory")
	olga.picture("inventory")
	olga.open("/state-machines/OrderFulfillmentWorkflow")
	olga.picture("state-machine")
	olga.open("/settings")
	olga.picture("settings")
}

// TestCarrierRefuses undoes an order that was approved and charged already.
func TestCarrierRefuses(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	olga := a.person(t, "olga", desktop)
	olga.switches("carrier_refuses")
	clara := a.person(t, "clara", desktop)
	order := clara.orders(notebook, goodCard)
	clara.reads(soon, "We could not ship your order")
	clara.reads(soon, "Refunded")
	clara.reads(soon, "The 12.90 EUR that were charged have been refunded")
	clara.money("0.00 EUR")
	available(t, a, notebook, 120)
	olga.open("/executions/order-" + order)
	if caught, failed := olga.states("caught"), olga.states("failed"); caught != "ShipOrder" || failed != "OrderFailed" {
		t.Errorf("caught: %q, failed: %q", caught, failed)
	}
	if undone := olga.states("succeeded"); !strings.Contains(undone, "RefundPayment") || !strings.Contains(undone, "ReleaseInventory") {
		t.Errorf("succeeded: %q", undone)
	}
	olga.mailed(order, "could not")
	olga.leaves()
	a.terminate()
	a.audit()
}

// TestStuckRefundIsRedriven: an undo that fails needs attention and says so; mended and
// redriven, it goes on where it stopped.
func TestStuckRefundIsRedriven(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	olga := a.person(t, "olga", desktop)
	olga.switches("carrier_refuses", "gateway_refund_fails")
	clara := a.person(t, "clara", desktop)
	order := clara.orders(notebook, goodCard)
	clara.reads(patience, "We need a little longer")
	clara.reads(soon, "giving your money back has failed so far")
	clara.money("12.90 EUR")
	clara.marks()

	olga.open("/dashboard")
	olga.reads(soon, "attention")
	olga.picture("dashboard-attention")
	olga.open("/executions/order-" + order)
	olga.live()
	if failed := olga.states("failed"); failed != "RefundPayment" {
		t.Errorf("failed: %q", failed)
	}
	olga.picture("execution-attention")
	olga.switches("carrier_refuses")
	olga.open("/executions/order-" + order)
	olga.click(`button[commandfor="redrive-execution"]`)
	olga.see(`dialog#redrive-execution`)
	olga.reads(soon, "States that succeeded are not repeated")
	olga.click(`dialog#redrive-execution button[type="submit"]`)
	olga.reads(soon, "The execution goes on at RefundPayment")
	olga.reads(soon, "Redriven")

	clara.reads(soon, "We could not ship your order")
	clara.stays()
	clara.money("0.00 EUR")
	clara.reads(soon, "Refunded")
	olga.leaves()
	a.terminate()
	a.audit()
}

func TestOperatorStopsAndRedrives(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara, olga := a.person(t, "clara", desktop), a.person(t, "olga", desktop)
	order := clara.orders(desk, goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	clara.live()
	olga.open("/executions/order-" + order)
	olga.live()
	olga.click(`button[commandfor="stop-execution"]`)
	olga.fill("#stop-cause", "The warehouse is flooded.")
	olga.click(`dialog#stop-execution button[type="submit"]`)
	olga.reads(soon, "The execution is stopped")
	olga.reads(soon, "Stopped by Olga Operator: The warehouse is flooded.")
	olga.picture("execution-stopped")
	if aborted := olga.states("aborted"); aborted != "HumanApproval" {
		t.Errorf("aborted: %q", aborted)
	}
	clara.reads(soon, "We need a little longer")
	clara.picture("order-attention")

	olga.click(`button[commandfor="redrive-execution"]`)
	olga.click(`dialog#redrive-execution button[type="submit"]`)
	olga.reads(soon, "The execution goes on at HumanApproval")
	clara.reads(soon, "Waiting for a countersignature")
	anton := a.person(t, "anton", desktop)
	anton.finds(order)
	anton.click(approveButton)
	clara.reads(soon, "It is on its way")
}
