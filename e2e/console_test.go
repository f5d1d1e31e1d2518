package e2e

import (
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/chromedp"
)

// console collects what a window complains about: errors of scripts, violations of the
// Content-Security-Policy, answers that should not have been errors. Every window is
// watched, and a test fails over what it has not forgiven.
type console struct {
	mu       sync.Mutex
	said     []string
	forgiven []string
}

func watchConsole(u *user) *console {
	c := &console{}
	messages := chromedp.Console(u.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException || m.Type == chromedp.ConsoleWarning || m.Source == "security" {
				c.mu.Lock()
				c.said = append(c.said, m.String()+" "+m.URL)
				c.mu.Unlock()
			}
		}
	}()
	u.t.Cleanup(func() {
		for _, complaint := range c.complaints() {
			u.t.Errorf("the console says: %s", complaint)
		}
	})
	return c
}

// forgive expects complaints that hold a text, such as the status of an answer that the
// test provokes.
func (u *user) forgive(texts ...string) {
	u.console.mu.Lock()
	defer u.console.mu.Unlock()
	u.console.forgiven = append(u.console.forgiven, texts...)
}

func (c *console) complaints() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.said), func(said string) bool {
		return slices.ContainsFunc(c.forgiven, func(text string) bool { return strings.Contains(said, text) })
	})
}
