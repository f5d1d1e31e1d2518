package integrations

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/workflow"
)

// noon is when everything in these tests happens.
var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

const secret = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cw=="

// note is an effect that a test can look into.
type note struct {
	name  string
	value any
}

func (n note) EffectName() string { return n.name }

// book is all the books of this package in memory.
type book struct {
	functions   map[string]workflow.HTTPFunction
	topics      map[string]bool
	connections map[string]workflow.Connection
}

func (b *book) HTTPFunction(_ context.Context, name string) (workflow.HTTPFunction, error) {
	f, ok := b.functions[name]
	if !ok {
		return f, workflow.ErrNotFound
	}
	return f, nil
}

func (b *book) NoteCall(c workflow.FunctionCall) workflow.Effect { return note{"NoteCall", c} }

func (b *book) Topic(_ context.Context, name string) (workflow.Topic, error) {
	if !b.topics[name] {
		return workflow.Topic{}, workflow.ErrNotFound
	}
	return workflow.Topic{Name: name}, nil
}

func (b *book) Publish(m workflow.Message) workflow.Effect { return note{"Publish", m} }

func (b *book) Connection(_ context.Context, name string) (workflow.Connection, error) {
	c, ok := b.connections[name]
	if !ok {
		return c, workflow.ErrNotFound
	}
	return c, nil
}

func (b *book) OwnRevision(_ context.Context, machine string, version int64) (bool, error) {
	return machine == "Orders" && version == 1, nil
}

func (b *book) ClaimDeliveries(context.Context, time.Time, int) ([]workflow.Delivery, error) {
	return nil, nil
}

func (b *book) MarkDelivered(context.Context, int64) error { return nil }

func (b *book) MarkDeliveryFailed(context.Context, int64, string, time.Time) error { return nil }

// heard is a request that a server got.
type heard struct {
	method string
	url    string
	header http.Header
	body   string
}

// server answers as it is told and remembers what it was asked.
type server struct {
	*httptest.Server
	mu  sync.Mutex
	got []heard
}

func serve(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.got = append(s.got, heard{r.Method, r.URL.String(), r.Header.Clone(), string(body)})
		s.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		answer(w, r)
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func (s *server) requests() []heard {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]heard(nil), s.got...)
}

func (s *server) last(t *testing.T) heard {
	t.Helper()
	got := s.requests()
	if len(got) == 0 {
		t.Fatal("nobody asked")
	}
	return got[len(got)-1]
}

// says answers with a status, a content type and a body.
func says(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hangs never answers; the request's end ends it.
func hangs(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// callOf is a task's call with a payload.
func callOf(resource, payload string) workflow.Call {
	return workflow.Call{
		Execution: workflow.ExecutionInfo{ID: 7, Name: "e1", StateMachine: "M"}, State: "Charge €", Entry: 4, Attempt: 2,
		Resource: resource, Payload: json.RawMessage(payload), IdempotencyKey: "7/4",
	}
}

// failure is the task error in err.
func failure(t *testing.T, err error) *workflow.TaskError {
	t.Helper()
	var failed *workflow.TaskError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a task's failure", err)
	}
	return failed
}

// fails demands a name and words of the cause.
func fails(t *testing.T, err error, name string, words ...string) {
	t.Helper()
	failed := failure(t, err)
	if failed.Name != name {
		t.Errorf("failed as %s (%s), want %s", failed.Name, failed.Cause, name)
	}
	for _, word := range words {
		if !strings.Contains(failed.Cause, word) {
			t.Errorf("cause %q does not say %q", failed.Cause, word)
		}
	}
}

// verify is what a receiver does with a Standard Webhooks signature.
func verify(t *testing.T, h heard, secret string) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	want := "v1," + base64.StdEncoding.EncodeToString(macOf(key, h.header.Get("Webhook-Id")+"."+h.header.Get("Webhook-Timestamp")+"."+h.body))
	for signature := range strings.SplitSeq(h.header.Get("Webhook-Signature"), " ") {
		if signature == want {
			return
		}
	}
	t.Errorf("signature %q is not by this secret", h.header.Get("Webhook-Signature"))
}
