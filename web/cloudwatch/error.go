package cloudwatch

import (
	"fmt"
	"net/http"

	"countersign/models"
	"countersign/workflow"
)

// Error is a refusal in the service's words. Protocols name it differently: Code is that of
// the query protocol, the others take the shape's name.
type Error struct {
	Code    string
	Message string
	Status  int    // 400 when 0
	shape   string // Code when empty
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

func (e *Error) shapeName() string {
	if e.shape == "" {
		return e.Code
	}
	return e.shape
}

// fault is who is to blame, in the query protocol's words.
func (e *Error) fault() string {
	if e.status() >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

func missing(name string) *Error {
	return &Error{Code: "MissingParameter", shape: "MissingRequiredParameterException", Message: "The parameter " + name + " is required."}
}

func invalid(format string, args ...any) *Error {
	return &Error{Code: "InvalidParameterValue", shape: "InvalidParameterValueException", Message: fmt.Sprintf(format, args...)}
}

func combination(format string, args ...any) *Error {
	return &Error{Code: "InvalidParameterCombination", shape: "InvalidParameterCombinationException", Message: fmt.Sprintf(format, args...)}
}

func malformed(format string, args ...any) *Error {
	return &Error{Code: "MalformedInput", shape: "SerializationException", Message: fmt.Sprintf(format, args...)}
}

func internalFailure() *Error {
	return &Error{Code: "InternalServiceError", shape: "InternalServiceFault", Status: http.StatusInternalServerError,
		Message: "Something went wrong on our side and was written to the log."}
}

func accessDenied(caller models.Person, operation string) *Error {
	return &Error{Code: "AccessDenied", shape: "AccessDeniedException", Status: http.StatusForbidden, Message: fmt.Sprintf(
		"User: arn:aws:iam::%s:user/%s is not authorized to perform: cloudwatch:%s because no identity-based policy allows the cloudwatch:%[3]s action",
		workflow.Account, caller.ID, operation)}
}

// queryCodes are the signature's refusals as the query protocol calls them.
var queryCodes = map[string]string{
	"UnrecognizedClientException":         "InvalidClientTokenId",
	"InvalidSignatureException":           "SignatureDoesNotMatch",
	"IncompleteSignatureException":        "IncompleteSignature",
	"MissingAuthenticationTokenException": "MissingAuthenticationToken",
	"ThrottlingException":                 "Throttling",
}

// Refused is a refusal that is no operation's: of a signature, or of too many attempts.
func Refused(code, message string) *Error {
	e := &Error{Code: code, shape: code, Message: message, Status: http.StatusForbidden}
	if query := queryCodes[code]; query != "" {
		e.Code = query
	}
	if code == "ThrottlingException" {
		e.Status = http.StatusBadRequest
	}
	return e
}
