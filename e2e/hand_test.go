package e2e

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// spot is a place in a window, in CSS pixels.
type spot struct{ X, Y float64 }

// where is the middle of the first match once the page is there, it is seen, and nothing covers it.
const where = `(element => {
	if (document.readyState !== "complete" || !element?.checkVisibility({ visibilityProperty: true })) return null;
	element.scrollIntoView({ block: "center", behavior: "instant" });
	const box = element.getClientRects()[0];
	if (!box) return null;
	const middle = { X: box.x + box.width / 2, Y: box.y + box.height / 2 };
	const hit = document.elementFromPoint(middle.X, middle.Y);
	return hit && (element.contains(hit) || hit.closest("label")?.contains(element)) ? middle : null;
})(document.querySelector(%q))`

// click presses the first match.
func (u *user) click(selector string) {
	u.t.Helper()
	u.clicks(selector, 1)
}

// clicks waits until what is to be pressed stays in one place, since what has just arrived above
// it may push it away from under the pointer, and presses it.
func (u *user) clicks(selector string, times int) {
	u.t.Helper()
	var at *spot
	eventually(u.t, patience, "somebody can click "+selector, func() bool {
		before := u.looksFor(selector)
		<-time.After(30 * time.Millisecond)
		at = u.looksFor(selector)
		return before != nil && at != nil && *before == *at
	}, u.describe)
	var fast []chromedp.Action[chromedp.Void]
	for n := range times {
		fast = append(fast, chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(n+1)))
	}
	u.do("click "+selector, fast...)
}

// looksFor is where the first match can be pressed, or nil.
func (u *user) looksFor(selector string) *spot {
	ctx, cancel := context.WithTimeout(u.ctx, patience)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Evaluate[*spot](fmt.Sprintf(where, selector)))
	if err != nil {
		return nil // between two pages
	}
	return at
}

// fill replaces what a field holds by typing.
func (u *user) fill(selector, text string) {
	u.t.Helper()
	u.marksAll(selector)
	u.do("fill "+selector, chromedp.KeyEvent(cmp.Or(text, kb.Delete)))
}

// pastes replaces what a field holds by a text that nobody would type.
func (u *user) pastes(selector, text string) {
	u.t.Helper()
	u.marksAll(selector)
	u.do("paste into "+selector, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// marksAll selects all that a field holds.
func (u *user) marksAll(selector string) {
	u.t.Helper()
	u.see(selector)
	u.do("mark what is in "+selector, evaluate(fmt.Sprintf("document.querySelector(%[1]q).focus(), document.querySelector(%[1]q).select()", selector)))
}
