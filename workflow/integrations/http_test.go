package integrations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
)

// connectionOfTest is named Party and has the given kind.
func connectionOfTest(kind workflow.ConnectionKind, user string) workflow.Connection {
	return workflow.Connection{ID: "81210c42", Name: "Party", Kind: kind, User: user, Secret: "s3cret-of-party", UpdatedAt: noon}
}

func httpWith(c workflow.Connection, change ...func(*HTTPOptions)) *HTTP {
	o := HTTPOptions{Book: &book{connections: map[string]workflow.Connection{"Party": c}}, AllowPrivate: true, Now: atNoon}
	for _, f := range change {
		f(&o)
	}
	return NewHTTP(o)
}

const partyARN = "arn:aws:events:us-east-1:123456789012:connection/Party/81210c42"

// task is the arguments of http:invoke with more members.
func task(method, url, more string) string {
	return fmt.Sprintf(`{"Method":%q,"ApiEndpoint":%q,"InvocationConfig":{"ConnectionArn":%q}%s}`, method, url, partyARN, more)
}

func invoke(t *testing.T, h *HTTP, arguments string) (string, error) {
	t.Helper()
	result, err := h.Invoke(t.Context(), callOf("http:invoke", arguments))
	return string(result.Output), err
}

var basic = connectionOfTest(workflow.ConnectionBasic, "ann")

