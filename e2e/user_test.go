package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
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

// get reads a value from the page.
func get[T any](u *user, what string, action chromedp.Action[T]) T {
	u.t.Helper()
	ctx, cancel := context.WithTimeout(u.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		u.t.Fatalf("%s: %v\n%s", what, err, u.describe())
	}
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

// click clicks the first match once it is visible.
func (u *user) click(selector string) {
	u.t.Helper()
	s := chromedp.CSS(selector)
	u.do("look for "+selector, chromedp.WaitVisible(s), chromedp.ScrollIntoView(s))
	u.still(selector)
	u.do("click "+selector, chromedp.Click(s))
}

// still waits until what is to be clicked stays in one place: what has just arrived above it
// may push it away from under the pointer.
func (u *user) still(selector string) {
	u.t.Helper()
	where := chromedp.Evaluate[string](fmt.Sprintf("JSON.stringify(document.querySelector(%q)?.getBoundingClientRect() ?? 0)", selector))
	for before, now := "", get(u, "look at "+selector, where); now != before; {
		<-time.After(30 * time.Millisecond)
		before, now = now, get(u, "look at "+selector, where)
	}
}

func (u *user) see(selector string) {
	u.t.Helper()
	u.do("see "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// fill replaces what a field holds by typing.
func (u *user) fill(selector, text string) {
	u.t.Helper()
	s := chromedp.CSS(selector)
	u.do("fill "+selector, chromedp.WaitVisible(s), evaluate(fmt.Sprintf("document.querySelector(%q).select()", selector)), chromedp.SendKeys(s, cmp.Or(text, kb.Delete)))
}

// text is what a person reads in the first match.
func (u *user) text(selector string) string {
	u.t.Helper()
	return get(u, "read "+selector, chromedp.Text(chromedp.CSS(selector)))
}

func (u *user) path() string {
	u.t.Helper()
	return strings.TrimPrefix(get(u, "where am I", chromedp.Location()), u.app.URL)
}

// reads waits until the page shows a text, without being reloaded by us.
func (u *user) reads(within time.Duration, want string) {
	u.t.Helper()
	ctx, cancel := context.WithTimeout(u.ctx, within)
	defer cancel()
	eventually(u.t, within, fmt.Sprintf("the page reads %q", want), func() bool {
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](pageText))
		return err == nil && strings.Contains(strings.ToLower(text), strings.ToLower(want))
	}, u.describe)
}

// until waits for a condition, written in JavaScript. A page that is just being left or has
// no document yet does not fulfil any.
func (u *user) until(what, condition string) {
	u.t.Helper()
	eventually(u.t, patience, what, func() bool {
		ctx, cancel := context.WithTimeout(u.ctx, patience)
		defer cancel()
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		return err == nil && holds
	}, u.describe)
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
