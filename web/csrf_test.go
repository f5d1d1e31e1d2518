package web

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/models"
	"countersign/web/paths"
)

func TestFormsAreTakenFromOurOwnPagesOnly(t *testing.T) {
	s := openSite(t)
	stranger := deriveCSRF(s.as(models.DemoSecondCustomer).cookies["countersign"])
	set := func(name, value string) func(*http.Request, string) {
		return func(r *http.Request, _ string) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set(name, value)
		}
	}
	for _, tc := range []struct {
		name   string
		change func(r *http.Request, token string)
		status int
	}{
		{"own page", func(*http.Request, string) {}, 303},
		{"no token", func(r *http.Request, _ string) { sendForm(r, nil) }, 403},
		{"wrong token", func(r *http.Request, token string) { sendForm(r, url.Values{csrfField: {"~" + token[1:]}}) }, 403},
		{"another session's token", func(r *http.Request, _ string) { sendForm(r, url.Values{csrfField: {stranger}}) }, 403},
		{"token in the query", func(r *http.Request, token string) { sendForm(r, nil); r.URL.RawQuery = csrfField + "=" + token }, 403},
		{"token in the header", func(r *http.Request, token string) { sendForm(r, nil); r.Header.Set(csrfHeader, token) }, 303},
		{"another site", set("Sec-Fetch-Site", "cross-site"), 403},
		{"a sibling domain", set("Sec-Fetch-Site", "same-site"), 403},
		{"old browser, other origin", set("Origin", "https://evil.example"), 403},
		{"old browser, origin null", set("Origin", "null"), 403},
		{"old browser, own origin", set("Origin", "http://127.0.0.1:8080"), 303},
	} {
		b := s.as(models.DemoCustomer)
		token := deriveCSRF(b.cookies["countersign"])
		r := formRequest(paths.SignOut, url.Values{csrfField: {token}})
		tc.change(r, token)
		a := b.send(r)
		if a.StatusCode != tc.status {
			t.Errorf("%s: got %d, want %d", tc.name, a.StatusCode, tc.status)
		}
		if signedOut := b.cookies["countersign"] == ""; signedOut != (tc.status == 303) {
			t.Errorf("%s: signed out is %v", tc.name, signedOut)
		}
	}
}

func sendForm(r *http.Request, form url.Values) {
	body := form.Encode()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

func TestAFormWithoutAnyCookieIsRefused(t *testing.T) {
	b := openSite(t).browser()
	b.send(formRequest(paths.SignInDemo, url.Values{"person": {models.DemoOperator}, csrfField: {deriveCSRF("")}})).is(http.StatusForbidden)
}

// A form that another site sends comes without the session's cookie. The answer must not bring
// one: it would take the place of the session's, and sign its owner out.
func TestAnotherSitesFormSignsNobodyOut(t *testing.T) {
	s := openSite(t)
	for _, path := range []string{paths.SignInDemo, paths.SignOut, paths.Orders, "/nothing/here"} {
		r := formRequest(path, url.Values{"person": {models.DemoOperator}})
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		for _, set := range s.browser().send(r).Cookies() {
			if set.Name == "countersign" {
				t.Errorf("%s: a cookie is set", path)
			}
		}
	}
}

// The page of a form and the check of it agree.
func TestPagesCarryTheToken(t *testing.T) {
	b := openSite(t).browser()
	token, _ := b.get(paths.SignIn).find("form input[name=_csrf]").Attr("value")
	if token == "" || token != deriveCSRF(b.cookies["countersign"]) {
		t.Errorf("token %q", token)
	}
}
