// Package sfn speaks the AWS Step Functions API: AWS JSON 1.0 at POST /, one operation a
// request, as the AWS CLI and the AWS SDKs send it.
//
// Every request takes the same way: the operation is looked up, the signature is checked, the
// caller's role is compared with what the operation needs, the document is read, checked
// against the operation's shape (inputs.go), and given to the operation's handler as a typed
// value. A refusal at any of these has the service's own code, text and status, and nothing is
// changed. Members that a shape does not know are ignored, as the service ignores them.
//
// The package must not know how an access key is kept or how a request is signed (Options
// brings Authenticate), SQL, pages, or what a state does.
package sfn

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"countersign/models"
	"countersign/workflow"
	"countersign/workflow/outage"
)

// TargetPrefix begins the X-Amz-Target header of every request of this API.
const TargetPrefix = "AWSStepFunctions."

// SigningName is what credentials are scoped to.
const SigningName = "states"

// maxBody is more than the service's 1 MiB: the longest definition there may be, with half of
// its characters escaped, still gets the answer that concerns the definition.
const maxBody = 4 << 20

// Options are what a service works with.
type Options struct {
	Store  Store
	Engine Engine

	// Authenticate says who signed a request. Its errors are *sigv4.Error for a refusal.
	Authenticate func(r *http.Request, body []byte, service string) (models.Person, error)

	// Drawn is told of every revision that was made, which may be drawn now. It must not block.
	Drawn func(machine string, version int64)

	// Place is asked before an execution of a state machine is started: for one of the order
	// workflow it gives the effects that place the order. Nil: nothing is placed.
	Place func(ctx context.Context, caller models.Person, machine string, input json.RawMessage) (Placing, error)

	Poll time.Duration // how long a worker waits for a task; a minute when 0
	// Lined is told how many workers wait for an activity's tasks, whenever one comes or goes.
	// It must not block. Nil: nobody is told.
	Lined func(activity workflow.ARN, workers int)

	Closing <-chan struct{}  // closed when the server shuts down: long polls end
	Now     func() time.Time // nil: the clock
	Logger  *slog.Logger     // nil: none
}

// Store is everything that the operations read and change; each group declares its own part.
// *models.Store is one.
type Store interface {
	registryStore
	versionStore
	aliasStore
	activityStore
	tagStore
	secretStore
	executionStore
	mapRunStore
	deletionStore
	changes
}

// Engine is what the operations ask of the engine. *engine.Engine is one.
type Engine interface {
	tester
	executionEngine
	taskEngine
}

// Service answers the API.
type Service struct {
	Options
	operations map[string]operation
	pager      pager
	lines      lines
	refused    outage.Log // requests that cannot be served at the moment
	deleting   outage.Log
}

// New prepares a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Place == nil {
		o.Place = func(context.Context, models.Person, string, json.RawMessage) (Placing, error) { return Placing{}, nil }
	}
	if o.Poll == 0 {
		o.Poll = longestPoll
	}
	if o.Lined == nil {
		o.Lined = func(workflow.ARN, int) {}
	}
	if o.Drawn == nil {
		o.Drawn = func(string, int64) {}
	}
	return &Service{Options: o, operations: operations(),
		refused:  outage.Log{Logger: o.Logger, Now: o.Now, Over: "Step Functions requests are served again"},
		deleting: outage.Log{Logger: o.Logger, Now: o.Now, Over: "state machines are deleted again"}}
}

// Asks says whether a request is one for this API.
func Asks(r *http.Request) bool { return r.Header.Get("X-Amz-Target") != "" }

// ServeHTTP answers one request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := workflow.NewUUID()
	w.Header().Set("x-amzn-RequestId", id)
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			s.Logger.ErrorContext(r.Context(), "panic", "panic", p, "target", r.Header.Get("X-Amz-Target"), "request", id, "stack", string(debug.Stack()))
			writeError(w, internalFailure())
		}
	}()
	answer, err := s.answer(w, r)
	if err != nil {
		refusal := refusalOf(err)
		switch {
		case refusal.Status == http.StatusServiceUnavailable:
			s.refused.Failed("Step Functions requests cannot be served", 1, err, "target", r.Header.Get("X-Amz-Target"), "request", id)
		case refusal.Status >= http.StatusInternalServerError:
			s.Logger.ErrorContext(r.Context(), "Step Functions request failed", "target", r.Header.Get("X-Amz-Target"), "request", id, "error", err)
		}
		writeError(w, refusal)
		return
	}
	s.refused.Worked()
	writeAnswer(w, answer)
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	name, ours := strings.CutPrefix(r.Header.Get("X-Amz-Target"), TargetPrefix)
	if !ours {
		return nil, &Error{Code: "UnknownOperationException", Message: "This address offers Step Functions and the metrics of CloudWatch, not " + name + "."}
	}
	op, known := s.operations[name]
	if !known || !speaksJSON(r) {
		return nil, &Error{Code: "UnknownOperationException", Status: http.StatusBadRequest}
	}
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	caller, err := s.Authenticate(r, body, SigningName)
	if err != nil {
		return nil, err
	}
	if !caller.Has(op.roles...) {
		return nil, accessDenied(caller, name)
	}
	document, err := parse(body)
	if err != nil {
		return nil, err
	}
	input, err := checked(inputs[name], document)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.patient(w, r, op)
	defer cancel()
	return op.serve(s, &Call{Context: ctx, Caller: caller, Operation: name, Header: r.Header}, input)
}

// Call is one authenticated, authorised request under way.
type Call struct {
	context.Context
	Caller    models.Person
	Operation string
	Header    http.Header

	seen int64 // the revision that is to be changed, of a caller who knows; 0: the latest
}

// patient gives an operation that may wait more time than the server gives to others, and
// takes it back when the server shuts down.
func (s *Service) patient(w http.ResponseWriter, r *http.Request, op operation) (context.Context, context.CancelFunc) {
	if op.patience == 0 {
		return r.Context(), func() {}
	}
	until := time.Now().Add(op.patience + 15*time.Second)
	if err := http.NewResponseController(w).SetWriteDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.Logger.WarnContext(r.Context(), "no time for a long request", "error", err)
	}
	ctx, cancel := context.WithCancel(r.Context())
	if s.Closing != nil {
		go func() {
			select {
			case <-s.Closing:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}
