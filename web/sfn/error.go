package sfn

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"countersign/models"
	"countersign/web/sigv4"
	"countersign/workflow"
	"countersign/workflow/engine"
)

// Error is a refusal in the service's words.
type Error struct {
	Code    string
	Message string
	Status  int            // 400 when 0
	Members map[string]any // what the error has besides its message
	common  bool           // belongs to every AWS service
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Refuse makes one of the API's own errors, with status 400.
func Refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// invalidBecause is a ValidationException with a reason that programs can read.
func invalidBecause(reason, format string, args ...any) *Error {
	e := Refuse("ValidationException", format, args...)
	e.Members = map[string]any{"reason": reason}
	return e
}

func resourceNotFound(arn string) *Error {
	e := Refuse("ResourceNotFound", "Resource not found: '%s'", arn)
	e.Members = map[string]any{"resourceName": arn}
	return e
}

func quotaExceeded(why string) *Error { return Refuse("ServiceQuotaExceededException", "%s", why) }

func serialization(format string, args ...any) *Error {
	return &Error{Code: "SerializationException", Message: fmt.Sprintf(format, args...), common: true}
}

func internalFailure() *Error {
	return &Error{Code: "InternalFailure", Status: http.StatusInternalServerError, common: true,
		Message: "Something went wrong on our side and was written to the log."}
}

func accessDenied(caller models.Person, operation string) *Error {
	return &Error{Code: "AccessDeniedException", common: true, Message: fmt.Sprintf(
		"User: arn:aws:iam::%s:user/%s is not authorized to perform: states:%s because no identity-based policy allows the states:%[3]s action",
		workflow.Account, caller.ID, operation)}
}

// Throttled is the answer to somebody who guesses at keys.
func Throttled() *Error {
	return &Error{Code: "ThrottlingException", Message: "Rate exceeded", common: true}
}

// refusalOf is the one place where an error becomes an answer.
func refusalOf(err error) *Error {
	var own *Error
	var signature *sigv4.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &signature):
		return &Error{Code: signature.Code, Message: signature.Message, common: true}
	case errors.Is(err, models.ErrTooManyVersions):
		return quotaExceeded("You have exceeded the maximum number of published versions of a state machine.")
	case errors.Is(err, models.ErrTooManyAliases):
		return quotaExceeded("You have exceeded the maximum number of aliases of a state machine.")
	case errors.Is(err, engine.ErrDraining), errors.Is(err, models.ErrUnwritable), models.Unavailable(err),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: "ServiceUnavailableException", Status: http.StatusServiceUnavailable, common: true,
			Message: "Countersign cannot do this at the moment, and nothing was changed. Try again in a moment."}
	}
	return internalFailure()
}

// namespace is what the service writes before an error's code.
func (e *Error) namespace() string {
	if e.common || e.Code == "UnknownOperationException" {
		return "com.amazon.coral.service#"
	}
	return "com.amazonaws.swf.service.v2.model#"
}

func writeError(w http.ResponseWriter, e *Error) {
	members := map[string]any{"__type": e.namespace() + e.Code}
	if e.Message != "" {
		members["message"] = e.Message
	}
	for name, value := range e.Members {
		members[name] = value
	}
	document, err := encode(members)
	if err != nil {
		document = []byte(`{"__type":"com.amazon.coral.service#InternalFailure"}`)
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	send(w, status, document)
}
