package integrations

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"countersign/workflow"
)

// inspect writes down the request before the connection adds to it.
func inspect(ctx context.Context, t *httpTask) {
	i := workflow.InspectionOf(ctx)
	if i == nil {
		return
	}
	if r, err := t.request(ctx); err == nil {
		i.Request = inspected(t, r)
	}
}

// inspectRequest writes down the request as it is sent.
func inspectRequest(ctx context.Context, t *httpTask, r *http.Request) {
	if i := workflow.InspectionOf(ctx); i != nil {
		i.Revealed = inspected(t, r)
	}
}

func inspected(t *httpTask, r *http.Request) workflow.InspectedRequest {
	var body []byte
	if t.body != nil {
		body, _ = t.encoded() // it is being sent, so it could be encoded
	}
	return workflow.InspectedRequest{Protocol: r.URL.Scheme, Method: r.Method, URL: r.URL.String(), Headers: headersText(r.Header), Body: string(body)}
}

func inspectResponse(ctx context.Context, a reply) {
	if i := workflow.InspectionOf(ctx); i != nil {
		i.Response = workflow.InspectedResponse{
			Protocol: i.Revealed.Protocol, StatusCode: strconv.Itoa(a.status), StatusMessage: http.StatusText(a.status),
			Headers: headersText(a.header), Body: string(a.body),
		}
	}
}

// headersText writes headers as TestState does: "[content-type: text/plain, date: …]".
func headersText(h http.Header) string {
	list := headerList(h)
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(list)) {
		for _, value := range list[name] {
			texts = append(texts, name+": "+value)
		}
	}
	return "[" + strings.Join(texts, ", ") + "]"
}
