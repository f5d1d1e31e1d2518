package stories

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"countersign/e2e/chromium"
	"countersign/static"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// policy is the Content-Security-Policy that every page must live with.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'"

// site serves a decision page with its stream and a shop with its cart, as handlers do.
type site struct {
	t *testing.T

	mu       sync.Mutex
	decision pages.Decision
	cart     int64
	ended    bool          // the session: the cart's form is forwarded to the sign-in page
	refuse   int           // status that the stream answers with; 0: it streams
	changed  chan struct{} // closed and replaced when the decision changes
	broken   chan struct{} // closed and replaced to cut the streams
}

func (s *site) change(edit func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *site) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.broken)
	s.broken = make(chan struct{})
}

func (s *site) now() (pages.Decision, chan struct{}, chan struct{}, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.decision, s.changed, s.broken, s.refuse
}

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+static.Prefix, static.Handler())
	mux.HandleFunc("GET "+paths.Approval("ap-1"), func(w http.ResponseWriter, r *http.Request) {
		d, _, _, _ := s.now()
		s.send(w, pages.DecisionPage(d))
	})
	mux.HandleFunc("GET "+paths.ApprovalLive("ap-1"), s.stream)
	mux.HandleFunc("GET "+paths.Shop, func(w http.ResponseWriter, r *http.Request) { s.send(w, pages.ShopPage(s.shop())) })
	mux.HandleFunc("POST "+paths.CartItems, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.cart++
		next := paths.Shop
		if s.ended {
			next = paths.SignInThen(paths.Shop)
		}
		s.mu.Unlock()
		http.Redirect(w, r, next, http.StatusSeeOther)
	})
	form := func(definition string) templ.Component {
		return pages.StateMachineFormPage(pages.StateMachineForm{Definition: definition, Checked: definition != ""})
	}
	mux.HandleFunc("GET "+paths.StateMachineNew, func(w http.ResponseWriter, r *http.Request) { s.send(w, form("")) })
	mux.HandleFunc("GET "+paths.StateMachines, func(w http.ResponseWriter, r *http.Request) { s.send(w, pages.ShopPage(s.shop())) })
	mux.HandleFunc("POST "+paths.StateMachines, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		ended := s.ended
		s.ended = false
		s.mu.Unlock()
		switch {
		case ended:
			http.Redirect(w, r, paths.SignInThen(paths.StateMachines), http.StatusSeeOther)
		case r.FormValue("do") == "save":
			http.Redirect(w, r, paths.StateMachines, http.StatusSeeOther)
		default:
			s.send(w, form(r.FormValue("definition")))
		}
	})
	mux.HandleFunc("POST "+paths.SignIn, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, paths.StateMachines, http.StatusSeeOther)
	})
	mux.HandleFunc("GET "+paths.SignIn, func(w http.ResponseWriter, r *http.Request) { s.send(w, pages.SignInPage(pages.SignIn{CSRF: "x"})) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	})
}

func (s *site) shop() pages.Shop {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := filledShop()
	m.Cart.Lines[0].Quantity += s.cart
	m.Checkout.Name = ""
	for i := range m.Items {
		m.Items[i].Picture = static.URL(strings.TrimPrefix(m.Items[i].Picture, "/static/"))
	}
	for i := range m.Cart.Lines {
		m.Cart.Lines[i].Picture = static.URL(strings.TrimPrefix(m.Cart.Lines[i].Picture, "/static/"))
	}
	return m
}

func (s *site) send(w http.ResponseWriter, content templ.Component) {
	p := page(anton, "Test", layouts.Inbox)
	p.Asset, p.Now = static.URL, time.Now()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := shell(p, content).Render(context.Background(), w); err != nil {
		s.t.Error(err)
	}
}

