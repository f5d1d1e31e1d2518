package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

// look is the page of an order, as the browser's person sees it.
func (b *browser) look(id workflow.OrderID) *answer {
	b.t.Helper()
	return b.get(paths.Order(string(id))).is(http.StatusOK)
}

func (a *answer) shows(stages, headline string) *answer {
	a.t.Helper()
	if got := stagesOf(a); got != stages {
		a.t.Errorf("%s: stages %q, want %q", a.what, got, stages)
	}
	if got := text(a, ".next h2"); got != headline {
		a.t.Errorf("%s: headline %q, want %q", a.what, got, headline)
	}
	return a
}

// money is authorised, charged and charged minus refunded as the page says it.
func (a *answer) money(status, net string) *answer {
	a.t.Helper()
	got := text(a, ".facts .total .money")
	if badge := text(a, ".panel .status"); got != net || !strings.Contains(badge, status) {
		a.t.Errorf("%s: money %q net %q, want %q net %q", a.what, badge, got, status, net)
	}
	return a
}

func (a *answer) offersToCancel(want bool) *answer {
	a.t.Helper()
	if got := a.find("dialog#cancel-order form").Length() == 1; got != want {
		a.t.Errorf("%s: offers to cancel: %t, want %t", a.what, got, want)
	}
	return a
}

func TestOrderThatPeopleCarryOutThemselves(t *testing.T) {
	r := openRealSite(t)
	own := []byte(`{"StartAt":"Own","States":{"Own":{"Type":"Pass","End":true}}}`)
	if err := RegisterStateMachine(t.Context(), r.store, fulfilment.StateMachineName, own); err != nil {
		t.Fatal(err)
	}
	clara := r.as(models.DemoCustomer)
	id := orderAt(clara.puts(notebook).post(paths.Orders, clara.checkout(cardOK)).is(http.StatusSeeOther))
	r.awaitStatus(id, workflow.OrderCompleted)
	clara.look(id).shows("done notneeded notneeded notneeded done", "Your order is completed").money("Nothing asked", "0.00 EUR")
}

func TestOrderThatGoesThrough(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	placed := clara.puts(notebook).post(paths.Orders, clara.checkout(cardOK)).is(http.StatusSeeOther)
	id := orderAt(placed)
	r.awaitStatus(id, workflow.OrderCompleted)
	page := clara.look(id).shows("done done notneeded done done", "It is on its way").money("Charged", "12.90 EUR").offersToCancel(false)
	page.says("Thank you. Your order " + string(id) + " is placed.").says("Visa •••• 4242").says("Not needed").says("Sandbox Parcel")
	if page.find("[data-live]").Length() != 0 {
		t.Error("a page on which nothing changes any more is live")
	}
	if strings.Contains(clara.look(id).body, "Thank you") {
		t.Error("the flash is said twice")
	}
	for _, internal := range []string{"ProcessPayment", "OrderCompleted", "States.", "execution", "tok_"} {
		if strings.Contains(page.body, internal) {
			t.Errorf("the customer reads %q", internal)
		}
	}
}

func TestOrdersThatFail(t *testing.T) {
	for _, tc := range []struct {
		name, item, card  string
		switches          workflow.Switches
		stages, headline  string
		money, net, words string
	}{
		{name: "declined", item: notebook, card: cardDeclines, stages: "done failed notneeded notneeded notneeded",
			headline: "Your card was declined", money: "Declined", net: "0.00 EUR", words: "Nothing was charged."},
		{name: "not charged", item: notebook, card: cardNoCapture, stages: "done failed notneeded notneeded notneeded",
			headline: "Your card could not be charged", money: "Released, not charged", net: "0.00 EUR", words: "Nothing was charged."},
		{name: "bank does not answer", item: notebook, card: cardNoResponse, stages: "done undone notneeded notneeded notneeded",
			headline: "Your bank did not answer", money: "Released, not charged", net: "0.00 EUR", words: "The hold of 12.90 EUR on your card was released."},
		{name: "not shipped", item: notebook, card: cardOK, switches: workflow.Switches{CarrierRefusesShipment: true},
			stages: "done undone notneeded failed notneeded", headline: "We could not ship your order",
			money: "Refunded", net: "0.00 EUR", words: "The 12.90 EUR that were charged have been refunded"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := openRealSite(t)
			if err := r.store.SaveSwitches(t.Context(), tc.switches, ""); err != nil {
				t.Fatal(err)
			}
			clara := r.as(models.DemoCustomer)
			id := clara.orders(tc.item, tc.card)
			if o := r.awaitClosed(id); o.Status != workflow.OrderFailed || o.Attention {
				t.Fatalf("%s %q", o.Status, o.Reason)
			}
			clara.look(id).shows(tc.stages, tc.headline).money(tc.money, tc.net).says(tc.words).offersToCancel(false)
		})
	}
}

func TestLastUnitGoesToOneOfTwo(t *testing.T) {
	r := openRealSite(t)
	clara, karl := r.as(models.DemoCustomer), r.as(models.DemoSecondCustomer)
	// Both pay with a card that needs a retry, so that both orders exist before either has the goods.
	first, second := clara.orders(lastOne, cardThirdTime), karl.orders(lastOne, cardThirdTime)
	a, b := r.awaitClosed(first), r.awaitClosed(second)
	if a.Status == workflow.OrderFailed {
		a, b, clara, karl, second = b, a, karl, clara, first
	}
	if a.Status != workflow.OrderCompleted || b.Status != workflow.OrderFailed {
		t.Fatalf("%s and %s", a.Status, b.Status)
	}
	karl.look(second).shows("done undone notneeded failed notneeded", "It is out of stock").money("Released, not charged", "0.00 EUR").
		says("Limited-edition print is out of stock.")
}

