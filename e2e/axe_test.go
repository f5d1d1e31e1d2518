package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is axe-core, which stands in this repository once.
var axe = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("../views/stories/axe-core-4.14.1/axe.min.js") })

// violation is a rule of axe-core that a page breaks.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		Target  []any  `json:"target"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for i, n := range v.Nodes {
		if i == 4 {
			fmt.Fprintf(&b, "\n    and %d more", len(v.Nodes)-i)
			break
		}
		fmt.Fprintf(&b, "\n    %v %s", n.Target, strings.ReplaceAll(n.Summary, "\n", " "))
	}
	return b.String()
}

// What a link in a drawing shows is not compared with its name: axe-core reads the lines of
// its text as one word. Rules whose breaking is never serious are not run: nobody is told of it.
const runAxe = `(async () => {
	const light = axe._audit.rules.filter(rule => rule.impact !== "serious" && rule.impact !== "critical");
	const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: Object.fromEntries(light.map(rule => [rule.id, { enabled: false }])) });
	const drawn = node => document.querySelector(node.target[0])?.closest("svg");
	for (const v of violations) if (v.id === "label-content-name-mismatch") v.nodes = v.nodes.filter(n => !drawn(n));
	return violations.filter(v => v.nodes.length > 0 && (v.impact === "serious" || v.impact === "critical"));
})()`

// accessible checks the page as it stands.
func (u *user) accessible() {
	u.t.Helper()
	u.settles()
	script, err := axe()
	if err != nil {
		u.t.Fatal(err)
	}
	u.do("load axe-core", evaluate(string(script)))
	for _, v := range get(u, "run axe-core", chromedp.Evaluate[[]violation](runAxe, chromedp.EvalAwaitPromise)) {
		u.t.Errorf("%s: %s", u.path(), v)
	}
}

// prefers sets what the operating system would say: light or dark, and no motion, so that
// colours do not take their time to change.
func (u *user) prefers(scheme string) {
	u.t.Helper()
	u.systemSays(map[string]string{"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"})
}

// systemSays sets media features.
func (u *user) systemSays(features map[string]string) {
	u.t.Helper()
	var all []*emulation.MediaFeature
	for name, value := range features {
		all = append(all, &emulation.MediaFeature{Name: name, Value: value})
	}
	u.do("set what the system says", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: all})
		return err
	}))
}
