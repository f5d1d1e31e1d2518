package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take before a test fails.
const patience = 20 * time.Second

// do performs actions, or fails the test with what was being done and what the page reads.
func (u *user) do(doing string, actions ...chromedp.Action[chromedp.Void]) {
	u.t.Helper()
	ctx, cancel := context.WithTimeout(u.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		u.t.Fatalf("%s: %v\n%s", doing, err, u.describe())
	}
}

// get reads a value from the page. Between two pages there is nobody to answer: then the next
// page is asked.
func get[T any](u *user, what string, action chromedp.Action[T]) (value T) {
	u.t.Helper()
	eventually(u.t, patience, what, func() bool {
		ctx, cancel := context.WithTimeout(u.ctx, patience)
		defer cancel()
		var err error
		value, err = chromedp.Run(ctx, action)
		if refused := new(cdproto.Error); err != nil && !errors.As(err, &refused) {
			u.t.Fatalf("%s: %v\n%s", what, err, u.describe())
		}
		return err == nil
	}, u.describe)
	return value
}

const pageText = `document.body ? document.body.innerText : ""`

// describe says where the window is, for failures.
func (u *user) describe() string {
	ctx, cancel := context.WithTimeout(u.ctx, 5*time.Second)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](pageText))
	if err != nil {
		return err.Error()
	}
	return at + "\n" + text[:min(len(text), 1500)]
}

func (u *user) open(path string) {
	u.t.Helper()
	u.do("open "+path, chromedp.Navigate(u.app.URL+path))
}

// see waits until the first match takes room on the page.
func (u *user) see(selector string) {
	u.t.Helper()
	u.until("see "+selector, fmt.Sprintf("document.querySelector(%q)?.getClientRects().length > 0", selector))
}

// text is what a person reads in the first match.
func (u *user) text(selector string) string {
	u.t.Helper()
	u.until("find "+selector, fmt.Sprintf("document.querySelector(%q)", selector))
	return get(u, "read "+selector, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q).innerText", selector)))
}

func (u *user) path() string {
	u.t.Helper()
	return strings.TrimPrefix(get(u, "where am I", chromedp.Location()), u.app.URL)
}

// reads waits until the page shows a text, without being reloaded by us.
func (u *user) reads(within time.Duration, want string) {
	u.t.Helper()
	u.comesTo(within, fmt.Sprintf("the page reads %q", want), fmt.Sprintf("document.body.innerText.toLowerCase().includes(%q)", strings.ToLower(want)))
}

// until waits for a condition, written in JavaScript.
func (u *user) until(what, condition string) {
	u.t.Helper()
	u.comesTo(patience, what, condition)
}

// comesTo waits for a condition. A page that is still being loaded, or just being left, does not
// fulfil any.
func (u *user) comesTo(within time.Duration, what, condition string) {
	u.t.Helper()
	ctx, cancel := context.WithTimeout(u.ctx, within)
	defer cancel()
	eventually(u.t, within, what, func() bool {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && Boolean(`+condition+`)`))
		return err == nil && holds
	}, u.describe)
}

// settles waits until nothing on the page moves or changes its colour by itself.
func (u *user) settles() {
	u.t.Helper()
	u.until("the page has come to rest", `document.fonts.status === "loaded" &&
		document.getAnimations().every(a => a.playState !== "running" || a.effect.getComputedTiming().endTime === Infinity)`)
}

// reload loads the page again, as by F5.
func (u *user) reload() {
	u.t.Helper()
	u.do("reload", chromedp.Reload())
}

// leaves goes to no page at all, so that nothing of the window asks the app any more.
func (u *user) leaves() {
	u.t.Helper()
	u.do("leave", chromedp.Navigate("about:blank"))
}

// count is how many elements match.
func (u *user) count(selector string) int {
	u.t.Helper()
	return get(u, "count "+selector, chromedp.Evaluate[int](fmt.Sprintf("document.querySelectorAll(%q).length", selector)))
}

// picture keeps a screenshot when COUNTERSIGN_PICTURES names a directory: of the whole page,
// or of the top of a very long one. Three of them stand in testdata/pictures, for the README.
func (u *user) picture(name string) {
	u.t.Helper()
	dir := os.Getenv("COUNTERSIGN_PICTURES")
	if dir == "" {
		return
	}
	const tallest = 1400
	width := get(u, "measure", chromedp.Evaluate[int64](`innerWidth`))
	before := get(u, "measure", chromedp.Evaluate[int64](`innerHeight`))
	height := get(u, "measure", chromedp.Evaluate[int64](`Math.ceil(document.querySelector(".page, .door").getBoundingClientRect().bottom + scrollY)`))
	u.do("look at the whole page", chromedp.EmulateViewport(width, min(max(height, 640), tallest)), evaluate(`scrollTo({ top: 0, behavior: "instant" })`))
	png := get(u, "take picture "+name, chromedp.CaptureScreenshot())
	u.do("look as before", chromedp.EmulateViewport(width, before))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		u.t.Fatal(err)
	}
}
