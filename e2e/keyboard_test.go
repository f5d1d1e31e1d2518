package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tabsTo presses Tab until an element has the focus, and checks that the focus can be seen.
func (u *user) tabsTo(selector string) {
	u.t.Helper()
	const far = 120 // more than any page has
	for range far {
		u.do("press Tab", chromedp.KeyEvent(kb.Tab))
		if !get(u, "where is the focus", chromedp.Evaluate[bool](fmt.Sprintf("document.activeElement.matches(%q)", selector))) {
			continue
		}
		if !get(u, "is the focus seen", chromedp.Evaluate[bool](focusSeen)) {
			u.t.Errorf("%s has the focus, and nobody sees it", selector)
		}
		return
	}
	u.t.Fatalf("Tab never comes to %s\n%s", selector, u.describe())
}

// focusSeen: an outline or a ring, on the element, on what it draws after itself, or, for a
// radio, on its label.
const focusSeen = `(() => {
	const e = document.activeElement;
	const seen = s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none";
	return seen(getComputedStyle(e)) || seen(getComputedStyle(e, "::after")) ||
		e.type === "radio" && seen(getComputedStyle(e.nextElementSibling));
})()`

func (u *user) presses(key string) {
	u.t.Helper()
	u.do("press a key", chromedp.KeyEvent(key))
}

// TestKeyboardOnly signs in, orders, and decides without a mouse.
func TestKeyboardOnly(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	clara := newUser(t, a, desktop)
	clara.open("/signin")
	clara.tabsTo(`button[value="clara"]`)
	clara.presses(kb.Enter)
	clara.until("signed in", `location.pathname === "/shop" && document.querySelector(".catalogue")`)
	clara.presses(kb.Tab)
	clara.presses(kb.Enter) // skip to content
	clara.tabsTo(buyButton(desk))
	clara.presses(kb.Enter)
	clara.see(`#cart form[action="/cart/items/` + desk + `"]`)
	if !get(clara, "where is the focus", chromedp.Evaluate[bool](fmt.Sprintf("document.activeElement.matches(%q)", buyButton(desk)))) {
		t.Error("adding to the cart loses the focus")
	}
	clara.tabsTo(`#checkout input[name="card"]`)
	clara.presses(kb.ArrowDown)
	clara.presses(kb.ArrowUp)
	clara.tabsTo(placeButton)
	clara.presses(kb.Enter)
	order := clara.atOrder()
	clara.reads(soon, "Waiting for a countersignature")

	clara.tabsTo(`button[commandfor="cancel-order"]`)
	clara.presses(kb.Enter)
	clara.until("the dialog has the focus", `document.activeElement.closest("dialog[open]")`)
	clara.presses(kb.Escape)
	clara.until("the dialog is closed, and the focus back", `document.activeElement.matches("button[commandfor=cancel-order]")`)

	anton := a.person(t, "anton", desktop)
	anton.reads(soon, order)
	anton.tabsTo(`.approval a`)
	anton.presses(kb.Enter)
	anton.until("on the decision page", `document.querySelector("#comment")`)
	anton.tabsTo(`#comment`)
	anton.presses("Fine by me")
	anton.tabsTo(approveButton)
	anton.presses(kb.Enter)
	anton.reads(soon, "You approved order "+order)
}
