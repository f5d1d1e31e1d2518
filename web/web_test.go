package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/engine"
)

// site is a server with the real router over a real database with the sample shop.
type site struct {
	*Server
	t       testing.TB
	store   *models.Store
	engine  *fakeEngine
	clock   *clock
	dir     string // of the database
	options Options
}

// clock stands still until it is moved.
type clock struct{ millis atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMilli(c.millis.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.millis.Add(d.Milliseconds()) }

// openSite makes a site with the demo people; change may alter its options first.
func openSite(t testing.TB, change ...func(*Options)) *site {
	t.Helper()
	return openSiteWith(t, models.Sample{People: true, Card: workflow.Card{Brand: "Visa", LastFour: "4242", Token: "tok_ok_4242"}}, change...)
}

func openSiteWith(t testing.TB, sample models.Sample, change ...func(*Options)) *site {
	t.Helper()
	c := &clock{}
	c.millis.Store(time.Now().UnixMilli())
	dir := t.TempDir()
	file := filepath.Join(dir, "test.db")
	if err := os.WriteFile(file, emptyDatabase(t), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(t.Context(), models.Options{URL: file, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Seed(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	e := &fakeEngine{store: store, clock: c}
	o := Options{Store: store, Sessions: store.Sessions(), Engine: e, Orders: testDesk(), Demo: true, Version: "test", Now: c.now}
	for _, f := range change {
		f(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &site{Server: s, t: t, store: store, engine: e, clock: c, dir: dir, options: o}
}

// empty is a database with its tables and nothing in them: making them takes longer than many tests.
var empty struct {
	sync.Mutex
	file []byte // guarded by Mutex
}

func emptyDatabase(t testing.TB) []byte {
	t.Helper()
	empty.Lock()
	defer empty.Unlock()
	if empty.file != nil {
		return empty.file
	}
	name := filepath.Join(t.TempDir(), "empty.db")
	store, err := models.Open(t.Context(), models.Options{URL: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if empty.file, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	return empty.file
}

// replica is another server of the same installation.
func (s *site) replica() *site {
	s.t.Helper()
	other := *s
	var err error
	if other.Server, err = New(s.options); err != nil {
		s.t.Fatal(err)
	}
	return &other
}

// at is the same browser, whose requests are answered by another server.
func (b *browser) at(s *site) *browser {
	return &browser{site: s, cookies: b.cookies, host: b.host, address: b.address}
}

// withoutDemo is the site as --no-demo starts it.
func withoutDemo(o *Options) { o.Demo, o.SetupToken = false, "one-time-token" }

// fakeEngine keeps executions in the real store, effects and all, and runs none of them.
type fakeEngine struct {
	store *models.Store
	clock *clock
	mu    sync.Mutex
	last  workflow.ExecutionID // guarded by mu
}

func (e *fakeEngine) StartExecution(ctx context.Context, r engine.StartRequest) (workflow.ExecutionInfo, error) {
	e.mu.Lock()
	e.last++
	id := e.last
	e.mu.Unlock()
	info := workflow.ExecutionInfo{ID: id, Name: r.Name, StateMachine: r.StateMachine, Version: 1,
		Status: workflow.Running, Input: r.Input, StartedAt: e.clock.now()}
	var effects []workflow.Effect
	if r.Effects != nil {
		effects = r.Effects(id)
	}
	err := e.store.Commit(ctx, &workflow.Commit{
		Info: info, Snapshot: []byte("{}"), Effects: effects,
		Events: []workflow.HistoryEvent{{ID: 1, Type: workflow.EventExecutionStarted, At: e.clock.now()}},
	})
	return info, err
}

func (e *fakeEngine) SucceedTask(ctx context.Context, _ workflow.TaskToken, _ json.RawMessage, effects ...workflow.Effect) error {
	return e.store.Apply(ctx, effects...)
}

// Try answers as the function Echo does, sends requests nowhere, and fails otherwise.
func (e *fakeEngine) Try(ctx context.Context, _ workflow.ExecutionInfo, c asl.Invoke) (asl.Event, error) {
	if i := workflow.InspectionOf(ctx); c.Resource == "http:invoke" && i != nil {
		i.Request = workflow.InspectedRequest{Protocol: "https", Method: "GET", URL: "https://example.com"}
		i.Revealed = workflow.InspectedRequest{Protocol: "https", Method: "GET", URL: "https://example.com?key=secret"}
		i.Response = workflow.InspectedResponse{Protocol: "https", StatusCode: "200", StatusMessage: "OK", Body: "{}"}
		return asl.TaskSucceeded{Entry: c.Entry, Attempt: c.Attempt, Output: []byte(`{"StatusCode":200}`)}, nil
	}
	switch c.Function {
	case "Echo":
		return asl.TaskSucceeded{Entry: c.Entry, Attempt: c.Attempt, Output: c.Payload}, nil
	case "Sleep":
		<-ctx.Done()
	}
	return asl.TaskFailed{Entry: c.Entry, Attempt: c.Attempt, Error: "NoSuchFunction", Cause: c.Function}, nil
}

func (e *fakeEngine) FailTask(ctx context.Context, _ workflow.TaskToken, _, _ string, effects ...workflow.Effect) error {
	return e.store.Apply(ctx, effects...)
}

func (e *fakeEngine) HeartbeatTask(context.Context, workflow.TaskToken) error { return nil }

func (e *fakeEngine) TakeTask(context.Context, workflow.ARN, string) (workflow.Offer, bool, error) {
	return workflow.Offer{}, false, nil
}

func (e *fakeEngine) StartSync(ctx context.Context, r engine.StartRequest) (workflow.ExecutionInfo, error) {
	return e.StartExecution(ctx, r)
}

// testDesk knows just enough of orders; the real one is workflow/fulfilment's.
func testDesk() OrderDesk {
	return OrderDesk{
		StateMachine:  "OrderFulfillmentWorkflow",
		ExecutionName: func(id workflow.OrderID) string { return "order-" + string(id) },
		Parse:         parseForTest,
		Check:         func(OrderRequest) []FieldError { return nil },
		Price: func(items map[string]workflow.Item, lines []workflow.Line) (priced []workflow.Line, total workflow.Money, problems []FieldError) {
			total.Currency = "EUR"
			for i, l := range lines {
				item, ok := items[l.ItemID]
				if !ok {
					return nil, total, []FieldError{{fmt.Sprintf("order.items[%d]", i), "There is no such item."}}
				}
				l.Name, l.UnitPrice = item.Name, item.Price
				total.Amount += item.Price.Amount * l.Quantity
				priced = append(priced, l)
			}
			return priced, total, nil
		},
		Input: func(id workflow.OrderID, customerID string, lines []workflow.Line) json.RawMessage {
			b, _ := json.Marshal(map[string]any{"order": map[string]any{"orderId": id, "customerId": customerID, "items": lines}})
			return b
		},
		Tokenise: func(number string) (workflow.Card, error) {
			if len(number) != 16 {
				return workflow.Card{}, errors.New("Enter the card number as 16 digits.")
			}
			return workflow.Card{Brand: "Visa", LastFour: number[12:], Token: "tok_" + number[12:]}, nil
		},
		Parcels:  func([]workflow.Line) int { return 1 },
		Cards:    []TestCard{{"4242 4242 4242 4242", "Is accepted", "The payment goes through at once."}},
		Approved: func(by, comment string, at time.Time) json.RawMessage { return json.RawMessage(`{}`) },
		Rejected: "OrderRejected", Cancelled: "OrderCancelled",
	}
}

func parseForTest(document []byte) (OrderRequest, []FieldError) {
	var d struct {
		Order struct {
			OrderID, CustomerID string
			Items               []workflow.Line
			Address             *workflow.Address
			Card                struct{ Number string }
		}
	}
	if err := json.Unmarshal(document, &d); err != nil || d.Order.OrderID == "" {
		return OrderRequest{}, []FieldError{{"order.orderId", "The order number is missing."}}
	}
	return OrderRequest{workflow.OrderID(d.Order.OrderID), d.Order.CustomerID, d.Order.Items, d.Order.Address, d.Order.Card.Number}, nil
}

// browser keeps cookies and behaves like a browser on the site's own pages.
type browser struct {
	*site
	cookies map[string]string
	host    string
	address string
}

func (s *site) browser() *browser {
	return &browser{site: s, cookies: map[string]string{}, host: "127.0.0.1:8080", address: "127.0.0.1:50000"}
}

// as is a browser in which a demo person has signed in.
func (s *site) as(person string) *browser {
	s.t.Helper()
	b := s.browser()
	b.post(paths.SignInDemo, url.Values{"person": {person}}).is(http.StatusSeeOther)
	return b
}

// answer is what came back.
type answer struct {
	*http.Response
	t    testing.TB
	what string
	body string
}

func (b *browser) send(r *http.Request) *answer {
	b.t.Helper()
	r.Host, r.RemoteAddr = b.host, b.address
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		b.cookies[c.Name] = c.Value
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &answer{Response: res, t: b.t, what: r.Method + " " + r.URL.Path, body: string(body)}
}

func (b *browser) get(path string) *answer {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html")
	return b.send(r)
}

// post sends a form with the CSRF token of the browser's session.
func (b *browser) post(path string, form url.Values) *answer {
	b.t.Helper()
	if len(b.cookies) == 0 {
		b.get(paths.SignIn).is(http.StatusOK)
	}
	sent := url.Values{csrfField: {deriveCSRF(b.cookies["countersign"])}}
	for name, values := range form {
		sent[name] = values
	}
	return b.send(formRequest(path, sent))
}

func formRequest(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// call sends JSON with an API key.
func (s *site) call(key, method, path, body string) *answer {
	s.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	return s.browser().send(r)
}

func (a *answer) is(status int) *answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s: got %d, want %d\n%s", a.what, a.StatusCode, status, a.body)
	}
	return a
}

func (a *answer) says(text string) *answer {
	a.t.Helper()
	if !strings.Contains(a.body, text) {
		a.t.Fatalf("%s: does not say %q\n%s", a.what, text, a.body)
	}
	return a
}

func (a *answer) leadsTo(path string) *answer {
	a.t.Helper()
	if got := a.Header.Get("Location"); got != path {
		a.t.Fatalf("%s: leads to %q, want %q", a.what, got, path)
	}
	return a
}

// find selects with CSS.
func (a *answer) find(selector string) *goquery.Selection {
	a.t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatal(err)
	}
	return doc.Find(selector)
}

// errorCode is the code of a JSON error.
func (a *answer) errorCode() string {
	a.t.Helper()
	var d errorDocument
	if err := json.Unmarshal([]byte(a.body), &d); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.body)
	}
	return d.Error.Code
}
