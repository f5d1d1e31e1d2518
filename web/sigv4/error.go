package sigv4

import "fmt"

// Error is a refusal as AWS words it; all of them are answered with status 400.
type Error struct {
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// The codes of refusals.
const (
	CodeMissing      = "MissingAuthenticationTokenException"
	CodeIncomplete   = "IncompleteSignatureException"
	CodeInvalid      = "InvalidSignatureException"
	CodeUnrecognized = "UnrecognizedClientException"
)

// Unrecognized is the refusal of an access key that nobody has.
func Unrecognized() *Error {
	return &Error{CodeUnrecognized, "The security token included in the request is invalid."}
}

func invalid(format string, args ...any) *Error {
	return &Error{CodeInvalid, fmt.Sprintf(format, args...)}
}

func incomplete(format string, args ...any) *Error {
	return &Error{CodeIncomplete, fmt.Sprintf(format, args...)}
}
