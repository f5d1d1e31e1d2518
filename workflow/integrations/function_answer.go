package integrations

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/workflow"
)

// Limits of the API's shapes SensitiveError and SensitiveCause.
const (
	maxErrorName = 256
	maxCause     = 32_768
)

// maxMessage is how much of a body that is not ours to understand is quoted.
const maxMessage = 1024

// functionOutput reads what a function answered.
func functionOutput(a reply) ([]byte, error) {
	a.body = bytes.ToValidUTF8(a.body, []byte("\ufffd"))
	if a.success() && a.header.Get("X-Amz-Function-Error") == "" {
		return output(a)
	}
	return nil, functionError(a)
}

func output(a reply) ([]byte, error) {
	body := bytes.TrimSpace(a.body)
	switch {
	case a.longer:
		return a.body, nil // too long: the language says so, in its own words for each kind of task
	case len(body) == 0:
		return []byte("null"), nil
	case !json.Valid(body):
		return nil, &workflow.TaskError{Name: "Runtime.MarshalError", Cause: errorBody("Runtime.MarshalError",
			fmt.Sprintf("The function answered with HTTP status %d and a body that is not JSON.", a.status))}
	}
	return body, nil
}

// functionError is the error that the function names itself, or what Lambda calls the status.
func functionError(a reply) *workflow.TaskError {
	var told struct {
		Type    *string `json:"errorType"`
		Message *string `json:"errorMessage"`
	}
	body := strings.TrimSpace(string(a.body))
	if a.longer || json.Unmarshal([]byte(body), &told) != nil || told.Type == nil && told.Message == nil {
		return statusError(a, body)
	}
	if told.Type == nil || *told.Type == "" {
		return &workflow.TaskError{Name: "Lambda.Unknown", Cause: shortened(
			"The cause could not be determined because Lambda did not return an error type. Returned payload: "+body, maxCause)}
	}
	return &workflow.TaskError{Name: shortened(*told.Type, maxErrorName), Cause: shortened(body, maxCause)}
}

// exceptions of Lambda's Invoke by their status codes.
var exceptions = map[int]string{
	http.StatusBadRequest:            "InvalidRequestContentException",
	http.StatusUnauthorized:          "AccessDeniedException",
	http.StatusForbidden:             "AccessDeniedException",
	http.StatusNotFound:              "ResourceNotFoundException",
	http.StatusConflict:              "ResourceConflictException",
	http.StatusRequestEntityTooLarge: "RequestTooLargeException",
	http.StatusUnsupportedMediaType:  "UnsupportedMediaTypeException",
	http.StatusTooManyRequests:       "TooManyRequestsException",
}

func statusError(a reply, body string) *workflow.TaskError {
	code := exceptions[a.status]
	switch {
	case code != "":
	case a.status >= 500:
		code = "ServiceException"
	case a.success():
		return &workflow.TaskError{Name: "Lambda.Unknown",
			Cause: shortened("The cause could not be determined because Lambda did not return an error type. Returned payload: "+body, maxCause)}
	default:
		return workflow.Failf("Lambda.Unknown", "The function answered with HTTP status %d (%s), which is neither an output nor an error.", a.status, http.StatusText(a.status))
	}
	message := http.StatusText(a.status)
	if len(body) <= maxMessage && strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") && workflow.Legible(body) {
		message = body
	}
	return lambdaException(a.status, code, message)
}

// lambdaException words an answer of the service itself as Step Functions does.
func lambdaException(status int, code, message string) *workflow.TaskError {
	return &workflow.TaskError{Name: "Lambda." + code, Cause: serviceCause("AWSLambda", status, code, message)}
}

func serviceCause(service string, status int, code, message string) string {
	return fmt.Sprintf("%s (Service: %s; Status Code: %d; Error Code: %s; Request ID: %s; Proxy: null)", message, service, status, code, workflow.NewUUID())
}

func functionNotFound(name string) *workflow.TaskError {
	return lambdaException(http.StatusNotFound, "ResourceNotFoundException", fmt.Sprintf("Function not found: %s:$LATEST", workflow.FunctionARN(name)))
}

func timedOut(limit time.Duration) *workflow.TaskError {
	message := fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", workflow.NewUUID(), limit.Seconds())
	return &workflow.TaskError{Name: "Sandbox.Timedout", Cause: errorBody("Sandbox.Timedout", message)}
}

func errorBody(name, message string) string {
	body, _ := unescaped(struct { // two strings
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{name, message})
	return string(body)
}

// shortened cuts a text to at most n bytes, between two characters.
func shortened(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
