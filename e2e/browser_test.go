package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"countersign/e2e/chromium"
)

// user is somebody at a browser window.
type user struct {
	t       *testing.T
	app     *app
	ctx     context.Context
	console *console
}

// size of a browser window in CSS pixels.
type size struct{ width, height int64 }

var (
	desktop = size{1280, 900}
	phone   = size{390, 844}
)

// newUser opens a window of its own, with no cookies.
func newUser(t *testing.T, a *app, s size) *user {
	t.Helper()
	return window(chromium.Window(t), t, a, s)
}

// tab opens another tab of the same window: the same cookies.
func (u *user) tab() *user {
	u.t.Helper()
	ctx, end := chromedp.NewContext(u.ctx)
	u.t.Cleanup(end)
	return window(ctx, u.t, u.app, desktop)
}

func window(ctx context.Context, t *testing.T, a *app, s size) *user {
	t.Helper()
	u := &user{t: t, app: a, ctx: ctx}
	viewport := chromedp.EmulateViewport(s.width, s.height)
	if s == phone {
		viewport = chromedp.EmulateViewport(s.width, s.height, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	// The first action makes the window and must not have a deadline: it would end the window too.
	if err := chromedp.Do(ctx, viewport); err != nil {
		t.Fatalf("open a window: %v", err)
	}
	u.console = watchConsole(u)
	u.systemSays(map[string]string{"prefers-reduced-motion": "reduce"}) // most of a browser's work would be to move what nobody looks at
	return u
}

// moves lets the window show motion, as most people's do.
func (u *user) moves() *user {
	u.t.Helper()
	u.systemSays(map[string]string{"prefers-reduced-motion": "no-preference"})
	return u
}

// person signs a demo person in, in a window of their own.
func (a *app) person(t *testing.T, name string, s size) *user {
	t.Helper()
	u := newUser(t, a, s)
	u.becomes(name)
	return u
}

// becomes signs a demo person in by one click.
func (u *user) becomes(name string) {
	u.t.Helper()
	u.open("/signin")
	u.click(`button[name="person"][value="` + name + `"]`)
	u.until("signed in as "+name, `location.pathname !== "/signin" && document.querySelector("button.account") !== null`)
}
