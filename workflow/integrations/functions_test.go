package integrations

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
)

func macOf(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, text)
	return mac.Sum(nil)
}

func functionAt(url string) *Functions {
	f := workflow.HTTPFunction{Name: "Charge", URL: url, Timeout: time.Minute, SigningSecret: workflow.SigningSecret{Secret: secret}}
	return NewFunctions(&book{functions: map[string]workflow.HTTPFunction{"Charge": f}}, atNoon)
}

func charge(f *Functions, payload string) (workflow.Result, error) {
	return chargeIn(context.Background(), f, payload)
}

func chargeIn(ctx context.Context, f *Functions, payload string) (workflow.Result, error) {
	call := callOf("lambda:invoke", payload)
	call.Function = "Charge"
	return f.Call(ctx, call)
}

func TestFunctionIsCalledSigned(t *testing.T) {
	s := serve(t, says(200, "application/json", ` {"ok":true} `))
	result, err := charge(functionAt(s.URL+"/charge?v=1"), `{"order":{"orderId":"12345"}}`)
	if err != nil || string(result.Output) != `{"ok":true}` {
		t.Fatalf("%s, %v", result.Output, err)
	}
	h := s.last(t)
	if h.method != "POST" || h.url != "/charge?v=1" || h.body != `{"order":{"orderId":"12345"}}` {
		t.Errorf("asked %+v", h)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Idempotency-Key": "7/4", "Webhook-Id": "7/4", "Webhook-Timestamp": fmt.Sprint(noon.Unix()),
		"Countersign-Function": "Charge", "Countersign-State": "Charge %E2%82%AC", "Countersign-Attempt": "2",
		"Countersign-Execution": "arn:aws:states:us-east-1:123456789012:execution:M:e1",
	} {
		if got := h.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	verify(t, h, secret)
	if n := result.Effects[0].(note).value.(workflow.FunctionCall); n.Function != "Charge" || n.Error != "" || !n.At.Equal(noon) {
		t.Errorf("noted %+v", n)
	}
}

func TestRotatedSecretSignsToo(t *testing.T) {
	s := serve(t, says(200, "", ""))
	const fresh = "whsec_bmV3LXNlY3JldA=="
	f := workflow.HTTPFunction{Name: "Charge", URL: s.URL, Timeout: time.Minute,
		SigningSecret: workflow.SigningSecret{Secret: fresh, Previous: secret, RotatedAt: noon.Add(-time.Hour)}}
	if _, err := charge(NewFunctions(&book{functions: map[string]workflow.HTTPFunction{"Charge": f}}, atNoon), `1`); err != nil {
		t.Fatal(err)
	}
	verify(t, s.last(t), fresh)
	verify(t, s.last(t), secret)
}

func TestFunctionAnswers(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		output string // of a success
		error  string
		cause  string // exactly, when it begins with "=", else a part of it
	}{
		{"nothing", says(200, "", ""), "null", "", ""},
		{"no content", says(204, "", ""), "null", "", ""},
		{"a number", says(201, "text/plain", "12.50\n"), "12.50", "", ""},
		{"an object that looks like an error", says(200, "", `{"errorType":"A","errorMessage":"b"}`), `{"errorType":"A","errorMessage":"b"}`, "", ""},
		{"Lambda's own way", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = io.WriteString(w, `{"errorType":"TypeError","errorMessage":"no order","trace":["a"]}`)
		}, "", "TypeError", `={"errorType":"TypeError","errorMessage":"no order","trace":["a"]}`},
		{"an error of its own", says(500, "application/json", "\n{\"errorMessage\":\"empty\",\"errorType\":\"CardDeclined\"}\n"), "", "CardDeclined", `={"errorMessage":"empty","errorType":"CardDeclined"}`},
		{"an error with a type only", says(422, "", `{"errorType":"Unfit"}`), "", "Unfit", `={"errorType":"Unfit"}`},
		{"an error without a type", says(500, "", `{"errorMessage":"x"}`), "", "Lambda.Unknown", `=The cause could not be determined because Lambda did not return an error type. Returned payload: {"errorMessage":"x"}`},
		{"a type that is no string", says(500, "", `{"errorType":7,"errorMessage":"x"}`), "", "Lambda.ServiceException", "Error Code: ServiceException"},
		{"too many requests", says(429, "text/plain", "slow down"), "", "Lambda.TooManyRequestsException", "slow down (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: "},
		{"not there", says(404, "text/html", "<h1>no</h1>"), "", "Lambda.ResourceNotFoundException", "Not Found (Service: AWSLambda; Status Code: 404;"},
		{"not allowed", says(403, "", ""), "", "Lambda.AccessDeniedException", "Status Code: 403"},
		{"too large", says(413, "", ""), "", "Lambda.RequestTooLargeException", "Status Code: 413"},
		{"broken", says(502, "text/html", "<html>"), "", "Lambda.ServiceException", "Bad Gateway (Service: AWSLambda; Status Code: 502;"},
		{"elsewhere", says(302, "", ""), "", "Lambda.Unknown", "HTTP status 302"},
		{"another refusal", says(418, "", ""), "", "Lambda.Unknown", "HTTP status 418"},
		{"not UTF-8", says(200, "application/json", "\"\xe4\""), "\"\ufffd\"", "", ""},
		{"not JSON", says(200, "text/html", "<html>"), "", "Runtime.MarshalError", `"errorType":"Runtime.MarshalError"`},
		{"half of JSON", says(200, "application/json", `{"a":`), "", "Runtime.MarshalError", "not JSON"},
		{"damaged text", says(500, "text/plain", "\xff\xfe"), "", "Lambda.ServiceException", "Internal Server Error ("},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "", "Lambda.SdkClientException", "Unable to execute HTTP request: EOF"},
		{"lies about its length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{}")
		}, "", "Lambda.SdkClientException", "unexpected EOF"},
		{"headers without end", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 200<<10))
		}, "", "Lambda.SdkClientException", "Unable to execute"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			result, err := charge(functionAt(serve(t, tc.answer).URL), `{}`)
			noted := result.Effects[0].(note).value.(workflow.FunctionCall)
			if tc.error == "" {
				if err != nil || string(result.Output) != tc.output || noted.Error != "" {
					t.Fatalf("%s, %v, noted %+v", result.Output, err, noted)
				}
				return
			}
			failed := failure(t, err)
			if failed.Name != tc.error || noted.Error != tc.error {
				t.Errorf("failed as %s (%s), noted %q; want %s", failed.Name, failed.Cause, noted.Error, tc.error)
			}
			if whole, exact := strings.CutPrefix(tc.cause, "="); exact && failed.Cause != whole || !strings.Contains(failed.Cause, whole) {
				t.Errorf("cause %q, want %q", failed.Cause, tc.cause)
			}
		})
	}
}

