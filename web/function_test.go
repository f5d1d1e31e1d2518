package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/integrations"
)

// openIntegrations is a site on which functions can be tried and messages published.
func openIntegrations(t *testing.T) *site {
	t.Helper()
	var outside *integrations.Integrations
	s := openSite(t, func(o *Options) {
		outside = integrations.New(integrations.Options{Books: o.Store.(*models.Store), Now: o.Now})
		o.CallFunction, o.PublishMessage, o.BuiltIn = outside.Functions.Call, outside.Topics.Publish, []string{"ValidateOrder"}
	})
	return s
}

func functionFields(name, address, timeout string) url.Values {
	return url.Values{"name": {name}, "url": {address}, "timeout": {timeout}}
}

// audited says what was written down about a subject, the latest first.
func (s *site) audited(subject string) (actions []string) {
	s.t.Helper()
	entries, _, err := s.store.AuditEntries(s.t.Context(), models.AuditFilter{Subject: subject}, models.Page{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if e.PersonID != models.DemoAdministrator {
			s.t.Errorf("%s was done by %q", e.Action, e.PersonID)
		}
		actions = append(actions, e.Action)
	}
	return actions
}

func TestFunctionIsRegisteredAndItsSecretShownOnce(t *testing.T) {
	s := openIntegrations(t)
	ada := s.as(models.DemoAdministrator)
	ada.get(paths.Functions).is(http.StatusOK).says("No function is registered yet")
	ada.get(paths.FunctionNew).is(http.StatusOK)
	page := ada.post(paths.Functions, functionFields(" Resize ", " http://127.0.0.1:9000/resize?x=1 ", "5")).is(http.StatusCreated)
	secret := page.find("#new-secret").Text()
	f, err := s.store.HTTPFunction(t.Context(), "Resize")
	if err != nil || f.URL != "http://127.0.0.1:9000/resize?x=1" || f.Timeout != 5*time.Second || f.Secret != secret || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("%+v, secret %q, %v", f, secret, err)
	}
	again := ada.get(paths.Function("Resize")).is(http.StatusOK).says("arn:aws:lambda:us-east-1:123456789012:function:Resize").says(secret[:10])
	if strings.Contains(again.body, secret) {
		t.Error("the secret is shown again")
	}
	ada.get(paths.Functions).is(http.StatusOK).says("Resize").says("Never called")
	ada.post(paths.Functions, functionFields("Resize", "http://127.0.0.1:9001", "5")).is(http.StatusConflict).says("There is a function of this name")

	s.clock.advance(time.Second)
	fresh := ada.post(paths.FunctionSecret("Resize"), nil).is(http.StatusOK).find("#new-secret").Text()
	if fresh == "" || fresh == secret {
		t.Errorf("new secret %q", fresh)
	}
	ada.get(paths.Function("Resize")).says("The secret before it signs too")
	s.clock.advance(25 * time.Hour)
	if later := ada.get(paths.Function("Resize")); strings.Contains(later.body, "signs too") {
		t.Error("the old secret signs for longer than a day")
	}
	if got := fmt.Sprint(s.audited("function Resize")); got != "[secret rotated function registered]" {
		t.Errorf("audited %s", got)
	}
}

func TestFunctionIsNotRegistered(t *testing.T) {
	s := openIntegrations(t)
	ada := s.as(models.DemoAdministrator)
	const good = "http://127.0.0.1:9000"
	for _, tc := range []struct {
		form  url.Values
		error string
	}{
		{functionFields("", good, "5"), "#name-error"},
		{functionFields("a b", good, "5"), "#name-error"},
		{functionFields("~", good, "5"), "#name-error"},
		{functionFields(strings.Repeat("a", 65), good, "5"), "#name-error"},
		{functionFields("Resize", "", "5"), "#url-error"},
		{functionFields("Resize", "localhost:9000", "5"), "#url-error"},
		{functionFields("Resize", "ftp://a", "5"), "#url-error"},
		{functionFields("Resize", "http://", "5"), "#url-error"},
		{functionFields("Resize", "http://:80", "5"), "#url-error"},
		{functionFields("Resize", "http://ann:pw@a", "5"), "#url-error"},
		{functionFields("Resize", "http://a:99999", "5"), "#url-error"},
		{functionFields("Resize", "http://a#b", "5"), "#url-error"},
		{functionFields("Resize", "http://a\nb", "5"), "#url-error"},
		{functionFields("Resize", "http://a/"+strings.Repeat("x", maxURL), "5"), "#url-error"},
		{functionFields("Resize", good, "0"), "#timeout-error"},
		{functionFields("Resize", good, "901"), "#timeout-error"},
		{functionFields("Resize", good, "1.5"), "#timeout-error"},
		{functionFields("Resize", good, "+5"), "#timeout-error"},
	} {
		page := ada.post(paths.Functions, tc.form).is(http.StatusUnprocessableEntity)
		if page.find(tc.error).Text() == "" {
			t.Errorf("%v: nothing is said at %s", tc.form, tc.error)
		}
	}
	if list, err := s.store.HTTPFunctions(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("registered %v, %v", list, err)
	}
	for _, person := range []string{models.DemoOperator, models.DemoApprover, models.DemoCustomer} {
		s.as(person).post(paths.Functions, functionFields("Resize", good, "5")).is(http.StatusForbidden)
	}
}

