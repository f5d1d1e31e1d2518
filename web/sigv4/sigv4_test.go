package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 800_000_000, time.UTC)

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

// signedBySDK is a request as AWS's own signer signs it.
func signedBySDK(t *testing.T, target, body string, at time.Time) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AWSStepFunctions.ListActivities")
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: secret}, r,
		hex.EncodeToString(sum[:]), "states", "eu-north-1", at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func verify(r *http.Request, body string) error {
	s, err := Parse(r)
	if err != nil {
		return err
	}
	return s.Check(r, []byte(body), secret, "states", now)
}

func TestWhatTheSDKSignsIsAccepted(t *testing.T) {
	for _, target := range []string{
		"http://127.0.0.1:8080/", "http://localhost/service/GraniteServiceVersion20100801/operation/ListMetrics",
		"http://h/a/c%20d/?b=2&a=1&a=0&empty&plus=a%2Bb&tilde=~", "http://h/%E2%82%AC",
	} {
		r := signedBySDK(t, target, `{"maxResults":1}`, now)
		s, err := Parse(r)
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		if s.AccessKey != "AKID" || s.Region != "eu-north-1" || s.Service != "states" {
			t.Errorf("%s: parsed %+v", target, s)
		}
		if err := s.Check(r, []byte(`{"maxResults":1}`), secret, "states", now); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// The vector of AWS's documentation for a request whose form is known to the last byte.
func TestKeyDerivationIsAWSs(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	s := &Signature{Day: "20150830", Region: "us-east-1", Service: "iam", stamp: "20150830T123600Z", headers: []string{"content-type", "host", "x-amz-date"}}
	got := hex.EncodeToString(s.sign(r, nil, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
	if want := "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestTamperingIsNoticed(t *testing.T) {
	const body = `{"name":"a"}`
	for name, change := range map[string]func(*http.Request) string{
		"another body":      func(*http.Request) string { return `{"name":"b"}` },
		"another path":      func(r *http.Request) string { r.URL.Path = "/x"; return body },
		"another query":     func(r *http.Request) string { r.URL.RawQuery = "x=1"; return body },
		"another method":    func(r *http.Request) string { r.Method = http.MethodPut; return body },
		"another host":      func(r *http.Request) string { r.Host = "example.com"; return body },
		"another operation": func(r *http.Request) string { r.Header.Set("X-Amz-Target", "AWSStepFunctions.X"); return body },
		"another operation beside it": func(r *http.Request) string {
			r.Header.Add("X-Amz-Target", "AWSStepFunctions.X")
			return body
		},
		"another time": func(r *http.Request) string {
			r.Header.Set("X-Amz-Date", now.Add(time.Second).Format(dateForm))
			return body
		},
		"another region": func(r *http.Request) string {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "eu-north-1", "us-east-1", 1))
			return body
		},
		"another digest": func(r *http.Request) string { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"); return body },
	} {
		r := signedBySDK(t, "http://127.0.0.1:8080/", body, now)
		sent := change(r)
		var refused *Error
		if err := verify(r, sent); !errors.As(err, &refused) || refused.Code != CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClocksMayDifferByFiveMinutes(t *testing.T) {
	for _, c := range []struct {
		off  time.Duration
		want string
	}{
		{-Skew + time.Second, ""}, {Skew - time.Second, ""},
		{-Skew - 2*time.Second, "InvalidSignatureException: Signature expired: 20260304T050105Z is now earlier than 20260304T050107Z (20260304T050607Z - 5 min.)"},
		{Skew + 2*time.Second, "InvalidSignatureException: Signature not yet current: 20260304T051109Z is still later than 20260304T051107Z (20260304T050607Z + 5 min.)"},
	} {
		err := verify(signedBySDK(t, "http://h/", "", now.Add(c.off)), "")
		if got := text(err); got != c.want {
			t.Errorf("%v: got %q, want %q", c.off, got, c.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestIncompleteHeadersAreRefused(t *testing.T) {
	good := signedBySDK(t, "http://h/", "", now).Header.Get("Authorization")
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, c := range map[string]struct{ header, code string }{
		"none":                 {"", CodeMissing},
		"another scheme":       {"Bearer demo", CodeIncomplete},
		"scheme only":          {algorithm, CodeIncomplete},
		"asymmetric":           {change("HMAC", "ECDSA-P256"), CodeIncomplete},
		"no equal sign":        {algorithm + " Credential", CodeIncomplete},
		"no credential":        {change("Credential=", "X="), CodeIncomplete},
		"no signed headers":    {change("SignedHeaders=", "X="), CodeIncomplete},
		"no signature":         {change("Signature=", "X="), CodeIncomplete},
		"short scope":          {change("/states/aws4_request", ""), CodeIncomplete},
		"wrong terminator":     {change("aws4_request", "aws5_request"), CodeInvalid},
		"another day":          {change("20260304", "20260303"), CodeInvalid},
		"no region":            {change("eu-north-1", ""), CodeInvalid},
		"another service":      {change("/states/", "/s3/"), CodeInvalid},
		"no key":               {change("AKID", ""), CodeUnrecognized},
		"short signature":      {good[:len(good)-2], CodeInvalid},
		"not hexadecimal":      {good[:len(good)-2] + "zz", CodeInvalid},
		"host unsigned":        {change("host;", ""), CodeInvalid},
		"target unsigned":      {change(";x-amz-target", ""), CodeInvalid},
		"absent header signed": {change("host;", "host;x-other;"), CodeInvalid},
		"far too long":         {good + strings.Repeat(" ", maxAuthorization), CodeIncomplete},
	} {
		r := signedBySDK(t, "http://h/", "", now)
		r.Header.Set("Authorization", c.header)
		var refused *Error
		if err := verify(r, ""); !errors.As(err, &refused) || refused.Code != c.code || refused.Message == "" {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
}

func TestDates(t *testing.T) {
	for name, change := range map[string]func(http.Header){
		"none":     func(h http.Header) { h.Del("X-Amz-Date") },
		"no date":  func(h http.Header) { h.Set("X-Amz-Date", "yesterday") },
		"extended": func(h http.Header) { h.Set("X-Amz-Date", "2026-03-04T05:06:07Z") },
	} {
		r := signedBySDK(t, "http://h/", "", now)
		change(r.Header)
		var refused *Error
		if err := verify(r, ""); !errors.As(err, &refused) || refused.Code != CodeIncomplete {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=a/20260304/r/states/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("ab", 32), "20260304T050607Z", "a=%zz&b")
	f.Add("AWS4-HMAC-SHA256 Credential=////,SignedHeaders=;;,Signature=", "", "&&=&")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := httptest.NewRequest(http.MethodPost, "http://h/", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		if s, err := Parse(r); err == nil && s.Check(r, nil, secret, "states", now) == nil {
			t.Error("a signature was guessed")
		}
	})
}
