package integrations

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/workflow"
)

// ConnectionBook knows how requests are authorised.
type ConnectionBook interface {
	// Connection is workflow.ErrNotFound when there is none of that name.
	Connection(ctx context.Context, name string) (workflow.Connection, error)
}

// HTTPOptions are what http:invoke works with; Book is required.
type HTTPOptions struct {
	Book         ConnectionBook
	AllowPrivate bool          // connect to loopback and private addresses too
	Timeout      time.Duration // of one request; the service's 60 s when 0
	Now          func() time.Time
}

// HTTP performs http:invoke. Use NewHTTP.
type HTTP struct {
	book    ConnectionBook
	timeout time.Duration
	client  *http.Client
	tokens  tokens
}

// NewHTTP makes the handler of http:invoke.
func NewHTTP(o HTTPOptions) *HTTP {
	if o.Timeout == 0 {
		o.Timeout = 60 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &HTTP{book: o.Book, timeout: o.Timeout}
	if o.AllowPrivate {
		h.client = newClient(nil)
	} else {
		h.client = newClient(publicOnly)
	}
	h.tokens = tokens{client: h.client, now: o.Now, known: map[string]accessToken{}}
	return h
}

// Invoke is the workflow.Handler of http:invoke.
func (h *HTTP) Invoke(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	task, err := readHTTPTask(call)
	if err != nil {
		return workflow.Result{}, err
	}
	connection, err := h.connection(ctx, task.connection)
	if err != nil {
		return workflow.Result{}, err
	}
	inspect(ctx, task)
	if err := task.merge(connection); err != nil {
		return workflow.Result{}, err
	}
	limited, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	answer, err := h.send(limited, task, connection)
	if ctx.Err() != nil {
		return workflow.Result{}, ctx.Err() // nobody waits for the answer any more
	}
	if err != nil {
		return workflow.Result{}, h.failure(err)
	}
	output, err := httpOutput(call, answer)
	return workflow.Result{Output: output}, err
}

// connection finds what an ARN names: arn:aws:events:REGION:ACCOUNT:connection/NAME/ID.
func (h *HTTP) connection(ctx context.Context, arn string) (workflow.Connection, error) {
	missing := workflow.Failf("Events.ConnectionResource.ResourceNotFound", "Connection %s does not exist.", arn)
	_, path, ok := strings.Cut(arn, ":connection/")
	if !ok {
		return workflow.Connection{}, missing
	}
	name, id, _ := strings.Cut(path, "/")
	c, err := h.book.Connection(ctx, name)
	switch {
	case errors.Is(err, workflow.ErrNotFound):
		return c, missing
	case err != nil:
		return c, fmt.Errorf("find connection %s: %w", name, err)
	case string(c.ARN()) != arn && (id != "" || arn != strings.TrimSuffix(string(c.ARN()), "/"+c.ID)):
		return c, missing
	}
	return c, nil
}

// send authorises the request; a token that is no longer taken is fetched anew, once.
func (h *HTTP) send(ctx context.Context, task *httpTask, c workflow.Connection) (reply, error) {
	for again := false; ; again = true {
		r, err := task.request(ctx)
		if err != nil {
			return reply{}, err
		}
		if err := h.authorise(ctx, r, c, again); err != nil {
			return reply{}, err
		}
		inspectRequest(ctx, task, r)
		answer, err := exchange(h.client, r, workflow.MaxPayload)
		if err == nil && answer.status == http.StatusUnauthorized && c.Kind == workflow.ConnectionOAuth && !again {
			continue
		}
		if err == nil {
			inspectResponse(ctx, answer)
		}
		return answer, err
	}
}

func (h *HTTP) authorise(ctx context.Context, r *http.Request, c workflow.Connection, again bool) error {
	switch c.Kind {
	case workflow.ConnectionBasic:
		r.SetBasicAuth(c.User, c.Secret)
	case workflow.ConnectionAPIKey:
		r.Header.Set(c.User, c.Secret)
	case workflow.ConnectionOAuth:
		token, err := h.tokens.of(ctx, c, again)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return nil
}

// failure words a request that was not answered.
func (h *HTTP) failure(err error) error {
	var task *workflow.TaskError
	var private *privateAddressError
	switch {
	case errors.As(err, &task):
		return task
	case errors.As(err, &private):
		return &workflow.TaskError{Name: workflow.ErrorPermissions, Cause: private.Error()}
	case tookTooLong(err):
		return workflow.Failf(workflow.ErrorHTTPSocket, "The HTTP request did not complete within %v.", h.timeout)
	}
	return workflow.Failf(workflow.ErrorHTTPSocket, "The HTTP request failed: %s", reason(err))
}
