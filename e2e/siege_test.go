package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// orderAnswer is what GET /api/orders/{orderId} says, as far as it matters here.
type orderAnswer struct {
	Order struct {
		OrderID string `json:"orderId"`
		Status  string `json:"status"`
		Reason  string `json:"reason"`
	} `json:"order"`
}

// A siege: people order and decide while something goes wrong, again and again. Afterwards
// everything that was acknowledged is there, every order comes to its end, and books,
// histories and the gateway agree. The short form runs with every other test; the long one is
//
//	go test ./e2e -run 'TestKillNine|TestSiege' -siege 300 -timeout 3h

// siege is how often each thing goes wrong; a few times when absent.
var siege = flag.Int("siege", 0, "how often each fault of the sieges strikes")

// strikes is how often one does, and how long the short form is.
func strikes(short int) int { return cmp.Or(*siege, short) }

// load places orders and decides approvals until told to stop, and remembers what was
// acknowledged.
type load struct {
	mu       sync.Mutex
	app      *app
	prefix   string            // of the orders' ids
	tried    []string          // orders whose outcome was not heard of
	placed   []string          // acknowledged orders
	decided  map[string]string // approval → verdict, acknowledged
	next     int
	mayFail  bool    // faults outlast the retries of the order workflow
	approver *person // used by one goroutine at a time
}

// besiege starts the app and its people.
func besiege(t *testing.T, a *app) *load {
	t.Helper()
	return &load{app: a, prefix: "kill", decided: map[string]string{}, approver: signIn(t, a, "anton")}
}

// during has people order and decide while fault lasts.
func (l *load) during(t *testing.T, fault func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var people sync.WaitGroup
	for range 4 {
		people.Go(func() { l.place(ctx) })
	}
	people.Go(func() { l.decide(ctx) })
	fault()
	stop()
	people.Wait()
}

// relief ends a siege: everything comes to its end, and all accounts agree.
func (l *load) relief(t *testing.T) {
	t.Helper()
	l.finish(t)
	l.checkDecisions(t)
	l.app.terminate()
	l.app.audit()
	orders, payments := l.app.checkGateway()
	t.Logf("%d orders and %d decisions acknowledged; the gateway agrees on %d orders, %d payments",
		len(l.placed), len(l.decided), orders, payments)
}

// fillShelves makes sure that most orders find their goods; a few run out all the same.
func fillShelves(t testing.TB, a *app) {
	t.Helper()
	olga := signIn(t, a, "olga")
	for _, item := range []string{"item1", "item6"} {
		status, page, err := olga.post(t.Context(), "/inventory/"+item, url.Values{"stock": {"700"}, "note": {"delivery"}})
		if err != nil || status != 200 || !strings.Contains(page, "700") {
			t.Fatalf("stock of %s: status %d, %v", item, status, err)
		}
	}
}

// place places orders of item1 (below the limit) and item6 (above it), one after the other.
func (l *load) place(ctx context.Context) {
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for ctx.Err() == nil {
		if !l.placeOne(ctx) {
			<-pause.C // what fails does so at once
		}
	}
}

// placeOne says whether its order was acknowledged.
func (l *load) placeOne(ctx context.Context) bool {
	l.mu.Lock()
	l.next++
	id := fmt.Sprintf("%s-%d", l.prefix, l.next)
	item := []string{"item1", "item1", "item6"}[l.next%3]
	l.mu.Unlock()
	body := fmt.Sprintf(`{"order":{"orderId":%q,"customerId":"67890","items":[{"itemId":%q,"quantity":1}]}}`, id, item)
	status, _, err := l.app.request(ctx, "POST", "/api/orders", body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || status != 201 {
		l.tried = append(l.tried, id)
		return false
	}
	l.placed = append(l.placed, id)
	return true
}

var approvalRow = regexp.MustCompile(`id="approval-([^"]+)"`)

// decide approves and rejects what waits, in turn, and looks more and more rarely while nothing does.
func (l *load) decide(ctx context.Context) {
	const atOnce, atLeast = 5 * time.Millisecond, 100 * time.Millisecond
	pause := atOnce
	for n := 0; ctx.Err() == nil; <-time.After(pause) {
		pause = min(2*pause, atLeast)
		page, err := l.approver.get(ctx, "/inbox")
		if err != nil {
			continue
		}
		for _, row := range approvalRow.FindAllStringSubmatch(page, -1) {
			n++
			pause = atOnce
			l.decideOne(ctx, row[1], []string{"approve", "reject"}[n%2])
		}
	}
}

func (l *load) decideOne(ctx context.Context, id, decision string) {
	status, _, err := l.approver.post(ctx, "/inbox/"+id+"/decision", url.Values{"decision": {decision}, "comment": {"as tested"}})
	if err == nil && status == 200 {
		l.mu.Lock()
		l.decided[id] = decision
		l.mu.Unlock()
	}
}

// finish decides what is left and waits until every order has come to its end: shipped,
// rejected, or failed because the goods had run out.
func (l *load) finish(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var approver sync.WaitGroup
	approver.Go(func() { l.decide(ctx) })
	defer approver.Wait()
	defer stop()
	l.goOn(t)
	ends := map[string]int{}
	acknowledged := len(l.placed)
	for i, id := range append(l.placed, l.tried...) {
		var status, reason string
		eventually(t, time.Minute, "the end of order "+id, func() bool {
			status, reason = l.end(t, id)
			return status == "COMPLETED" || status == "REJECTED" || status == "FAILED" || status == "" && i >= acknowledged
		}, func() string { return status })
		if status == "FAILED" && !l.mayFail && !strings.Contains(reason, "stock") {
			t.Errorf("order %s failed: %s", id, reason)
		}
		ends[status]++
	}
	delete(ends, "") // never placed
	if ends["COMPLETED"] == 0 || ends["REJECTED"] == 0 {
		t.Errorf("too one-sided to prove anything: %v", ends)
	}
	t.Logf("ends: %v", ends)
}

// goOn orders until approvals of both kinds are acknowledged: on a busy machine there may have
// been time for little.
func (l *load) goOn(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var buyer sync.WaitGroup
	defer buyer.Wait()
	defer stop()
	enough := func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		verdicts := slices.Collect(maps.Values(l.decided))
		return slices.Contains(verdicts, "approve") && slices.Contains(verdicts, "reject")
	}
	if !enough() {
		buyer.Go(func() { l.place(ctx) })
		eventually(t, 2*time.Minute, "decisions of both kinds", enough)
	}
}

func (l *load) end(t *testing.T, id string) (status, reason string) {
	t.Helper()
	code, answer, err := l.app.request(t.Context(), "GET", "/api/orders/"+id, "")
	var order orderAnswer
	if code == 404 {
		return "", ""
	}
	if err != nil || code != 200 || json.Unmarshal(answer, &order) != nil {
		t.Fatalf("order %s: %d, %v: %s", id, code, err, answer)
	}
	return order.Order.Status, order.Order.Reason
}

// checkDecisions compares every acknowledged decision with what the inbox says today.
func (l *load) checkDecisions(t *testing.T) {
	t.Helper()
	for id, decision := range l.decided {
		page, err := l.approver.get(t.Context(), "/inbox/"+id)
		want := map[string]string{"approve": "approved", "reject": "rejected"}[decision]
		if err != nil || !strings.Contains(strings.ToLower(page), want) {
			t.Errorf("approval %s was acknowledged as %q, and its page does not say %q: %v", id, decision, want, err)
		}
	}
}
