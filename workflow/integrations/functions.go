package integrations

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"countersign/workflow"
)

// FunctionBook knows the functions that are reached by HTTP.
type FunctionBook interface {
	// HTTPFunction is workflow.ErrNotFound for one that nobody has registered.
	HTTPFunction(ctx context.Context, name string) (workflow.HTTPFunction, error)
	// NoteCall keeps what became of the latest call.
	NoteCall(workflow.FunctionCall) workflow.Effect
}

// Functions calls functions by HTTP. Use NewFunctions.
type Functions struct {
	book   FunctionBook
	now    func() time.Time
	client *http.Client
}

// NewFunctions makes the caller of a book's functions; now is the clock when nil.
func NewFunctions(book FunctionBook, now func() time.Time) *Functions {
	if now == nil {
		now = time.Now
	}
	return &Functions{book, now, newClient(nil)}
}

// Call is the workflow.Handler of every function that has no other one.
func (f *Functions) Call(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	function, err := f.book.HTTPFunction(ctx, call.Function)
	if errors.Is(err, workflow.ErrNotFound) {
		return workflow.Result{}, functionNotFound(call.Function)
	}
	if err != nil {
		return workflow.Result{}, fmt.Errorf("find function %s: %w", call.Function, err)
	}
	started := f.now()
	output, err := f.post(ctx, function, call)
	if ctx.Err() != nil {
		return workflow.Result{}, ctx.Err() // nobody waits for the answer any more
	}
	note := workflow.FunctionCall{Function: function.Name, At: started, Took: f.now().Sub(started)}
	var failed *workflow.TaskError
	if errors.As(err, &failed) {
		note.Error = failed.Name
	}
	return workflow.Result{Output: output, Effects: []workflow.Effect{f.book.NoteCall(note)}}, err
}

func (f *Functions) post(ctx context.Context, function workflow.HTTPFunction, call workflow.Call) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, function.Timeout)
	defer cancel()
	r, err := f.request(limited, function, call)
	if err != nil {
		return nil, workflow.Failf("Lambda.SdkClientException", "Unable to execute HTTP request: %s", reason(err))
	}
	answer, err := exchange(f.client, r, workflow.MaxPayload+1)
	switch {
	case err != nil && tookTooLong(err):
		return nil, timedOut(function.Timeout)
	case err != nil:
		return nil, workflow.Failf("Lambda.SdkClientException", "Unable to execute HTTP request: %s", reason(err))
	}
	return functionOutput(answer)
}

func (f *Functions) request(ctx context.Context, function workflow.HTTPFunction, call workflow.Call) (*http.Request, error) {
	body := []byte(call.Payload)
	if len(body) == 0 {
		body = []byte("null")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, function.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	// An idempotent request is sent again by the transport when an idle connection turns out
	// to be closed; the receiver knows a repetition by its key.
	r.Header.Set("Idempotency-Key", call.IdempotencyKey)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Countersign-Function", headerText(function.Name))
	r.Header.Set("Countersign-State", headerText(call.State))
	r.Header.Set("Countersign-Attempt", strconv.Itoa(call.Attempt))
	if call.Execution.Name != "" {
		r.Header.Set("Countersign-Execution", headerText(string(call.Execution.ARN())))
	}
	sign(r.Header, function.SigningSecret, call.IdempotencyKey, f.now(), body)
	return r, nil
}

const userAgent = "Countersign"
