package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/web/cloudwatch"
	"countersign/web/paths"
	"countersign/web/sfn"
	"countersign/web/sigv4"
	"countersign/workflow"
)

// signedStore finds whose access key a request is signed with.
type signedStore interface {
	AccessKeyBearer(ctx context.Context, keyID string) (p models.Person, secret string, err error)
	NoteAccessKeyUse(ctx context.Context, keyID string) error
}

// stepFunctions answers the Step Functions API. Whatever else is posted to this address is
// answered as before there was one.
func (s *Server) stepFunctions(c echo.Context) error {
	if cloudwatch.Asks(c.Request()) {
		return s.cloudWatch(c)
	}
	if !asksStepFunctions(c.Request()) {
		c.Response().Header().Set(echo.HeaderAllow, "GET, HEAD")
		return echo.ErrMethodNotAllowed
	}
	s.sfn.ServeHTTP(c.Response(), c.Request())
	return nil
}

// cloudWatch answers the part of CloudWatch that tells of state machines.
func (s *Server) cloudWatch(c echo.Context) error {
	s.metricsAPI.ServeHTTP(c.Response(), c.Request())
	return nil
}

// metricsReader is signer in CloudWatch's words.
func (s *Server) metricsReader(r *http.Request, body []byte, service string) (models.Person, error) {
	p, err := s.signer(r, body, service)
	var signature *sigv4.Error
	var throttled *sfn.Error
	switch {
	case errors.As(err, &signature):
		err = cloudwatch.Refused(signature.Code, signature.Message)
	case errors.As(err, &throttled):
		err = cloudwatch.Refused(throttled.Code, throttled.Message)
	}
	return p, err
}

func asksStepFunctions(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Path == paths.StepFunctions && sfn.Asks(r)
}

// signer is whose access key signed a request to a service of AWS's that we answer for. A cookie
// counts for nothing here, so these routes need no CSRF token. As with API keys, only wrong
// signatures count as attempts.
func (s *Server) signer(r *http.Request, body []byte, service string) (models.Person, error) {
	ctx := r.Context()
	signature, err := sigv4.Parse(r)
	if err != nil {
		return models.Person{}, err
	}
	p, secret, err := s.store.AccessKeyBearer(ctx, signature.AccessKey)
	switch {
	case errors.Is(err, workflow.ErrNotFound) || err == nil && s.active(p) == nil:
		err = sigv4.Unrecognized()
	case err != nil:
		return models.Person{}, err
	default:
		err = signature.Check(r, body, secret, service, s.now())
	}
	if err != nil {
		wait, failed := s.keyAttempts.Take(ctx, s.echo.IPExtractor(r))
		switch {
		case failed != nil:
			return models.Person{}, failed
		case wait > 0:
			return models.Person{}, sfn.Throttled()
		}
		return models.Person{}, err
	}
	if err := s.store.NoteAccessKeyUse(ctx, signature.AccessKey); err != nil { // no reason to turn the caller away
		s.log.WarnContext(ctx, "use of access key not noted", "error", err)
	}
	return p, nil
}
