package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestOrderApproveShip is what a newcomer does first.
func TestOrderApproveShip(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	anton := a.person(t, "anton", desktop).moves()
	anton.open("/inbox")
	anton.live()
	anton.marks()

	clara := newUser(t, a, desktop).moves()
	clara.open("/")
	clara.until("led to the sign-in", `location.pathname === "/signin"`)
	clara.picture("signin")
	clara.click(`button[name="person"][value="clara"]`)
	clara.see(`.catalogue`)
	clara.reads(soon, "Your first order")
	clara.adds(desk)
	clara.reads(soon, "Until then your card is only held, not charged")
	clara.picture("shop")
	order := clara.checksOut(goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	if by := clara.text(".next .by"); !regexp.MustCompile(`By \w+ \d+ \w+, \d\d:\d\d .*in 2[34] hours|in 1 day`).MatchString(by) {
		t.Errorf("the deadline reads %q", by)
	}
	clara.money("0.00 EUR")
	clara.picture("order-waiting")
	clara.live()
	clara.marks()

	anton.reads(soon, order)
	anton.stays()
	anton.picture("inbox")
	anton.finds(order)
	anton.reads(soon, "The total of 890.00 EUR is above the limit of 500.00 EUR")
	if will := anton.text(".effects"); !strings.Contains(will, "Charge 890.00 EUR") || !strings.Contains(will, "Release the hold of 890.00 EUR") {
		t.Errorf("what deciding will do:\n%s", will)
	}
	anton.picture("decision")
	anton.fill("#comment", "Within this quarter's budget.")
	anton.click(approveButton)
	anton.reads(soon, "You approved order "+order)

	clara.reads(soon, "It is on its way")
	clara.stays()
	clara.until("no longer live", `document.querySelector("[data-live-note]") === null`)
	if tracking := get(clara, "tracking", chromedp.Evaluate[string](`document.querySelector(".facts .mono").textContent`)); len(tracking) < 8 {
		t.Errorf("tracking number %q", tracking)
	}
	clara.money("890.00 EUR")
	clara.picture("order-shipped")
	clara.reload()
	clara.reads(soon, "It is on its way")
}

func TestOrderBelowTheLimitGoesStraightThrough(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara := a.person(t, "clara", desktop)
	clara.adds(notebook)
	clara.click(`#cart button[aria-label="One more Notebook"]`)
	clara.until("two notebooks", `document.querySelector("#cart output").textContent === "2"`)
	order := clara.checksOut(goodCard)
	clara.reads(soon, "It is on its way")
	clara.money("25.80 EUR")
	clara.open("/orders")
	clara.reads(soon, order)
	clara.open("/shop")
	if cart := clara.text("#cart"); !strings.Contains(cart, "Empty") {
		t.Errorf("the cart still reads %q", cart)
	}
}

func TestDeclinedCard(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara := a.person(t, "clara", desktop)
	clara.orders(notebook, declinedCard)
	clara.reads(soon, "Your card was declined")
	clara.reads(soon, "Nothing was charged")
	clara.money("0.00 EUR")
	available(t, a, notebook, 120)
}

// threeAttempts is how long the definition waits between them, 5 and then 10 seconds, and what may
// come on top of it.
const threeAttempts = 15*time.Second + soon

func TestCardThatNeedsThreeAttempts(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara := a.person(t, "clara", desktop)
	clara.orders(notebook, thirdTimeCard)
	clara.reads(soon, "Your bank did not answer")
	clara.marks()
	clara.until("a countdown", `/in \d+ s/.test(document.querySelector(".next .by time")?.textContent)`)
	clara.reads(threeAttempts, "It is on its way")
	clara.stays()
	clara.money("12.90 EUR")
	a.terminate()
	a.audit() // the books have one charge
}

// TestTwoBuyersOfTheLastOne lets both orders in before either has the goods: both cards
// need a second and a third attempt. Everything but the last click is done before.
func TestTwoBuyersOfTheLastOne(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara, karl := a.person(t, "clara", desktop), a.person(t, "karl", desktop)
	late := a.person(t, "olga", desktop)
	late.adds(lastPrint)
	for _, u := range []*user{clara, karl} {
		u.adds(lastPrint)
		u.chooses(thirdTimeCard)
	}
	for _, u := range []*user{clara, karl} {
		u.click(placeButton)
	}
	for _, u := range []*user{clara, karl} {
		u.atOrder()
		u.comesTo(threeAttempts, "the end of an order", `/on its way|out of stock/.test(document.querySelector(".next h2")?.textContent)`)
	}
	winner, loser := clara, karl
	if strings.Contains(clara.text(".next h2"), "out of stock") {
		winner, loser = karl, clara
	}
	winner.reads(soon, "It is on its way")
	winner.money("180.00 EUR")
	loser.reads(soon, "Limited-edition print is out of stock")
	loser.reads(soon, "Released, not charged")
	loser.money("0.00 EUR")

	late.forgive("409")
	late.click(placeButton)
	late.reads(soon, "Not everything in your cart is in stock any more. Nothing was ordered.")
	if buy := late.count(buyButton(lastPrint) + ":disabled"); buy != 1 {
		t.Error("what is out of stock can still be added")
	}
	available(t, a, lastPrint, 0)
}
