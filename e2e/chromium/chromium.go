// Package chromium is the browser of a test program: one process for all its tests, started by
// the first that asks, with a window of its own for each. Chromium's headless shell, which draws
// to no screen, is taken before the browser itself: it takes a third less time for the same pages.
// Without either, a test is skipped with one line, or fails if COUNTERSIGN_TEST_NOTHING_SKIPPED=1.
// It must not know what is looked at.
package chromium

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var names = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// Window opens a window without cookies, until the end of the test.
func Window(t testing.TB) context.Context {
	t.Helper()
	path := installed()
	if path == "" {
		if os.Getenv("COUNTERSIGN_TEST_NOTHING_SKIPPED") != "" {
			t.Fatal("no Chromium is installed, and nothing may be skipped")
		}
		t.Skip("skipped: Chromium is not installed")
	}
	process, err := start(path)
	if err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	ctx, end := chromedp.NewContext(process, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	return ctx
}

func installed() string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

var (
	once    sync.Once
	running context.Context
	failed  error
	end     = func() {}
)

func start(path string) (context.Context, error) {
	once.Do(func() {
		allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1280, 900),
			chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-smooth-scrolling", true), chromedp.Flag("hide-scrollbars", true),
			chromedp.WSURLReadTimeout(time.Minute))...)
		ctx, endBrowser := chromedp.NewContext(allocator)
		failed = chromedp.Do(ctx)
		running, end = ctx, func() { endBrowser(); endAllocator() }
	})
	return running, failed
}

// Quit ends the browser, if there is one: the last thing a TestMain does.
func Quit() {
	end()
}
