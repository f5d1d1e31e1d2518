package integrations

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"countersign/workflow"
)

// httpTask is a request as the task's arguments describe it.
type httpTask struct {
	call       workflow.Call
	connection string // ARN
	url        *url.URL
	method     string
	headers    http.Header
	query      []workflow.Parameter
	body       json.RawMessage // nil: none
	form       bool            // the body is encoded as a form
	arrays     arrayFormat
}

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodHead}

// readHTTPTask checks the arguments of http:invoke.
func readHTTPTask(call workflow.Call) (*httpTask, error) {
	a := readArguments(call, "ApiEndpoint", "Method", "Authentication", "InvocationConfig", "Headers", "QueryParameters", "RequestBody", "Transform")
	t := &httpTask{call: call, headers: http.Header{}}
	endpoint := a.required("ApiEndpoint")
	if t.method = a.required("Method"); a.failed == nil && !slices.Contains(methods, t.method) {
		a.invalid("Method")
	}
	t.connection = connectionOf(a)
	t.readURL(a, endpoint)
	t.readHeaders(a)
	t.readQuery(a)
	t.readTransform(a)
	if t.body = a.raw("RequestBody"); string(t.body) == "null" {
		t.body = nil
	}
	return t, a.failed
}

// connectionOf reads the ARN, which stands in one of two places.
func connectionOf(a *arguments) string {
	place := "InvocationConfig"
	if a.raw(place) == nil {
		place = "Authentication"
	}
	value := a.raw(place)
	if value == nil {
		a.refuse("The field 'InvocationConfig' or 'Authentication' is required")
		return ""
	}
	list, _ := members(value)
	if len(list) != 1 || list[0].name != "ConnectionArn" {
		a.invalid(place)
		return ""
	}
	arn, ok := textOf(list[0].value)
	if !ok {
		a.invalid("ConnectionArn")
	}
	return arn
}

func (t *httpTask) readURL(a *arguments, endpoint string) {
	if a.failed != nil {
		return
	}
	var err error
	if t.url, err = url.Parse(endpoint); err != nil || t.url.Host == "" || t.url.User != nil || t.url.Scheme != "https" && t.url.Scheme != "http" {
		a.invalid("ApiEndpoint")
		return
	}
	t.url.Fragment = ""
}

// refusedHeaders are the service's to set, or nobody's.
var refusedHeaders = strings.Fields(`a-im accept-charset accept-datetime accept-encoding authorization cache-control
	connection content-encoding content-md5 date expect forwarded from host http2-settings if-match if-modified-since
	if-none-match if-range if-unmodified-since max-forwards origin pragma proxy-authorization referer server te trailer
	transfer-encoding upgrade via warning content-length`)

func refusedHeader(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(refusedHeaders, name) || strings.HasPrefix(name, "x-forwarded-") ||
		strings.HasPrefix(name, "x-amz-") || strings.HasPrefix(name, "x-amzn-")
}

func (t *httpTask) readHeaders(a *arguments) {
	list := a.object("Headers")
	for _, m := range list {
		values, ok := scalars(m.value)
		for _, value := range values {
			ok = ok && validHeader(m.name, value)
			t.headers.Add(m.name, value)
		}
		switch {
		case refusedHeader(m.name):
			a.refuse("The header '%s' must not be set in the field 'Headers'", m.name)
		case !ok:
			a.invalid("Headers")
		}
	}
}

func (t *httpTask) readQuery(a *arguments) {
	if text, ok := textOf(a.raw("QueryParameters")); ok { // "a=1&b=2"
		for pair := range strings.SplitSeq(strings.TrimPrefix(text, "?"), "&") {
			name, value, _ := strings.Cut(pair, "=")
			if name != "" {
				t.query = append(t.query, workflow.Parameter{Name: plain(name), Value: plain(value)})
			}
		}
		return
	}
	for _, m := range a.object("QueryParameters") {
		values, ok := scalars(m.value)
		if !ok {
			a.invalid("QueryParameters")
		}
		for _, value := range values {
			t.query = append(t.query, workflow.Parameter{Name: m.name, Value: value})
		}
	}
}

func plain(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

func (t *httpTask) readTransform(a *arguments) {
	t.arrays = formatIndices
	for _, m := range a.object("Transform") {
		switch m.name {
		case "RequestBodyEncoding":
			encoding, _ := textOf(m.value)
			t.form = encoding == "URL_ENCODED"
			if !t.form && encoding != "NONE" {
				a.invalid("RequestBodyEncoding")
			}
		case "RequestEncodingOptions":
			options, ok := members(m.value)
			for _, o := range options {
				format, _ := textOf(o.value)
				t.arrays = arrayFormat(format)
				ok = ok && o.name == "ArrayFormat" && slices.Contains(arrayFormats, t.arrays)
			}
			if !ok {
				a.invalid("RequestEncodingOptions")
			}
		default:
			a.refuse("The field '%s' is not supported by Step Functions", m.name)
		}
	}
}

// object is an optional argument's members.
func (a *arguments) object(name string) []member {
	value := a.raw(name)
	if value == nil || string(value) == "null" {
		return nil
	}
	list, ok := members(value)
	if !ok {
		a.invalid(name)
	}
	return list
}

// scalars are one text or an array of texts.
func scalars(value json.RawMessage) (texts []string, ok bool) {
	if text, ok := scalarText(value); ok {
		return []string{text}, true
	}
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return nil, false
	}
	for _, v := range list {
		text, ok := scalarText(v)
		if !ok {
			return nil, false
		}
		texts = append(texts, text)
	}
	return texts, true
}

// validHeader keeps a value from becoming a header of its own (RFC 9110, section 5).
func validHeader(name, value string) bool {
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return name != "" && strings.Trim(name, token) == "" &&
		!strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// request is made anew for every attempt.
func (t *httpTask) request(ctx context.Context) (*http.Request, error) {
	u := *t.url
	for _, p := range t.query {
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += escaped(p.Name) + "=" + escaped(p.Value)
	}
	var body []byte
	kind := "application/json; charset=UTF-8"
	if t.body != nil {
		var failed error
		if body, failed = t.encoded(); failed != nil {
			return nil, failed
		}
	}
	if t.form {
		kind = "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(ctx, t.method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = t.headers.Clone()
	if t.body != nil && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("User-Agent", userAgent+"|StepFunctions|HttpInvoke|"+workflow.Region)
	r.Header.Set("Range", "bytes=0-262144")
	return r, nil
}
