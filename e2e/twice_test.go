package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// numberOfOrders is how many orders Clara's list has.
func (u *user) numberOfOrders(want int) {
	u.t.Helper()
	u.open("/orders")
	u.see("main h1")
	if got := u.count(`main a[href^="/orders/CS-"]`); got != want {
		u.t.Errorf("%d orders, want %d", got, want)
	}
}

func TestDoubleClickIsOneOrder(t *testing.T) {
	t.Parallel()
	clara := startApp(t).person(t, "clara", desktop)
	clara.adds(notebook)
	clara.clicks(placeButton, 2)
	clara.atOrder()
	clara.numberOfOrders(1)
}

// TestDoubleClickWithoutScripts sends the form twice: the server must hold.
func TestDoubleClickWithoutScripts(t *testing.T) {
	t.Parallel()
	clara := startApp(t).person(t, "clara", desktop)
	clara.withoutScripts()
	clara.adds(notebook)
	clara.clicks(placeButton, 2)
	clara.atOrder()
	clara.numberOfOrders(1)
}

// TestBackAndSentAgain sends the very form again that has placed an order, as a browser
// does that kept the page, or after an answer that was lost.
func TestBackAndSentAgain(t *testing.T) {
	t.Parallel()
	clara := startApp(t).person(t, "clara", desktop)
	clara.adds(notebook)
	form := get(clara, "keep the form", chromedp.OuterHTML(chromedp.CSS("#checkout")))
	order := clara.checksOut(goodCard)

	clara.do("back", chromedp.NavigateBack())
	clara.until("back in the shop", `location.pathname === "/shop" && document.querySelector(".catalogue")`)
	if clara.count(placeButton) != 0 {
		clara.click(placeButton) // the browser has kept the page
		clara.reads(soon, "placed already")
	}
	clara.do("put the old form back", evaluate(fmt.Sprintf(`document.querySelector("main").innerHTML = %q`, form)))
	clara.click(placeButton)
	clara.reads(soon, "placed already")
	if again := clara.atOrder(); again != order {
		t.Errorf("sent again, the form led to %s, not to %s", again, order)
	}
	clara.numberOfOrders(1)
}

// withoutScripts switches scripts off from the next page on.
func (u *user) withoutScripts() {
	u.t.Helper()
	u.do("switch scripts off", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}
