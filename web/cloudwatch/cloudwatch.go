// Package cloudwatch answers what CloudWatch answers about the namespace AWS/States:
// GetMetricStatistics, GetMetricData and ListMetrics, under the service's own names of
// metrics and dimensions, from what the store has counted.
//
// It speaks the three protocols that CloudWatch speaks: Smithy RPC v2 with CBOR (current
// SDKs and the AWS CLI), AWS JSON 1.0, and the older query protocol, a form that is
// answered with XML. Each is read into the same members, which the operations see, and
// each writes the members of an answer, or an error, in its own way.
//
// Other namespaces hold nothing. The package must not know how figures are counted or
// kept, how a request is signed (Options brings Authenticate), or what a state machine does.
package cloudwatch

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"countersign/models"
	"countersign/workflow"
)

// maxBody is far more than 500 queries of GetMetricData.
const maxBody = 1 << 20

// SigningName is what credentials are scoped to.
const SigningName = "monitoring"

// Store keeps the metrics. *models.Store is one.
type Store interface {
	MetricPoints(ctx context.Context, m models.Metric, from, to time.Time) ([]models.MetricPoint, error)
	Metrics(ctx context.Context, f models.MetricFilter, limit int) (metrics []models.Metric, next int64, err error)
}

// Options are what a service works with. Store and Authenticate are required.
type Options struct {
	Store Store

	// Authenticate says who signed a request. Its errors are *Error for a refusal.
	Authenticate func(r *http.Request, body []byte, service string) (models.Person, error)

	Now    func() time.Time // nil: the clock
	Logger *slog.Logger     // nil: none
}

// Service answers the API.
type Service struct{ Options }

// New prepares a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{o}
}

// operations are all that there are.
var operations = map[string]func(*Service, context.Context, members) (members, error){
	"GetMetricStatistics": (*Service).getMetricStatistics,
	"GetMetricData":       (*Service).getMetricData,
	"ListMetrics":         (*Service).listMetrics,
}

// readers may see what staff may see.
var readers = []workflow.Role{workflow.RoleApprover, workflow.RoleOperator, workflow.RoleAdministrator}

// Asks says whether a request is one for this API.
func Asks(r *http.Request) bool { return r.Method == http.MethodPost && protocolOf(r) != nil }

// ServeHTTP answers one request that Asks.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := protocolOf(r)
	id := workflow.NewUUID()
	w.Header().Set("x-amzn-RequestId", id)
	defer func() {
		if broken := recover(); broken != nil && broken != http.ErrAbortHandler {
			s.Logger.ErrorContext(r.Context(), "panic", "panic", broken, "request", id, "stack", string(debug.Stack()))
			p.refuse(w, internalFailure(), id)
		}
	}()
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	operation, answer, err := s.answer(p, r)
	if err == nil {
		err = p.answer(w, operation, answer, id)
	}
	if err == nil {
		return
	}
	refusal := new(Error)
	if !errors.As(err, &refusal) {
		s.Logger.ErrorContext(r.Context(), "CloudWatch request failed", "operation", operation, "request", id, "error", err)
		refusal = internalFailure()
	}
	p.refuse(w, refusal, id)
}

func (s *Service) answer(p protocol, r *http.Request) (operation string, answer members, err error) {
	body, err := io.ReadAll(r.Body)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return "", nil, &Error{Code: "RequestEntityTooLarge", Message: "The request is too large.", Status: http.StatusRequestEntityTooLarge}
	}
	if err != nil {
		return "", nil, malformed("The request ended early.")
	}
	if _, query := p.(queryProtocol); query {
		if action := elsewhere(body); action != "" {
			return action, nil, &Error{Code: "InvalidAction", Message: "This address offers Step Functions and the metrics of CloudWatch, not " + action + "."}
		}
	}
	caller, err := s.Authenticate(r, body, SigningName)
	if err != nil {
		return "", nil, err
	}
	operation, in, err := p.read(r, body)
	if err != nil {
		return operation, nil, err
	}
	serve := operations[operation]
	if serve == nil {
		return operation, nil, &Error{Code: "InvalidAction", shape: "UnknownOperationException", Message: "The action " + operation + " is not valid for this endpoint."}
	}
	if !caller.Has(readers...) {
		return operation, nil, accessDenied(caller, operation)
	}
	answer, err = serve(s, r.Context(), in)
	return operation, answer, err
}
