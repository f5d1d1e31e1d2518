package integrations

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/workflow"
)

// outcome is what a courier noted of a delivery.
type outcome struct {
	id     int64
	reason string // empty: delivered
	again  time.Time
}

// queue hands out deliveries once and tells what was noted.
type queue struct {
	mu      sync.Mutex
	waiting []workflow.Delivery
	noted   chan outcome
}

func (q *queue) ClaimDeliveries(_ context.Context, _ time.Time, limit int) ([]workflow.Delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(limit, len(q.waiting))
	claimed := q.waiting[:n]
	q.waiting = q.waiting[n:]
	return claimed, nil
}

func (q *queue) MarkDelivered(_ context.Context, id int64) error {
	q.noted <- outcome{id: id}
	return nil
}

func (q *queue) MarkDeliveryFailed(_ context.Context, id int64, reason string, again time.Time) error {
	q.noted <- outcome{id, reason, again}
	return nil
}

func deliveryTo(id int64, url string) workflow.Delivery {
	return workflow.Delivery{
		ID: id, Attempts: 1,
		Message: workflow.Message{ID: "5f0c7d4e-0000-4000-8000-000000000001", Topic: "Orders", Subject: "Shipped", Body: "12345 <is> shipped",
			Attributes: json.RawMessage(`{"a":{"Type":"String","Value":"b"}}`), At: noon},
		Subscription: workflow.Subscription{ID: "S1", Topic: "Orders", Protocol: workflow.ProtocolWebhook, Endpoint: url, Signing: workflow.SigningSecret{Secret: secret}},
	}
}

// send runs a courier until everything is noted.
func send(t *testing.T, deliveries ...workflow.Delivery) map[int64]outcome {
	t.Helper()
	q := &queue{waiting: deliveries, noted: make(chan outcome, len(deliveries))}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&Courier{Book: q, Every: time.Hour, Now: atNoon, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	all := map[int64]outcome{}
	for range deliveries {
		o := <-q.noted
		all[o.id] = o
	}
	stop()
	<-ended
	return all
}

func TestWebhookGetsANotification(t *testing.T) {
	s := serve(t, says(200, "", "thanks"))
	if o := send(t, deliveryTo(1, s.URL+"/hook"))[1]; o.reason != "" {
		t.Fatal(o.reason)
	}
	h := s.last(t)
	want := `{"Type":"Notification","MessageId":"5f0c7d4e-0000-4000-8000-000000000001","TopicArn":"` + ordersARN + `","Subject":"Shipped",` +
		`"Message":"12345 <is> shipped","Timestamp":"2026-11-23T12:00:00.000Z","MessageAttributes":{"a":{"Type":"String","Value":"b"}}}`
	if h.method != "POST" || h.url != "/hook" || h.body != want {
		t.Errorf("got %+v", h)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/plain; charset=UTF-8", "X-Amz-Sns-Message-Type": "Notification", "X-Amz-Sns-Topic-Arn": ordersARN,
		"X-Amz-Sns-Message-Id": "5f0c7d4e-0000-4000-8000-000000000001", "X-Amz-Sns-Subscription-Arn": ordersARN + ":S1",
		"Webhook-Id": "5f0c7d4e-0000-4000-8000-000000000001",
	} {
		if got := h.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	verify(t, h, secret)
}

func TestDeliveriesThatFail(t *testing.T) {
	for _, tc := range []struct {
		name     string
		answer   http.HandlerFunc
		attempts int
		age      time.Duration
		again    time.Duration // 0: never
		words    string
	}{
		{"broken", says(500, "", ""), 1, 0, time.Second, "HTTP status 500"},
		{"broken for the fifth time", says(503, "", ""), 5, time.Minute, 16 * time.Second, "HTTP status 503"},
		{"broken for long", says(503, "", ""), 40, time.Hour, 20 * time.Minute, "HTTP status 503"},
		{"broken for too long", says(503, "", ""), 80, 24 * time.Hour, 0, "HTTP status 503"},
		{"too many requests", says(429, "", ""), 1, 0, time.Second, "HTTP status 429"},
		{"not there", says(404, "", ""), 1, 0, 0, "HTTP status 404"},
		{"elsewhere", says(301, "", ""), 1, 0, 0, "HTTP status 301"},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 2, 0, 2 * time.Second, "EOF"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := deliveryTo(1, serve(t, tc.answer).URL+"?token=hidden")
			d.Attempts, d.Message.At = tc.attempts, noon.Add(-tc.age)
			o := send(t, d)[1]
			want := time.Time{}
			if tc.again > 0 {
				want = noon.Add(tc.again)
			}
			if !strings.Contains(o.reason, tc.words) || !o.again.Equal(want) || strings.Contains(o.reason, "hidden") {
				t.Errorf("noted %+v, want again at %v", o, want)
			}
		})
	}
}

// One webhook that does not answer does not hold up the others.
func TestSlowWebhookIsAlone(t *testing.T) {
	release := make(chan struct{})
	slow := serve(t, func(w http.ResponseWriter, r *http.Request) { <-release })
	fast := serve(t, says(204, "", ""))
	all := []workflow.Delivery{deliveryTo(1, slow.URL)}
	for id := range int64(3 * deliveries) {
		all = append(all, deliveryTo(id+2, fast.URL))
	}
	q := &queue{waiting: all, noted: make(chan outcome)}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&Courier{Book: q, Every: time.Hour, Now: atNoon, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	for range 3 * deliveries {
		if o := <-q.noted; o.id == 1 || o.reason != "" {
			t.Fatalf("noted %+v", o)
		}
	}
	close(release)
	if o := <-q.noted; o.id != 1 {
		t.Errorf("noted %+v", o)
	}
	stop()
	<-ended
}

func TestStoppedCourierLeavesTheRestForLater(t *testing.T) {
	begun := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	q := &queue{waiting: []workflow.Delivery{deliveryTo(1, s.URL)}, noted: make(chan outcome, 1)}
	ctx, stop := context.WithCancel(t.Context())
	go func() { <-begun; stop() }()
	(&Courier{Book: q, Every: time.Hour, Now: atNoon, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
	if len(q.noted) != 0 {
		t.Errorf("noted %+v", <-q.noted)
	}
}

func TestCourierIsWoken(t *testing.T) {
	s := serve(t, says(200, "", ""))
	q := &queue{noted: make(chan outcome)}
	wake := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		(&Courier{Book: q, Wake: wake, Every: time.Hour, Now: atNoon, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
	}()
	wake <- struct{}{} // the first look is over
	q.mu.Lock()
	q.waiting = append(q.waiting, deliveryTo(1, s.URL))
	q.mu.Unlock()
	wake <- struct{}{}
	<-q.noted
	stop()
	<-ended
}
