package e2e

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// scene is an installation in which something of everything has happened.
type scene struct {
	*app
	waiting, shipped, declined, rejected string // orders
	open, decided                        string // paths of decision pages
}

func prepare(t *testing.T) *scene {
	t.Helper()
	s := &scene{app: startApp(t)}
	clara, anton := s.person(t, "clara", desktop), s.person(t, "anton", desktop)
	s.shipped = clara.orders(notebook, goodCard)
	clara.reads(soon, "It is on its way")
	s.declined = clara.orders(notebook, declinedCard)
	clara.reads(soon, "Your card was declined")
	s.rejected = clara.orders(desk, goodCard)
	anton.finds(s.rejected)
	s.decided = anton.path()
	anton.fill("#comment", "Not this year.")
	anton.click(rejectButton)
	anton.reads(soon, "You rejected")
	s.waiting = clara.orders(desk, goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	anton.finds(s.waiting)
	s.open = anton.path()
	clara.adds(notebook) // a cart that is not empty
	return s
}

// pages are all pages that a person can open; the empty name is a visitor.
func (s *scene) pages() map[string][]string {
	orders := []string{"/orders", "/orders/" + s.waiting, "/orders/" + s.shipped, "/orders/" + s.declined, "/orders/" + s.rejected}
	execution := "/executions/order-" + s.waiting
	return map[string][]string{
		"":      {"/signin", "/signin?next=/orders"},
		"clara": append([]string{"/shop", "/orders/CS-none", "/people?none"}, orders...),
		"karl":  {"/shop", "/orders"},
		"anton": {"/inbox", "/inbox?tab=team", "/inbox?tab=decided", s.open, s.decided},
		"olga": {
			"/dashboard", "/orders", "/executions", "/executions?status=FAILED", execution, execution + "?state=ProcessPayment",
			"/executions/order-" + s.shipped, "/executions/order-" + s.declined, "/executions/order-" + s.rejected,
			"/state-machines", "/state-machines/OrderFulfillmentWorkflow", "/state-machines/~/new",
			"/state-machines/OrderFulfillmentWorkflow/edit", "/state-machines/OrderFulfillmentWorkflow/start", "/state-machines/OrderFulfillmentWorkflow/test",
			"/inventory", "/inventory/" + desk, "/mail", "/mail/none",
		},
		"ada": {"/people", "/people/new", "/people/clara", "/people/ada", "/settings", "/settings/sandbox/books", "/audit", "/dashboard"},
	}
}

// TestEveryPage opens every page on a desk in light and on a phone in dark: nothing is wider
// than the window, axe-core finds nothing serious, and the console stays silent, which every
// window checks by itself at its end.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	s := prepare(t)
	for name, paths := range s.pages() {
		for _, look := range []struct {
			size
			scheme string
		}{{desktop, "light"}, {phone, "dark"}} {
			t.Run(fmt.Sprintf("%s at %d", cmp.Or(name, "visitor"), look.width), func(t *testing.T) {
				t.Parallel()
				u := newUser(t, s.app, look.size)
				u.prefers(look.scheme)
				u.forgive("404 (Not Found)", "403 (Forbidden)")
				if name != "" {
					u.becomes(name)
				}
				for _, path := range paths {
					u.open(path)
					u.see("main h1")
					if missing := u.count(".failure"); missing != strings.Count(path, "none") {
						t.Errorf("%s is missing, or is there and should not be", path)
					}
					u.fits()
					u.accessible()
				}
			})
		}
	}
}

// fits checks that nothing makes the page wider than its window, and that every button
// that is not disabled can be brought into view and is then not covered.
func (u *user) fits() {
	u.t.Helper()
	u.settles()
	for _, problem := range get(u, "measure the page", chromedp.Evaluate[[]string](measure)) {
		u.t.Errorf("%s: %s", u.path(), problem)
	}
}

const measure = `(() => {
	const problems = [], wide = document.documentElement.clientWidth;
	const named = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + "." + [...e.classList].join(".") + " " + e.textContent.trim().slice(0, 30);
	if (document.documentElement.scrollWidth > wide || innerWidth > wide + 20) {
		const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > wide + 1);
		problems.push("scrolls sideways: " + document.documentElement.scrollWidth + " in " + wide + ": " + out.slice(0, 5).map(named).join(" | "));
	}
	for (const e of document.querySelectorAll("main .panel, main .notice")) {
		if (e.scrollWidth > e.clientWidth + 1) problems.push("does not hold what is in it: " + named(e) + " " + e.scrollWidth + " in " + e.clientWidth);
	}
	if (wide > 1000) for (const e of document.querySelectorAll("main .table-wrap")) {
		if (e.scrollWidth > e.clientWidth + 1) problems.push("table is cut off: " + named(e) + " " + e.scrollWidth + " in " + e.clientWidth);
	}
	for (const e of document.querySelectorAll("main .btn, main button")) {
		if (e.disabled || !e.checkVisibility({ visibilityProperty: true })) continue;
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const box = e.getBoundingClientRect();
		const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
		if (!hit || !(e.contains(hit) || hit.closest("label")?.contains(e))) problems.push("cannot be pressed: " + named(e) + ", covered by " + (hit ? named(hit) : "nothing"));
		if (box.width < 24 || box.height < 24) problems.push("too small for a finger: " + named(e) + " " + box.width + "×" + box.height);
	}
	scrollTo({ top: 0, behavior: "instant" });
	return problems;
})()`

// TestPhone goes the whole way with a thumb.
func TestPhone(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara, anton := a.person(t, "clara", phone).moves(), a.person(t, "anton", phone).moves()
	clara.fits()
	clara.adds(desk)
	clara.fits()
	clara.picture("phone-shop")
	clara.click(`a.cart-bar`)
	clara.until("the cart is in view", `document.querySelector("#cart").getBoundingClientRect().top < innerHeight`)
	clara.click(`#cart a[href="#checkout"]`)
	order := clara.checksOut(goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	clara.fits()
	clara.picture("phone-order")
	anton.click(`.bottombar a[href="/inbox"]`)
	anton.reads(soon, order)
	anton.fits()
	anton.picture("phone-inbox")
	anton.finds(order)
	anton.fits()
	anton.picture("phone-decision")
	anton.click(approveButton)
	anton.reads(soon, "You approved order "+order)
	clara.reads(soon, "It is on its way")
	clara.fits()
}