func TestHTTPInvoke(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Add("X-Many", "a")
		w.Header().Add("X-Many", "b")
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"total": 12.50, "text": "<&>"}`)
	})
	output, err := invoke(t, httpWith(basic), task("POST", s.URL+"/v1/charges?live=1",
		`,"Headers":{"X-One":"1","X-Two":["a","b"]},"QueryParameters":{"currency":"eur €","ids":[1,2],"empty":null},"RequestBody":{"amount":12.50,"text":"<&>"}`))
	want := `{"Headers":{"content-length":["31"],"content-type":["application/problem+json; charset=utf-8"],"x-many":["a","b"]},` +
		`"ResponseBody":{"total":12.50,"text":"<&>"},"StatusCode":201,"StatusText":"Created"}`
	if err != nil || output != want {
		t.Errorf("got %s, %v", output, err)
	}
	h := s.last(t)
	if h.method != "POST" || h.url != "/v1/charges?live=1&currency=eur%20%E2%82%AC&ids=1&ids=2&empty=" || h.body != `{"amount":12.50,"text":"<&>"}` {
		t.Errorf("asked %+v", h)
	}
	for name, want := range map[string]string{
		"Authorization": "Basic YW5uOnMzY3JldC1vZi1wYXJ0eQ==", "Content-Type": "application/json; charset=UTF-8", "X-One": "1", "Range": "bytes=0-262144",
		"User-Agent": "Countersign|StepFunctions|HttpInvoke|us-east-1",
	} {
		if got := h.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := h.header.Values("X-Two"); len(got) != 2 {
		t.Errorf("X-Two: %q", got)
	}
}

func TestHTTPBodies(t *testing.T) {
	const form = `,"Headers":{"content-type":"application/x-www-form-urlencoded"},"Transform":{"RequestBodyEncoding":"URL_ENCODED"%s}`
	format := func(name string) string {
		return fmt.Sprintf(form, `,"RequestEncodingOptions":{"ArrayFormat":"`+name+`"}`)
	}
	lists := `,"RequestBody":{"array":["a","b c"],"of":[{"x":1}],"deep":{"k":{"l":true}},"none":[]}`
	for _, tc := range []struct{ more, body, kind string }{
		{``, ``, ``},
		{`,"RequestBody":null`, ``, ``},
		{`,"RequestBody":"plain <text>"`, `plain <text>`, "application/json; charset=UTF-8"},
		{`,"RequestBody":[1, 2],"Transform":{"RequestBodyEncoding":"NONE"}`, `[1,2]`, "application/json; charset=UTF-8"},
		{`,"RequestBody":"a=1"` + fmt.Sprintf(form, ""), `a=1`, "application/x-www-form-urlencoded"},
		{`,"RequestBody":{"description":"Monthly subscription","metadata":{"order_details":"monthly report"},"n":1.50,"no":null}` + fmt.Sprintf(form, ""),
			`description=Monthly%20subscription&metadata%5Border_details%5D=monthly%20report&n=1.50&no=`, "application/x-www-form-urlencoded"},
		{lists + format("INDICES"), `array%5B0%5D=a&array%5B1%5D=b%20c&of%5B0%5D%5Bx%5D=1&deep%5Bk%5D%5Bl%5D=true`, "application/x-www-form-urlencoded"},
		{lists + format("REPEAT"), `array=a&array=b%20c&of%5Bx%5D=1&deep%5Bk%5D%5Bl%5D=true`, "application/x-www-form-urlencoded"},
		{lists + format("BRACKETS"), `array%5B%5D=a&array%5B%5D=b%20c&of%5B%5D%5Bx%5D=1&deep%5Bk%5D%5Bl%5D=true`, "application/x-www-form-urlencoded"},
		{lists + format("COMMAS"), `array=a,b%20c&of=%7B%22x%22%3A1%7D&deep%5Bk%5D%5Bl%5D=true&none=`, "application/x-www-form-urlencoded"},
	} {
		s := serve(t, says(200, "", ""))
		if _, err := invoke(t, httpWith(basic), task("PUT", s.URL, tc.more)); err != nil {
			t.Errorf("%s: %v", tc.more, err)
			continue
		}
		if h := s.last(t); h.body != tc.body || h.header.Get("Content-Type") != tc.kind {
			t.Errorf("%s:\n got %s (%s)\nwant %s (%s)", tc.more, h.body, h.header.Get("Content-Type"), tc.body, tc.kind)
		}
	}
}

// What the connection adds wins, as in the documentation's example.
func TestConnectionAddsToTheRequest(t *testing.T) {
	c := connectionOfTest(workflow.ConnectionAPIKey, "ApiKey")
	c.Headers = []workflow.Parameter{{Name: "Header-Param", Value: "of the connection"}}
	c.Query = []workflow.Parameter{{Name: "QueryParam", Value: "of the connection"}}
	c.Body = []workflow.Parameter{{Name: "BodyParam", Value: "of <the> connection"}, {Name: "New", Value: "1"}}
	s := serve(t, says(200, "", ""))
	h := httpWith(c)
	_, err := invoke(t, h, task("POST", s.URL+"/path?QueryParam=old", `,"Headers":{"Request-Id":"r1","header-param":"of the task"},
		"QueryParameters":"QueryParam=of+the+task&b=%26","RequestBody":{"Job":"Engineer","BodyParam":"of the task"}`))
	if err != nil {
		t.Fatal(err)
	}
	got := s.last(t)
	if got.url != "/path?b=%26&QueryParam=of%20the%20connection" || got.body != `{"Job":"Engineer","BodyParam":"of <the> connection","New":"1"}` {
		t.Errorf("asked %s %s", got.url, got.body)
	}
	if got.header.Get("Apikey") != "s3cret-of-party" || got.header.Get("Header-Param") != "of the connection" || got.header.Get("Request-Id") != "r1" {
		t.Errorf("asked %v", got.header)
	}
	for _, body := range []string{`"text"`, `[1]`} {
		_, err = invoke(t, h, task("POST", s.URL, `,"RequestBody":`+body))
		fails(t, err, "States.Runtime", "the state 'Charge €' (entered at the event id #4)", "body parameters of the connection")
	}
	if _, err = invoke(t, h, task("POST", s.URL, ``)); err != nil || s.last(t).body != `{"BodyParam":"of <the> connection","New":"1"}` {
		t.Errorf("asked %s, %v", s.last(t).body, err)
	}
}

func TestHTTPAnswers(t *testing.T) {
	big := strings.Repeat("x", workflow.MaxPayload+1)
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		body   string // ResponseBody of a success
		error  string
		cause  string
	}{
		{"text", says(200, "text/plain", "hello <you>"), `"hello <you>"`, "", ""},
		{"nothing", says(204, "", ""), `""`, "", ""},
		{"JSON by another name", says(200, "text/plain", `{"a":1}`), `"{\"a\":1}"`, "", ""},
		{"no JSON in spite of its name", says(200, "application/json", `{"a":`), `"{\"a\":"`, "", ""},
		{"partial", says(206, "application/json", `[1]`), `[1]`, "", ""},
		{"not found", says(404, "application/json", `{"error": "no"}`), "", "States.Http.StatusCode.404", `{"error": "no"}`},
		{"nothing to say", says(503, "", ""), "", "States.Http.StatusCode.503", "Service Unavailable"},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}, "", "States.Http.StatusCode.302", "Found"},
		{"round and round", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusMovedPermanently)
		}, "", "States.Http.StatusCode.301", "Moved"},
		{"a picture", says(200, "image/png", "x"), "", "States.Runtime", "'image/png'"},
		{"bytes", says(200, "application/octet-stream", "x"), "", "States.Runtime", "'application/octet-stream'"},
		{"damaged text", says(200, "text/plain", "\xff"), "", "States.Runtime", "valid string"},
		{"damaged refusal", says(400, "text/plain", "\xff"), "", "States.Runtime", "valid string"},
		{"too much", says(200, "text/plain", big), "", "States.DataLimitExceeded", "'arn:aws:states:::http:invoke' returned a result with a size exceeding"},
		{"too much of a refusal", says(500, "text/plain", big), "", "States.DataLimitExceeded", "size exceeding"},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "", "States.Http.Socket", "The HTTP request failed: EOF"},
		{"does not answer", hangs, "", "States.Http.Socket", "did not complete within 100ms"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := httpWith(basic, func(o *HTTPOptions) {
				if tc.name == "does not answer" {
					o.Timeout = 100 * time.Millisecond
				}
			})
			output, err := invoke(t, h, task("GET", serve(t, tc.answer).URL, ""))
			if tc.error != "" {
				fails(t, err, tc.error, tc.cause)
				return
			}
			var got struct{ ResponseBody json.RawMessage }
			if err != nil || json.Unmarshal([]byte(output), &got) != nil || string(got.ResponseBody) != tc.body {
				t.Errorf("got %s, %v", output, err)
			}
		})
	}
}

func TestHTTPArgumentsAreRefused(t *testing.T) {
	s := serve(t, says(200, "", ""))
	connection := `"InvocationConfig":{"ConnectionArn":"` + partyARN + `"}`
	for _, tc := range []struct{ arguments, words string }{
		{`{"Method":"GET",` + connection + `}`, "The field 'ApiEndpoint' is required"},
		{`{"ApiEndpoint":"https://a",` + connection + `}`, "The field 'Method' is required"},
		{`{"ApiEndpoint":"https://a","Method":"GET"}`, "The field 'InvocationConfig' or 'Authentication' is required"},
		{`{"ApiEndpoint":"https://a","Method":"GET","Authentication":{}}`, "'Authentication' has an invalid format"},
		{`{"ApiEndpoint":"https://a","Method":"GET","Authentication":{"ConnectionArn":1}}`, "'ConnectionArn' has an invalid format"},
		{task("TRACE", s.URL, ""), "'Method' has an invalid format"},
		{task("get", s.URL, ""), "'Method' has an invalid format"},
		{task("GET", "ftp://a", ""), "'ApiEndpoint' has an invalid format"},
		{task("GET", "/path", ""), "'ApiEndpoint' has an invalid format"},
		{task("GET", "https://ann:pw@a/", ""), "'ApiEndpoint' has an invalid format"},
		{task("GET", "http://[::1", ""), "'ApiEndpoint' has an invalid format"},
		{task("GET", s.URL, `,"Headers":{"Authorization":"Bearer x"}`), "The header 'Authorization' must not be set"},
		{task("GET", s.URL, `,"Headers":{"x-amz-date":"x"}`), "The header 'x-amz-date' must not be set"},
		{task("GET", s.URL, `,"Headers":{"X-Forwarded-For":"x"}`), "The header 'X-Forwarded-For' must not be set"},
		{task("GET", s.URL, `,"Headers":{"host":"x"}`), "The header 'host' must not be set"},
		{task("GET", s.URL, `,"Headers":{"X-A":"a\r\nX-B: b"}`), "'Headers' has an invalid format"},
		{task("GET", s.URL, `,"Headers":{"X A":"a"}`), "'Headers' has an invalid format"},
		{task("GET", s.URL, `,"Headers":{"X-A":{}}`), "'Headers' has an invalid format"},
		{task("GET", s.URL, `,"Headers":"X-A: a"`), "'Headers' has an invalid format"},
		{task("GET", s.URL, `,"QueryParameters":{"a":{}}`), "'QueryParameters' has an invalid format"},
		{task("GET", s.URL, `,"QueryParameters":[1]`), "'QueryParameters' has an invalid format"},
		{task("GET", s.URL, `,"Transform":{"RequestBodyEncoding":"XML"}`), "'RequestBodyEncoding' has an invalid format"},
		{task("GET", s.URL, `,"Transform":{"RequestEncodingOptions":{"ArrayFormat":"x"}}`), "'RequestEncodingOptions' has an invalid format"},
		{task("GET", s.URL, `,"Transform":{"Body":1}`), "The field 'Body' is not supported"},
		{task("GET", s.URL, `,"Timeout":1`), "The field 'Timeout' is not supported"},
		{task("POST", s.URL, `,"RequestBody":[1],"Transform":{"RequestBodyEncoding":"URL_ENCODED"}`), "cannot be URL-encoded"},
	} {
		_, err := invoke(t, httpWith(basic), tc.arguments)
		failed := failure(t, err)
		if failed.Name != "States.Runtime" || !strings.Contains(failed.Cause, tc.words) {
			t.Errorf("%s:\n got %s: %s\nwant %s", tc.arguments, failed.Name, failed.Cause, tc.words)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestUnknownConnections(t *testing.T) {
	for arn, known := range map[string]bool{
		partyARN: true,
		"arn:aws:events:us-east-1:123456789012:connection/Party":        true,
		"arn:aws:events:us-east-1:123456789012:connection/Party/other":  false,
		"arn:aws:events:us-east-1:999999999999:connection/Party":        false,
		"arn:aws:events:us-east-1:123456789012:connection/None/81210c4": false,
		"Party": false,
		"":      false,
	} {
		s := serve(t, says(200, "", ""))
		_, err := invoke(t, httpWith(basic), fmt.Sprintf(`{"Method":"GET","ApiEndpoint":%q,"Authentication":{"ConnectionArn":%q}}`, s.URL, arn))
		if known && err != nil {
			t.Errorf("%s: %v", arn, err)
		}
		if !known {
			fails(t, err, "Events.ConnectionResource.ResourceNotFound", arn)
		}
	}
}

func TestWithdrawnHTTPTask(t *testing.T) {
	begun := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	})
	ctx, withdraw := context.WithCancel(t.Context())
	go func() { <-begun; withdraw() }()
	if _, err := httpWith(basic).Invoke(ctx, callOf("http:invoke", task("GET", s.URL, ""))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestInspectionHidesTheConnection(t *testing.T) {
	c := connectionOfTest(workflow.ConnectionAPIKey, "X-Key")
	c.Query = []workflow.Parameter{{Name: "tenant", Value: "hidden"}}
	s := serve(t, says(200, "text/plain", "fine"))
	var i workflow.Inspection
	_, err := httpWith(c).Invoke(workflow.WithInspection(t.Context(), &i), callOf("http:invoke", task("POST", s.URL, `,"RequestBody":{"a":1}`)))
	if err != nil {
		t.Fatal(err)
	}
	if i.Request.URL != s.URL || i.Request.Method != "POST" || i.Request.Protocol != "http" || i.Request.Body != `{"a":1}` || strings.Contains(i.Request.Headers, "s3cret") ||
		i.Request.Headers != "[content-type: application/json; charset=UTF-8, range: bytes=0-262144, user-agent: Countersign|StepFunctions|HttpInvoke|us-east-1]" {
		t.Errorf("request %+v", i.Request)
	}
	if i.Revealed.URL != s.URL+"?tenant=hidden" || !strings.Contains(i.Revealed.Headers, "x-key: s3cret-of-party") {
		t.Errorf("revealed %+v", i.Revealed)
	}
	if r := i.Response; r.StatusCode != "200" || r.StatusMessage != "OK" || r.Body != "fine" || !strings.Contains(r.Headers, "content-type: text/plain") {
		t.Errorf("response %+v", r)
	}
}

func FuzzHTTPArguments(f *testing.F) {
	f.Add([]byte(task("POST", "http://127.0.0.1:1/", `,"RequestBody":{"a":[1,{"b":[[]]}]},"Headers":{"a":["b"]},"Transform":{"RequestBodyEncoding":"URL_ENCODED"}`)))
	f.Add([]byte(`{"QueryParameters":"a=%zz&&=","Headers":{"":""}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if !json.Valid(payload) {
			return // the language has read it
		}
		task, err := readHTTPTask(callOf("http:invoke", string(payload)))
		if err == nil {
			if err = task.merge(workflow.Connection{Body: []workflow.Parameter{{Name: "a", Value: "b"}}}); err == nil && !json.Valid(task.body) {
				t.Errorf("merged to %s", task.body)
			}
			_, err = task.request(t.Context())
		}
		var failed *workflow.TaskError
		if err != nil && !errors.As(err, &failed) && !bytes.Contains(payload, []byte("http")) {
			t.Error(err)
		}
	})
}
