package stories

import (
	"bytes"
	_ "embed"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"countersign/static"
)

// axe-core 4.14.1, Mozilla Public License 2.0; the licence lies beside it. Used in tests only.
//
//go:embed axe-core-4.14.1/axe.min.js
var axe string

// check runs axe and words what it finds; an empty answer is a clean page. What a link in a drawing
// shows is left out of the comparison with its name: axe reads the lines of its text as one word.
const check = `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then((result) => result.violations
		.map((v) => ({...v, nodes: v.nodes.filter((n) => v.id !== "label-content-name-mismatch" || !document.querySelector(n.target[0]).closest("svg"))}))
		.filter((v) => v.nodes.length > 0).map((v) => v.id + ": " + v.help + "\n    " +
		v.nodes.map((n) => n.target.join(" ") + " (" + (n.any[0]?.message ?? n.all[0]?.message ?? "") + ")").join("\n    ")).join("\n  "))`

// TestAccessible checks the fullest state of every page: on a wide window in light and on a
// phone in dark colours.
func TestAccessible(t *testing.T) {
	pages := fullest(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := strings.CutPrefix(r.URL.Path, static.Prefix); ok && static.Exists(name) {
			http.Redirect(w, r, static.URL(name), http.StatusFound) // stories name assets without their hash
		} else if ok {
			static.Handler().ServeHTTP(w, r)
		} else if body, ok := pages[strings.TrimPrefix(r.URL.Path, "/")]; ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(body)
		} else {
			w.WriteHeader(http.StatusNoContent) // a stream: the page stays as it is
		}
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	ctx := browse(t)
	names := make([]string, 0, len(pages))
	for name := range pages {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for scheme, width := range map[string]int64{"light": 1280, "dark": 390} {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}})
			if err != nil {
				t.Fatal(err)
			}
			do(t, ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+"/"+name), chromedp.Evaluate[chromedp.Void](axe))
			until(t, ctx, `document.fonts.status === "loaded"`)
			found, err := chromedp.Run(ctx, chromedp.Evaluate[string](check, func(p *runtime.EvaluateParams) { wait := true; p.AwaitPromise = &wait }))
			if err != nil {
				t.Fatal(err)
			}
			if found != "" {
				t.Errorf("%s, %s, %d wide:\n  %s", name, scheme, width, found)
			}
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
			if err != nil {
				t.Fatal(err)
			}
			if wide > width {
				t.Errorf("%s is %d wide in a window of %d: it scrolls sideways", name, wide, width)
			}
		}
	}
}

// fullest renders, for each page, the story with most different things in it: a long list of
// what is alike takes axe minutes and shows nothing new.
func fullest(t *testing.T) map[string][]byte {
	t.Helper()
	best, most := map[string]string{}, map[string]int{}
	all := map[string][]byte{}
	for _, story := range All() {
		var body bytes.Buffer
		if err := story.Page.Render(t.Context(), &body); err != nil {
			t.Fatal(err)
		}
		all[story.Name] = body.Bytes()
		page, _, _ := strings.Cut(story.Name, "-")
		if n := different(t, body.Bytes()); n > most[page] {
			best[page], most[page] = story.Name, n
		}
	}
	out := map[string][]byte{}
	for _, name := range best {
		out[name] = all[name]
	}
	return out
}

// different counts the elements of a page that differ in what they are, by tag, class and role.
func different(t *testing.T, page []byte) int {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	doc.Find("body *").Each(func(_ int, s *goquery.Selection) {
		parent := goquery.NodeName(s.Parent())
		seen[strings.Join([]string{parent, goquery.NodeName(s), s.AttrOr("class", ""), s.AttrOr("role", ""), s.AttrOr("type", "")}, " ")] = true
	})
	return len(seen)
}