// stream keeps the contract that components.Live writes down.
func (s *site) stream(w http.ResponseWriter, r *http.Request) {
	_, _, broken, refuse := s.now()
	if refuse != 0 {
		http.Error(w, "refused", refuse)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for {
		d, changed, _, _ := s.now()
		var html strings.Builder
		if err := pages.DecisionFragment(d).Render(r.Context(), &html); err != nil {
			return
		}
		fmt.Fprintf(w, "data: %s\n\n", strings.ReplaceAll(html.String(), "\n", "\ndata: "))
		if d.Status != workflow.ApprovalPending {
			fmt.Fprint(w, "event: end\ndata: end\n\n")
		}
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-broken:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// patience is for a slow machine; a page that answers takes none of it.
const patience = 5 * time.Minute

// browse opens a window of its own, with no cookies, and fails the test when a page breaks the
// Content-Security-Policy.
func browse(t *testing.T) context.Context {
	t.Helper()
	ctx := chromium.Window(t)
	// The first action makes the window and must not have a deadline: it would end the window too.
	if err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok && strings.Contains(e.Entry.Text, "Content Security Policy") {
			t.Errorf("the page breaks its policy: %s", e.Entry.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	return ctx
}

func TestMain(m *testing.M) {
	code := m.Run()
	chromium.Quit()
	os.Exit(code)
}

func start(t *testing.T) (*site, string) {
	t.Helper()
	s := &site{t: t, decision: decision(), changed: make(chan struct{}), broken: make(chan struct{})}
	s.decision.Deadline = time.Now().Add(time.Hour)
	server := httptest.NewServer(s.handler())
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return s, server.URL
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// until waits for a condition that is written in the page's language. It asks again and again from
// outside, because the policy forbids the page to evaluate text. A page that is still being loaded
// does not fulfil any, and between two pages there is nobody to answer.
func until(t *testing.T, ctx context.Context, condition string) {
	t.Helper()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && Boolean(`+condition+`)`))
		if refused := new(cdproto.Error); err != nil && !errors.As(err, &refused) {
			t.Fatalf("waiting for %s: %v", condition, err)
		}
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", condition)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

const note = `document.querySelector("[data-live-note]")?.dataset.liveNote`

func TestLivePageFollowsAndKeepsWhatWasTyped(t *testing.T) {
	s, url := start(t)
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate(url+paths.Approval("ap-1")))
	until(t, ctx, note+` === "on"`)
	do(t, ctx, chromedp.SendKeys(chromedp.CSS("#comment"), "We have enough desks"))

	s.change(func() { s.decision.Why = "The limit was lowered meanwhile." })
	until(t, ctx, `document.body.textContent.includes("The limit was lowered")`)
	until(t, ctx, `document.querySelector("#comment").value === "We have enough desks" && document.activeElement.id === "comment"`)

	// A lost connection is said, then mended, and nothing that happened meanwhile is missed.
	s.change(func() { s.refuse = http.StatusServiceUnavailable })
	s.cut()
	until(t, ctx, note+` === "off"`)
	s.change(func() { s.refuse = 0; s.decision.Why = "Said while you were away." })
	until(t, ctx, note+` === "on" && document.body.textContent.includes("Said while you were away")`)

	// Somebody else decides: the form goes, the outcome comes, and the stream is closed for good.
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`document.addEventListener("htmx:sse:close", (event) => { window.streamEnd = event.detail.reason })`))
	s.change(func() {
		s.decision.Status, s.decision.DecidedBy, s.decision.DecidedAt = workflow.ApprovalApproved, "Berta Approver", time.Now()
	})
	until(t, ctx, `document.body.textContent.includes("Berta Approver approved this order") && !document.querySelector("#decide")`)
	until(t, ctx, `window.streamEnd === "message"`)
}

func TestLivePageRetriesWhenTheFirstConnectionFails(t *testing.T) {
	s, url := start(t)
	s.refuse = http.StatusServiceUnavailable
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate(url+paths.Approval("ap-1")))
	until(t, ctx, note+` === "off"`)
	until(t, ctx, `document.querySelector("#decide") !== null`) // the refusal did not replace the page
	s.change(func() { s.refuse = 0 })
	until(t, ctx, note+` === "on"`)
}

func TestAddingToTheCartKeepsTheHalfFilledForm(t *testing.T) {
	_, url := start(t)
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate(url+paths.Shop))
	do(t, ctx,
		chromedp.SendKeys(chromedp.CSS("#name"), "Clara"),
		chromedp.Evaluate[chromedp.Void](`window.stayed = true; document.querySelector("#card-2").click()`),
		chromedp.Click(chromedp.CSS(".item-buy button")))
	until(t, ctx, `document.querySelector(".stepper output").textContent === "3"`)
	until(t, ctx, `window.stayed === true && document.querySelector("#name").value === "Clara" && document.querySelector("#card-2").checked`)
}

func TestSignedOutMeanwhileGoesToTheSignInPage(t *testing.T) {
	s, url := start(t)
	ctx := browse(t)
	do(t, ctx, chromedp.Navigate(url+paths.Shop))
	s.change(func() { s.ended = true })
	do(t, ctx, chromedp.Click(chromedp.CSS(".item-buy button")))
	until(t, ctx, `location.pathname === "/signin" && location.search === "?next=%2Fshop" && document.querySelector("#password") !== null`)
}

// A definition that is sent when the session has ended is there again after signing in, and gone
// once it has been answered.
func TestADefinitionSurvivesTheSession(t *testing.T) {
	s, url := start(t)
	ctx := browse(t)
	const typed = `document.querySelector("#definition").value = "typed"; document.querySelector("#name").value = "Tea"; document.querySelector("[name=publish]").checked = true`
	send := func(button string) {
		t.Helper()
		do(t, ctx, chromedp.Evaluate[chromedp.Void](typed+`; document.querySelector("button[value=`+button+`]").click()`))
	}
	do(t, ctx, chromedp.Navigate(url+paths.StateMachineNew))
	send("check")
	until(t, ctx, `location.pathname === "/state-machines" && document.querySelector("#definition")?.value === "typed"`)
	s.change(func() { s.ended = true })
	send("save")
	until(t, ctx, `location.pathname === "/signin" && document.querySelector("form[action='/signin']") !== null`)
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`document.querySelector("form[action='/signin']").submit()`))
	until(t, ctx, `location.pathname === "/state-machines/~/new" && document.querySelector("#definition")?.value === "typed"`)
	until(t, ctx, `document.querySelector("#name").value === "Tea" && document.querySelector("[name=publish]").checked && !document.querySelector("[data-draft-note]").hidden`)
	send("save")
	until(t, ctx, `location.pathname === "/state-machines" && document.querySelector(".item-buy") !== null && sessionStorage.getItem("draft") === null`)
	do(t, ctx, chromedp.Navigate(url+paths.StateMachineNew))
	until(t, ctx, `document.querySelector("#definition")?.value === "" && document.querySelector("[data-draft-note]").hidden`)
}