func TestCardThatNeedsThreeAttempts(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(notebook, cardThirdTime)
	r.awaitRetry(id)
	page := clara.look(id).shows("done waiting ahead ahead ahead", "Your bank did not answer").offersToCancel(true).says("We try your card again")
	if got := text(page, ".next .by time"); got != "in 5 s" {
		t.Errorf("next attempt %q", got)
	}
	if o := r.awaitClosed(id); o.Status != workflow.OrderCompleted {
		t.Errorf("%s %q", o.Status, o.Reason)
	}
}

func TestOrderThatWaitsForApproval(t *testing.T) {
	r := openRealSite(t)
	clara := r.as(models.DemoCustomer)
	id := clara.orders(desk, cardOK)
	a := r.approvalOf(id)
	page := clara.look(id).shows("done done waiting ahead ahead", "Waiting for a countersignature").money("Authorised, not charged", "0.00 EUR").
		offersToCancel(true).says("The total of 890.00 EUR is above the limit of 500.00 EUR.").says("The hold of 890.00 EUR on your card is released")
	if got := page.find(".next .by time").AttrOr("datetime", ""); got != a.Deadline.Format("2006-01-02T15:04:05.000Z") {
		t.Errorf("by %s, want %s", got, a.Deadline)
	}
	if strings.Contains(page.body, string(a.Token)) {
		t.Error("the customer reads the task token")
	}
	r.clock.advance(24*time.Hour + time.Second)
	r.awaitStatus(id, workflow.OrderRejected)
	again := r.as(models.DemoCustomer)
	again.look(id).shows("done undone failed notneeded notneeded", "Your order was not approved").money("Released, not charged", "0.00 EUR").
		says("Nobody approved the order before the deadline.")
}

func TestOthersOrdersAreNotThere(t *testing.T) {
	r := openRealSite(t)
	id := r.as(models.DemoCustomer).orders(desk, cardOK)
	r.approvalOf(id)
	karl := r.as(models.DemoSecondCustomer)
	for _, path := range []string{paths.Order(string(id)), paths.OrderLive(string(id)), paths.Order("CS-NONE")} {
		karl.get(path).is(http.StatusNotFound)
	}
	karl.post(paths.OrderCancel(string(id)), nil).is(http.StatusNotFound)
	if list := karl.get(paths.Orders).is(http.StatusOK); strings.Contains(list.body, string(id)) {
		t.Error("Karl's list has Clara's order")
	}
	r.browser().get(paths.Order(string(id))).is(http.StatusSeeOther)
	for staff, links := range map[string]int{models.DemoApprover: 0, models.DemoOperator: 1, models.DemoAdministrator: 1} {
		b := r.as(staff)
		page := b.look(id).offersToCancel(false)
		if n := page.find("a[href='" + paths.Execution(r.keyOf(id)) + "']").Length(); n != links {
			t.Errorf("%s: %d links to the execution", staff, n)
		}
		b.post(paths.OrderCancel(string(id)), nil).is(http.StatusForbidden)
	}
	if o := r.awaitStatus(id, workflow.OrderAwaitingApproval); o.CancelRequested {
		t.Error("a stranger has cancelled the order")
	}
}

func TestListOfOrders(t *testing.T) {
	r := openRealSite(t)
	clara, karl := r.as(models.DemoCustomer), r.as(models.DemoSecondCustomer)
	for range ordersOnPage {
		clara.orders(notebook, cardOK)
		r.clock.advance(time.Second)
	}
	newest := karl.puts(notebook).orders(desk, cardOK)
	r.approvalOf(newest)

	mine := clara.get(paths.Orders).is(http.StatusOK)
	if n := mine.find("tbody tr").Length(); n != ordersOnPage || mine.find(".pager-older").Length() != 0 {
		t.Errorf("%d orders on the page", n)
	}
	all := r.as(models.DemoOperator).get(paths.Orders).is(http.StatusOK)
	row := all.find("tbody tr").First()
	for _, want := range []string{"1 × Notebook and 1 more", string(newest), "Karl Customer", "Waiting for approval", "902.90 EUR"} {
		if got := row.Text(); !strings.Contains(got, want) {
			t.Errorf("the first row does not say %q: %q", want, got)
		}
	}
	older := all.find(".pager-older").AttrOr("href", "")
	second := r.as(models.DemoOperator).get(older).is(http.StatusOK)
	if n := second.find("tbody tr").Length(); n != 1 {
		t.Errorf("%d orders on the second page", n)
	}
	if got := second.find("[data-live]").AttrOr("hx-sse:connect", ""); got != strings.Replace(older, "/orders?", "/orders/~/live?", 1) {
		t.Errorf("the second page is kept current from %s", got)
	}
	waiting := r.as(models.DemoOperator).get(paths.OrderList(string(workflow.OrderAwaitingApproval), "")).is(http.StatusOK)
	if n := waiting.find("tbody tr").Length(); n != 1 {
		t.Errorf("%d orders wait", n)
	}
	r.as(models.DemoOperator).get(paths.OrderList(paths.NeedsAttention, "")).is(http.StatusOK).says("No orders")
}
