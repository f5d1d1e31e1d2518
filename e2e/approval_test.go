package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestDeadlinePasses takes the minute that is the shortest deadline that people can be given. It
// begins before all that run side by side, so that they need not wait for it in the end.
func TestDeadlinePasses(t *testing.T) {
	a := startApp(t)
	olga := a.person(t, "olga", desktop)
	olga.open("/settings")
	olga.forgive("422")
	const form = `form[action="/settings"]`
	olga.fill("#approval_deadline", "0")
	olga.do("choose minutes", chromedp.SetValue(chromedp.CSS("#deadline_unit"), "minutes"))
	olga.click(form + ` button[type="submit"]`)
	olga.reads(soon, "People need at least 1 minute")
	olga.fill("#approval_deadline", "1")
	olga.click(form + ` button[type="submit"]`)
	olga.reads(soon, "Saved. Orders follow these settings from now on.")

	clara, anton := a.person(t, "clara", desktop), a.person(t, "anton", desktop)
	order := clara.orders(desk, goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	clara.until("a countdown", `/in \d+ s/.test(document.querySelector(".next .by time")?.textContent)`)
	clara.live()
	clara.marks()
	anton.finds(order)
	anton.live()
	anton.marks()
	t.Parallel()
	clara.reads(aMinute, "Nobody approved the order before the deadline")
	clara.stays()
	clara.money("0.00 EUR")
	anton.reads(soon, "The deadline passed before anybody decided")
	anton.stays()
	available(t, a, desk, 12)
	olga.mailed(order, "not approved")
}

func TestRejectVoidsAndRestocks(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara := a.person(t, "clara", desktop)
	order := clara.orders(desk, goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	clara.live()
	clara.marks()

	anton := a.person(t, "anton", desktop)
	anton.finds(order)
	anton.click(rejectButton)
	anton.until("the browser asks for the reason", `document.querySelector("#comment:invalid") === document.activeElement`)
	anton.forgive("422")
	anton.fill("#comment", "   ")
	anton.click(rejectButton)
	anton.see("#comment-error")
	if said := anton.text("#comment-error"); !strings.Contains(said, "why") {
		t.Errorf("beside the field it says %q", said)
	}
	anton.fill("#comment", "Too dear before the year's end.")
	anton.click(rejectButton)
	anton.reads(soon, "You rejected order "+order)

	clara.reads(soon, "Your order was not approved")
	clara.reads(soon, "Anton Approver wrote: “Too dear before the year's end.”")
	clara.stays()
	clara.reads(soon, "Released, not charged")
	clara.money("0.00 EUR")
	available(t, a, desk, 12)
}

func TestTwoApproversAtOnce(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	order := a.person(t, "clara", desktop).orders(desk, goodCard)
	anton, berta := a.person(t, "anton", desktop), a.person(t, "berta", desktop)
	// Berta's second tab hears of nothing, as over a lost connection.
	late := berta.tab()
	late.withoutScripts()
	for _, u := range []*user{anton, berta, late} {
		u.finds(order)
		u.see(approveButton)
	}
	berta.live()
	berta.marks()
	anton.click(approveButton)
	anton.reads(soon, "You approved order "+order)

	berta.reads(soon, "Anton Approver approved this order")
	berta.stays()
	if berta.count(approveButton) != 0 {
		t.Error("a decided order can still be approved")
	}
	late.forgive("409")
	late.fill("#comment", "No.")
	late.click(rejectButton)
	late.reads(soon, "Anton Approver approved this order")
	late.reads(soon, "before you")
	late.reads(soon, "has changed nothing")
}

func TestOwnOrderIsForSomebodyElse(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	anton := a.person(t, "anton", desktop)
	order := anton.orders(desk, goodCard)
	anton.reads(soon, "Waiting for a countersignature")
	anton.open("/inbox?tab=team")
	anton.reads(soon, order)
	anton.reads(soon, "Your own order: a colleague decides")
	anton.click(`.approval a`)
	anton.reads(soon, "Whoever ordered cannot countersign")
	if anton.count(approveButton) != 0 {
		t.Error("Anton can approve his own order")
	}
	berta := a.person(t, "berta", desktop)
	berta.finds(order)
	berta.click(approveButton)
	berta.reads(soon, "You approved order "+order)
	anton.reads(soon, "Berta Approver approved this order")
}