func TestFunctionIsChangedAndRemoved(t *testing.T) {
	s := openIntegrations(t)
	ada := s.as(models.DemoAdministrator)
	ada.post(paths.Functions, functionFields("ValidateOrder", "http://127.0.0.1:9000", "5")).is(http.StatusCreated).
		says("Countersign has a function of this name itself")
	wrong := ada.post(paths.Function("ValidateOrder"), url.Values{"url": {"nowhere"}, "timeout": {"soon"}}).is(http.StatusUnprocessableEntity)
	if wrong.find("#url-error").Text() == "" || wrong.find("#timeout-error").Text() == "" || wrong.find("#url").AttrOr("value", "") != "nowhere" {
		t.Error("what is wrong is not said beside what was sent")
	}
	ada.post(paths.Function("ValidateOrder"), url.Values{"url": {"https://b.example.com"}, "timeout": {"60"}}).is(http.StatusSeeOther)
	if f, _ := s.store.HTTPFunction(t.Context(), "ValidateOrder"); f.URL != "https://b.example.com" || f.Timeout != time.Minute {
		t.Errorf("changed to %+v", f)
	}
	ada.post(paths.FunctionRemove("ValidateOrder"), nil).is(http.StatusSeeOther).leadsTo(paths.Functions)
	for _, path := range []string{paths.Function("ValidateOrder"), paths.Function("None"), paths.Function("a/b")} {
		ada.get(path).is(http.StatusNotFound)
	}
	for _, path := range []string{paths.Function("None"), paths.FunctionSecret("None"), paths.FunctionRemove("None"), paths.FunctionTry("None")} {
		ada.post(path, url.Values{"url": {"https://b.example.com"}, "timeout": {"60"}, "payload": {"{}"}}).is(http.StatusNotFound)
	}
	ada.get(paths.Audit).is(http.StatusOK).says("function removed")
}

func TestFunctionIsTried(t *testing.T) {
	s := openIntegrations(t)
	ada := s.as(models.DemoAdministrator)
	answer := `{"resized": "<b>yes</b>"}`
	status := http.StatusOK
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		body, _ := io.ReadAll(r.Body)
		if string(body) != `{"a":1}` {
			t.Errorf("sent %s", body)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	ada.post(paths.Functions, functionFields("Resize", server.URL, "5")).is(http.StatusCreated)
	tried := ada.post(paths.FunctionTry("Resize"), url.Values{"payload": {`{"a":1}`}}).is(http.StatusOK).says("Answered after").says("&lt;b&gt;yes")
	if tried.find("#payload").Text() != `{"a":1}` {
		t.Error("the input is gone")
	}
	if got.Get("Webhook-Signature") == "" || !strings.HasPrefix(got.Get("Idempotency-Key"), "try/") || got.Get("Countersign-Execution") != "" {
		t.Errorf("sent %v", got)
	}
	ada.get(paths.Functions).says("Answered")

	status, answer = http.StatusInternalServerError, `{"errorType":"TooSmall","errorMessage":"The picture is small."}`
	s.clock.advance(time.Second)
	ada.post(paths.FunctionTry("Resize"), url.Values{"payload": {`{"a":1}`}}).is(http.StatusOK).says("Failed with TooSmall").says("The picture is small.")
	ada.get(paths.Functions).says("TooSmall")

	server.Close()
	ada.post(paths.FunctionTry("Resize"), url.Values{"payload": {`{"a":1}`}}).is(http.StatusOK).says("Lambda.SdkClientException").says("refused")
	for _, payload := range []string{"", "{order", "1 2", `"` + strings.Repeat("x", workflow.MaxPayload) + `"`} {
		page := ada.post(paths.FunctionTry("Resize"), url.Values{"payload": {payload}}).is(http.StatusUnprocessableEntity)
		if page.find("#payload-error").Text() == "" {
			t.Errorf("%.20q: nothing is said", payload)
		}
	}
	if got := s.audited("function Resize"); len(got) != 4 || got[0] != models.AuditFunctionTested {
		t.Errorf("audited %v", got)
	}
}

// A site may be without somebody who calls functions: they are kept all the same.
func TestFunctionCannotBeTriedWithoutACaller(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	page := ada.post(paths.Functions, functionFields("Resize", "http://127.0.0.1:9000", "5")).is(http.StatusCreated)
	if page.find("#try").Length() != 0 {
		t.Error("the form is offered")
	}
	ada.post(paths.FunctionTry("Resize"), url.Values{"payload": {"{}"}}).is(http.StatusNotFound)
}

func TestTrialsAreWordedFromWhatComesBack(t *testing.T) {
	s := openSite(t, func(o *Options) {
		o.CallFunction = func(context.Context, workflow.Call) (workflow.Result, error) {
			return workflow.Result{Output: []byte(`"` + strings.Repeat("x", workflow.MaxPayload) + `"`)}, nil
		}
	})
	ada := s.as(models.DemoAdministrator)
	ada.post(paths.Functions, functionFields("Resize", "http://127.0.0.1:9000", "5")).is(http.StatusCreated)
	ada.post(paths.FunctionTry("Resize"), url.Values{"payload": {"{}"}}).is(http.StatusOK).says("States.DataLimitExceeded")
}
