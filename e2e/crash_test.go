package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
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

// load places orders and decides approvals until told to stop, and remembers what was
// acknowledged.
type load struct {
	mu       sync.Mutex
	app      *app
	placed   []string          // acknowledged orders
	decided  map[string]string // approval → verdict, acknowledged
	next     int
	approver *person // used by one goroutine at a time
}

// TestKillNine kills the process at many different moments of many orders in flight,
// starts it again, and checks that nothing acknowledged is lost, everything ends, and the
// books and histories are in order.
func TestKillNine(t *testing.T) {
	const rounds = 20
	a := startApp(t)
	l := &load{app: a, decided: map[string]string{}, approver: signIn(t, a, "anton")}
	fillShelves(t, a)
	rng := rand.New(rand.NewPCG(2026, 11))
	for range rounds {
		ctx, stop := context.WithCancel(t.Context())
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() { l.place(ctx) })
		}
		clients.Go(func() { l.decide(ctx) })
		<-time.After(time.Duration(50+rng.IntN(500)) * time.Millisecond)
		a.kill()
		stop()
		clients.Wait()
		a.audit()
		a.start()
	}
	if len(l.placed) < rounds {
		t.Fatalf("only %d orders were placed in %d rounds", len(l.placed), rounds)
	}
	l.finish(t)
	l.checkDecisions(t)
	a.terminate()
	a.audit()
	orders, payments := a.checkGateway()
	t.Logf("the gateway agrees: %d orders, %d payments", orders, payments)
	t.Logf("%d orders and %d decisions acknowledged over %d kills", len(l.placed), len(l.decided), rounds)
}

// fillShelves makes sure that most orders find their goods; a few run out all the same.
func fillShelves(t *testing.T, a *app) {
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
	for ctx.Err() == nil {
		l.mu.Lock()
		l.next++
		id := fmt.Sprintf("kill-%d", l.next)
		item := []string{"item1", "item1", "item6"}[l.next%3]
		l.mu.Unlock()
		body := fmt.Sprintf(`{"order":{"orderId":%q,"customerId":"67890","items":[{"itemId":%q,"quantity":1}]}}`, id, item)
		status, _, err := l.app.request(ctx, "POST", "/api/orders", body)
		if err == nil && status == 201 {
			l.mu.Lock()
			l.placed = append(l.placed, id)
			l.mu.Unlock()
		}
	}
}

var approvalRow = regexp.MustCompile(`id="approval-([^"]+)"`)

// decide approves and rejects what waits, in turn.
func (l *load) decide(ctx context.Context) {
	pause := time.NewTicker(5 * time.Millisecond)
	defer pause.Stop()
	for n := 0; ctx.Err() == nil; <-pause.C {
		page, err := l.approver.get(ctx, "/inbox")
		if err != nil {
			continue
		}
		for _, row := range approvalRow.FindAllStringSubmatch(page, -1) {
			n++
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
	ends := map[string]int{}
	for _, id := range l.placed {
		var status, reason string
		eventually(t, time.Minute, "the end of order "+id, func() bool {
			status, reason = l.end(t, id)
			return status == "COMPLETED" || status == "REJECTED" || status == "FAILED"
		})
		if status == "FAILED" && !strings.Contains(reason, "stock") {
			t.Errorf("order %s failed: %s", id, reason)
		}
		ends[status]++
	}
	if ends["COMPLETED"] == 0 || ends["REJECTED"] == 0 {
		t.Errorf("too one-sided to prove anything: %v", ends)
	}
	t.Logf("ends: %v", ends)
}

func (l *load) end(t *testing.T, id string) (status, reason string) {
	t.Helper()
	code, answer, err := l.app.request(t.Context(), "GET", "/api/orders/"+id, "")
	var order orderAnswer
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
