package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

func connectionFields(kind workflow.ConnectionKind, name, user, secret string, more ...string) url.Values {
	form := url.Values{"kind": {string(kind)}, "name": {name}, "user": {user}, "secret": {secret}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestConnectionIsMadeAndItsSecretNeverShown(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	ada.get(paths.Connections).is(http.StatusOK).says("There is no connection yet")
	for _, kind := range []workflow.ConnectionKind{workflow.ConnectionBasic, workflow.ConnectionAPIKey, workflow.ConnectionOAuth} {
		ada.get(paths.ConnectionNewOf(string(kind))).is(http.StatusOK)
	}
	ada.get(paths.ConnectionNewOf("NONE")).is(http.StatusNotFound)
	ada.post(paths.Connections, connectionFields(workflow.ConnectionOAuth, "Ledger", "client", "s3cret-one", "token_url", "https://login.example.com/token",
		"scope", "a b", "headers", "X-Tenant: 42\r\n\r\nX-Url: http://a:1\r\n", "query", "v:2", "body", "mode : live")).is(http.StatusSeeOther).leadsTo(paths.Connection("Ledger"))
	c, err := s.store.Connection(t.Context(), "Ledger")
	if err != nil || c.Secret != "s3cret-one" || c.User != "client" || c.TokenURL != "https://login.example.com/token" || c.Scope != "a b" {
		t.Fatalf("%+v, %v", c, err)
	}
	if !slices.Equal(c.Headers, []workflow.Parameter{{Name: "X-Tenant", Value: "42"}, {Name: "X-Url", Value: "http://a:1"}}) ||
		!slices.Equal(c.Body, []workflow.Parameter{{Name: "mode", Value: "live"}}) || !slices.Equal(c.Query, []workflow.Parameter{{Name: "v", Value: "2"}}) {
		t.Errorf("adds %+v, %+v, %+v", c.Headers, c.Query, c.Body)
	}
	page := ada.get(paths.Connection("Ledger")).is(http.StatusOK).says(string(c.ARN())).says("X-Tenant: 42")
	ada.get(paths.Connections).is(http.StatusOK).says(string(c.ARN())).says("OAuth client")
	ada.post(paths.Connections, connectionFields(workflow.ConnectionBasic, "Ledger", "ann", "x")).is(http.StatusConflict).says("There is a connection of this name")

	s.clock.advance(time.Second)
	ada.post(paths.Connection("Ledger"), connectionFields(workflow.ConnectionBasic, "Other", "client-2", "", "token_url", "https://b/token")).is(http.StatusSeeOther)
	changed, _ := s.store.Connection(t.Context(), "Ledger")
	if changed.User != "client-2" || changed.Secret != "s3cret-one" || changed.Kind != workflow.ConnectionOAuth || changed.ID != c.ID || len(changed.Headers) != 0 {
		t.Errorf("changed to %+v", changed)
	}
	ada.post(paths.Connection("Ledger"), connectionFields("", "", "client-2", "s3cret-two", "token_url", "https://b/token")).is(http.StatusSeeOther)
	if changed, _ = s.store.Connection(t.Context(), "Ledger"); changed.Secret != "s3cret-two" {
		t.Errorf("secret %q", changed.Secret)
	}
	audit := ada.get(paths.Audit).is(http.StatusOK).says("connection changed")
	for _, a := range []*answer{page, audit, ada.get(paths.Connection("Ledger")), ada.get(paths.Connections)} {
		if strings.Contains(a.body, "s3cret") {
			t.Error("the secret is shown")
		}
	}
	ada.post(paths.ConnectionRemove("Ledger"), nil).is(http.StatusSeeOther)
	ada.get(paths.Connection("Ledger")).is(http.StatusNotFound)
	ada.post(paths.Connection("Ledger"), nil).is(http.StatusNotFound)
	ada.post(paths.ConnectionRemove("Ledger"), nil).is(http.StatusNotFound)
}

func TestConnectionFormsSayWhatIsWrong(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	const basic, key, oauth = workflow.ConnectionBasic, workflow.ConnectionAPIKey, workflow.ConnectionOAuth
	for _, tc := range []struct {
		form  url.Values
		error string
	}{
		{connectionFields(basic, "", "ann", "x"), "#name-error"},
		{connectionFields(basic, "a/b", "ann", "x"), "#name-error"},
		{connectionFields(basic, "..", "ann", "x"), "#name-error"},
		{connectionFields(basic, "a", "", "x"), "#user-error"},
		{connectionFields(basic, "a", "ann:b", "x"), "#user-error"},
		{connectionFields(basic, "a", "ann", ""), "#secret-error"},
		{connectionFields(basic, "a", "ann", "a\nb"), "#secret-error"},
		{connectionFields(basic, "a", "ann", strings.Repeat("x", 2001)), "#secret-error"},
		{connectionFields(key, "a", "X Key", "x"), "#user-error"},
		{connectionFields(key, "a", "X-Key\r\nX-B", "x"), "#user-error"},
		{connectionFields(oauth, "a", "ann", "x"), "#token_url-error"},
		{connectionFields(oauth, "a", "ann", "x", "token_url", "https://a:b@c"), "#token_url-error"},
		{connectionFields(basic, "a", "ann", "x", "headers", "nonsense"), "#headers-error"},
		{connectionFields(basic, "a", "ann", "x", "headers", "X A: b"), "#headers-error"},
		{connectionFields(basic, "a", "ann", "x", "query", ": b"), "#query-error"},
		{connectionFields(basic, "a", "ann", "x", "body", strings.Repeat("a: b\n", 101)), "#body-error"},
		{connectionFields("MAGIC", "a", "ann", "x"), ".notice[data-tone=danger]"},
	} {
		page := ada.post(paths.Connections, tc.form).is(http.StatusUnprocessableEntity)
		if page.find(tc.error).Text() == "" {
			t.Errorf("%v: nothing is said at %s", tc.form, tc.error)
		}
	}
	if list, err := s.store.Connections(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("made %v, %v", list, err)
	}
}
