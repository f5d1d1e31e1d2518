package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/workflow"
	"countersign/workflow/engine"
)

// FieldError says what is wrong with one field of a form or of a JSON document.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// fault is an error as its reader is told it. Message is for people and ends with what to do
// next; Code is for programs and never changes.
type fault struct {
	Status     int
	Code       string
	Message    string
	Fields     []FieldError
	RetryAfter time.Duration // sent as Retry-After when set
	Challenge  string        // sent as WWW-Authenticate when set
	cause      error         // for the log only
}

func (f *fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %v", f.Code, f.cause)
	}
	return f.Code + ": " + f.Message
}

func (f *fault) Unwrap() error { return f.cause }

// invalid is 422: the request was understood and its content is wrong.
func invalid(fields ...FieldError) *fault {
	message := "Some fields are not filled in correctly. Correct them and send again."
	if len(fields) == 1 {
		message = fields[0].Message
	}
	return &fault{Status: http.StatusUnprocessableEntity, Code: "invalid", Message: message, Fields: fields}
}

// conflict is 409: what is asked for contradicts what has happened meanwhile.
func conflict(message string) *fault {
	return &fault{Status: http.StatusConflict, Code: "conflict", Message: message}
}

// forbidden is 403: we know who asks, and the answer is no.
func forbidden(message string) *fault {
	return &fault{Status: http.StatusForbidden, Code: "forbidden", Message: message}
}

// badRequest is 400: the request cannot be read.
func badRequest(message string) *fault {
	return &fault{Status: http.StatusBadRequest, Code: "bad_request", Message: message}
}

var errSignedOut = &fault{
	Status: http.StatusUnauthorized, Code: "signed_out",
	Message: "You are signed out. Sign in and try again.",
}

// vocabulary maps the errors that cross rooms to what their reader is told.
var vocabulary = []struct {
	err     error
	status  int
	code    string
	message string
}{
	{workflow.ErrNotFound, http.StatusNotFound, "not_found",
		"There is nothing here, or it is not yours to see. Check the address, or begin at the start page."},
	{workflow.ErrConflict, http.StatusConflict, "conflict",
		"This exists already with different content, so nothing was changed. Use another id."},
	{workflow.ErrExists, http.StatusConflict, "exists",
		"This exists already; the earlier one stands. Reload the page to see it."},
	{workflow.ErrEffectRefused, http.StatusConflict, "changed_meanwhile",
		"Somebody or something was faster, so nothing was changed. Reload the page to see how it stands now."},
	{workflow.ErrTaskGone, http.StatusConflict, "task_gone",
		"This no longer waits for an answer, so nothing was changed. Reload the page to see what happened."},
	{workflow.ErrClosed, http.StatusConflict, "closed",
		"The execution is closed, so nothing was changed. Reload the page to see how it ended."},
	{workflow.ErrNotRedrivable, http.StatusConflict, "not_redrivable",
		"Only an execution that failed, timed out or was stopped within the last 14 days can be redriven. Reload the page to see how it stands."},
	{workflow.ErrTaskTokenInvalid, http.StatusBadRequest, "invalid_token",
		"This is not a task token of ours. Copy the whole token and try again."},
	{engine.ErrDraining, http.StatusServiceUnavailable, "shutting_down",
		"Countersign is shutting down, so nothing was changed. Try again in a moment."},
	{models.ErrDamaged, http.StatusServiceUnavailable, "damaged",
		"The database's file is damaged, so nothing was changed, and nothing more will be written to it. Tell an operator: a backup must be restored."},
	{models.ErrUnwritable, http.StatusServiceUnavailable, "not_written",
		"The database cannot be written at the moment, so nothing was changed. Try again soon; if it stays, an operator must look at the database and its disk."},
	{models.ErrUncertain, http.StatusServiceUnavailable, "not_known",
		"The connection to the database was lost while this was being saved, so it may have happened or not. Look at how it stands before you try again."},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "too_slow",
		"This took too long and was given up. Try again in a moment."},
	{os.ErrDeadlineExceeded, http.StatusRequestTimeout, "slow_request",
		"The request did not arrive in time, so nothing was changed. Send it again."},
	{context.Canceled, statusClientGone, "client_gone",
		"The request was given up before it was answered."},
}

// statusClientGone is nobody's to see: it keeps a browser that left from looking like an error of ours.
const statusClientGone = 499

// faultOf is the one place where an error becomes a status.
func faultOf(err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &fault{Status: http.StatusRequestEntityTooLarge, Code: "too_large", cause: err,
			Message: fmt.Sprintf("The request is larger than %d KiB, so nothing was changed. Send less at once.", tooLarge.Limit>>10)}
	}
	for _, v := range vocabulary {
		if errors.Is(err, v.err) {
			return &fault{Status: v.status, Code: v.code, Message: v.message, cause: err}
		}
	}
	var routing *echo.HTTPError
	if errors.As(err, &routing) {
		return routingFault(routing)
	}
	if models.Unavailable(err) {
		return &fault{Status: http.StatusServiceUnavailable, Code: "unavailable", cause: err,
			Message: "The database does not answer at the moment. Try again soon; if it stays, an operator must look at it."}
	}
	return &fault{Status: http.StatusInternalServerError, Code: "internal", cause: err,
		Message: "Something went wrong on our side and was written to the log. Try again; if it stays, tell the operator the request number below."}
}

// routingFault words what the router itself refuses.
func routingFault(e *echo.HTTPError) *fault {
	switch e.Code {
	case http.StatusNotFound:
		return &fault{Status: e.Code, Code: "not_found",
			Message: "There is no page at this address. Check the address, or begin at the start page."}
	case http.StatusMethodNotAllowed:
		return &fault{Status: e.Code, Code: "method_not_allowed",
			Message: "This address does not answer to that method; the Allow header says which it knows."}
	}
	return &fault{Status: e.Code, Code: "refused", Message: fmt.Sprintf("%v.", e.Message), cause: e}
}
