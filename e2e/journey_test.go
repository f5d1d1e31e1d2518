package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"
)

// Items of the sample catalogue, on both sides of the approval limit of 500.00 EUR.
const (
	notebook  = "item1"  // 12.90 EUR
	desk      = "item6"  // 890.00 EUR
	lastPrint = "item10" // 180.00 EUR, a single one
)

// Test cards of the sandbox bank.
const (
	goodCard      = "4242424242424242"
	declinedCard  = "4000000000000002"
	thirdTimeCard = "4000000000000119"
)

// adds puts one more of an item into the cart.
func (u *user) adds(item string) {
	u.t.Helper()
	u.open("/shop")
	u.click(buyButton(item))
	u.see(`#cart form[action="/cart/items/` + item + `"]`)
}

func buyButton(item string) string {
	return fmt.Sprintf(`form.item-buy:has(input[name="item"][value="%s"]) button`, item)
}

const placeButton = `#checkout button[type="submit"]`

// chooses takes a test card at the checkout.
func (u *user) chooses(card string) {
	u.t.Helper()
	u.click(`#checkout input[name="card"][value="` + card + `"] + label`)
}

// checksOut places what is in the cart, and tells the number of the order.
func (u *user) checksOut(card string) string {
	u.t.Helper()
	u.chooses(card)
	u.click(placeButton)
	return u.atOrder()
}

// orders is the whole way from the shop to the page of a new order.
func (u *user) orders(item, card string) string {
	u.t.Helper()
	u.adds(item)
	return u.checksOut(card)
}

// atOrder waits for the page of an order, and tells its number.
func (u *user) atOrder() string {
	u.t.Helper()
	u.until("on the page of an order", `location.pathname.startsWith("/orders/") && document.querySelector(".next h2")`)
	return strings.TrimPrefix(u.path(), "/orders/")
}

// marks the document, so that stays can tell a page that moved by itself from one that was loaded again.
func (u *user) marks() {
	u.t.Helper()
	u.do("mark the page", evaluate(`window.untouched = true`))
}

func (u *user) stays() {
	u.t.Helper()
	if !get(u, "look for the mark", chromedp.Evaluate[bool](`window.untouched === true`)) {
		u.t.Error("the page was loaded again")
	}
}

// live waits until the page is connected to the server.
func (u *user) live() {
	u.t.Helper()
	u.see(`[data-live-note="on"]`)
}

// evaluate is a script for what it does.
func evaluate(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}

// money is what the page of an order says was charged minus refunded.
func (u *user) money(want string) {
	u.t.Helper()
	if got := u.text(`.facts .total dd`); got != want {
		u.t.Errorf("charged minus refunded: %q, want %q", got, want)
	}
}

// finds opens the decision page of an order from the inbox.
func (u *user) finds(order string) {
	u.t.Helper()
	u.open("/inbox")
	row := fmt.Sprintf(`[...document.querySelectorAll(".approval")].find(row => row.textContent.includes(%q))`, order)
	u.until(order+" stands in the inbox", row)
	u.click(`[id="` + get(u, "find "+order, chromedp.Evaluate[string](row+`.id`)) + `"] a`)
	u.until("on the decision page", `/^\/inbox\/./.test(location.pathname) && document.querySelector("main h1")`)
}

const (
	approveButton = `button[value="approve"]`
	rejectButton  = `button[value="reject"]`
)

// soon is how long something that happens by itself may take.
const (
	soon    = 10 * time.Second
	aMinute = 60*time.Second + soon
)

// available checks what can be sold of an item, by the operator's inventory.
func available(t *testing.T, a *app, item string, want int) {
	t.Helper()
	page, err := signIn(t, a, "olga").get(t.Context(), "/inventory")
	if err != nil {
		t.Fatal(err)
	}
	inventory, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	row := inventory.Find(`tr:has(a[href="/inventory/` + item + `"])`)
	if got := strings.TrimSpace(row.Find(`[data-label="Available"]`).Text()); got != strconv.Itoa(want) {
		t.Errorf("available of %s: %q, want %d", item, got, want)
	}
	if reserved := strings.TrimSpace(row.Find(`[data-label="Reserved"]`).Text()); reserved != "0" {
		t.Errorf("reserved of %s: %q", item, reserved)
	}
}
