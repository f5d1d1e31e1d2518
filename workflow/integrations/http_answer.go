package integrations

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/workflow"
)

// httpOutput is what http:invoke answers, or the error that the status is.
func httpOutput(call workflow.Call, a reply) (json.RawMessage, error) {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch {
	case a.longer:
		return nil, workflow.Failf(workflow.ErrorDataLimitExceeded,
			"The state/task 'arn:aws:states:::http:invoke' returned a result with a size exceeding the maximum number of bytes service limit.")
	case len(a.body) > 0 && binary(kind):
		return nil, runtimeFailure(call, "The HTTP response has the content type '%s', which is not supported.", kind)
	case !utf8.Valid(a.body):
		return nil, runtimeFailure(call, "The HTTP response cannot be read as a valid string.")
	case !a.success():
		cause := shortened(string(a.body), maxCause)
		if strings.TrimSpace(cause) == "" {
			cause = http.StatusText(a.status)
		}
		return nil, &workflow.TaskError{Name: "States.Http.StatusCode." + strconv.Itoa(a.status), Cause: cause}
	}
	return unescaped(struct {
		Headers      map[string][]string `json:"Headers"`
		ResponseBody json.RawMessage     `json:"ResponseBody"`
		StatusCode   int                 `json:"StatusCode"`
		StatusText   string              `json:"StatusText"`
	}{headerList(a.header), responseBody(kind, a.body), a.status, http.StatusText(a.status)})
}

func binary(kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	return kind == "application/octet-stream" || family == "image" || family == "video" || family == "audio"
}

// responseBody is JSON as JSON, and everything else as a string.
func responseBody(kind string, body []byte) json.RawMessage {
	if (kind == "application/json" || strings.HasSuffix(kind, "+json")) && json.Valid(body) {
		return body
	}
	text, _ := unescaped(string(body)) // a string
	return text
}