func TestFunctionsThatNobodyRegistered(t *testing.T) {
	f := functionAt("http://127.0.0.1:1")
	call := callOf("lambda:invoke", `{}`)
	call.Function = "Refund"
	result, err := f.Call(t.Context(), call)
	fails(t, err, "Lambda.ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:Refund:$LATEST "+
		"(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ", "; Proxy: null)")
	if len(result.Effects) != 0 {
		t.Error("a call is noted of a function that does not exist")
	}
}

func TestFunctionThatIsNotReached(t *testing.T) {
	_, err := charge(functionAt("http://127.0.0.1:1/?token=hidden"), `{}`) // a port that nobody is given
	fails(t, err, "Lambda.SdkClientException", "Unable to execute HTTP request: dial tcp", "refused")
	if strings.Contains(err.Error(), "hidden") {
		t.Error("the URL stands in the error")
	}
}

func TestFunctionThatTakesTooLong(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"does not begin": hangs,
		"does not end": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"a":`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := workflow.HTTPFunction{Name: "Charge", URL: serve(t, answer).URL, Timeout: 50 * time.Millisecond}
			_, err := charge(NewFunctions(&book{functions: map[string]workflow.HTTPFunction{"Charge": f}}, atNoon), `{}`)
			fails(t, err, "Sandbox.Timedout", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: `, "Task timed out after 0.05 seconds")
		})
	}
}

func TestWithdrawnCallEndsItsRequest(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(ended)
	})
	ctx, withdraw := context.WithCancel(t.Context())
	go func() { <-begun; withdraw() }()
	result, err := chargeIn(ctx, functionAt(s.URL), `{}`)
	if !errors.Is(err, context.Canceled) || len(result.Effects) != 0 {
		t.Errorf("%+v, %v", result, err)
	}
	<-ended
}

// A bomb is read no further than an answer may be long.
func TestHugeAnswersAreNotRead(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 32 {
		_, _ = z.Write(bytes.Repeat([]byte{' '}, 1<<20))
	}
	z.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"a string": says(200, "", `"`+strings.Repeat("x", workflow.MaxPayload)+`"`),
		"packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		},
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for line := []byte(strings.Repeat("7", 1024)); ; {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := charge(functionAt(serve(t, answer).URL), `{}`)
			if err != nil || len(result.Output) <= workflow.MaxPayload || len(result.Output) > workflow.MaxPayload+1024 {
				t.Errorf("%d bytes, %v", len(result.Output), err)
			}
		})
	}
	// Just as long as it may be.
	most := `"` + strings.Repeat("x", workflow.MaxPayload-2) + `"`
	if result, err := charge(functionAt(serve(t, says(200, "", most)).URL), `{}`); err != nil || string(result.Output) != most {
		t.Errorf("%d bytes, %v", len(result.Output), err)
	}
}

func TestLongErrorsAreShortened(t *testing.T) {
	body, _ := json.Marshal(map[string]string{"errorType": strings.Repeat("é", 300), "errorMessage": strings.Repeat("x", 100_000)})
	_, err := charge(functionAt(serve(t, says(500, "", string(body))).URL), `{}`)
	if failed := failure(t, err); len(failed.Name) > maxErrorName || len(failed.Cause) > maxCause || !strings.HasPrefix(failed.Name, "éé") {
		t.Errorf("%d bytes of name, %d of cause", len(failed.Name), len(failed.Cause))
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	f := functionAt(serve(t, says(200, "", "{}")).URL)
	reused := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if i.Reused {
			reused++
		}
	}})
	for range 5 {
		if _, err := chargeIn(ctx, f, `{}`); err != nil {
			t.Fatal(err)
		}
	}
	if reused == 0 { // net/http promises none of them: on a busy machine it may open another
		t.Error("no connection was used again")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	target := serve(t, says(200, "", "{}"))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	})
	_, err := charge(functionAt(s.URL), `{}`)
	fails(t, err, "Lambda.Unknown", "307")
	if len(target.requests()) != 0 {
		t.Error("the signed request was sent somewhere else")
	}
}
