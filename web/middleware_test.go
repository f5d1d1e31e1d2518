package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/web/paths"
)

// add puts one more route into the site.
func (s *site) add(r route) {
	s.routes[r.method+" "+r.path] = r
	s.echo.Add(r.method, r.path, s.guard(r))
}

func TestForeignHostIsRefusedInTheDemo(t *testing.T) {
	s := openSite(t)
	for host, status := range map[string]int{
		"127.0.0.1:8080": 200, "localhost": 200, "localhost:1": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 421, "127.0.0.1.evil.example:8080": 421, "localhost.evil.example": 421, "0.0.0.0:8080": 421, "": 421,
	} {
		b := s.browser()
		b.host = host
		if a := b.get(paths.SignIn); a.StatusCode != status {
			t.Errorf("host %q: got %d, want %d", host, a.StatusCode, status)
		}
	}
	b := openSite(t, withoutDemo).browser()
	b.host = "orders.example"
	b.get(paths.SignIn).is(http.StatusOK)
}

func TestForeignHostIsToldWhatToDo(t *testing.T) {
	b := openSite(t).browser()
	b.host = "evil.example"
	b.get(paths.SignIn).is(http.StatusMisdirectedRequest).says("--no-demo")
}

func TestProtectiveHeadersAreOnEveryAnswer(t *testing.T) {
	s := openSite(t)
	for _, path := range []string{paths.SignIn, "/nothing/here", paths.Healthz, paths.APIOrder("1")} {
		a := s.browser().get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if got := a.Header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if a.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS without HTTPS", path)
		}
	}
	secure := openSite(t, func(o *Options) { o.Secure = true }).browser().get(paths.SignIn)
	if secure.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS behind HTTPS")
	}
}

func TestLargeBodyIsRefused(t *testing.T) {
	s := openSite(t)
	large := strings.Repeat("x", 10<<20)
	s.call(models.DemoKey, http.MethodPost, paths.APIOrders, large).is(http.StatusRequestEntityTooLarge).says("1024 KiB")

	unannounced := httptest.NewRequest(http.MethodPost, paths.APIOrders, io.MultiReader(strings.NewReader(large)))
	unannounced.ContentLength = -1
	unannounced.Header.Set("Content-Type", "application/json")
	unannounced.Header.Set("Authorization", "Bearer demo")
	s.browser().send(unannounced).is(http.StatusRequestEntityTooLarge)

	b := s.as(models.DemoCustomer)
	form := formRequest(paths.SignOut, url.Values{csrfField: {deriveCSRF(b.cookies["countersign"])}, "x": {large}})
	form.ContentLength = -1
	b.send(form).is(http.StatusRequestEntityTooLarge).says("Send less")
}

func TestPanicIsAPageWithAReference(t *testing.T) {
	var log bytes.Buffer
	s := openSite(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	s.add(route{http.MethodGet, "/test/panic", anyone, func(echo.Context) error { panic("a secret of ours") }})
	a := s.browser().get("/test/panic").is(http.StatusInternalServerError)
	reference := a.Header.Get("X-Request-Id")
	a.says(reference)
	if strings.Contains(a.body, "a secret of ours") {
		t.Error("the page shows the panic")
	}
	if !strings.Contains(log.String(), "a secret of ours") || !strings.Contains(log.String(), reference) {
		t.Errorf("the log does not tell of the panic: %s", log.String())
	}
}

func TestLogTellsNoSecrets(t *testing.T) {
	var log bytes.Buffer
	s := openSite(t, withoutDemo, func(o *Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	b := s.browser()
	b.get(paths.Setup("one-time-token"))
	b.get("/nothing?token=in-the-query")
	b.post(paths.SignIn, url.Values{"email": {"a@example.com"}, "password": {"in-the-body"}})
	s.call("in-the-header", http.MethodGet, paths.APIOrder("1"), "")
	b.get("/line%0abreak%22,%22admin%22:true")
	for _, secret := range []string{"one-time-token", "in-the-query", "in-the-body", "in-the-header", b.cookies["countersign"]} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != strings.Count(log.String(), `"msg":"request"`) {
		t.Errorf("a path wrote a line of its own:\n%s", log.String())
	}
}

func TestServerErrorIsLoggedWithItsCause(t *testing.T) {
	var log bytes.Buffer
	s := openSite(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	s.add(route{http.MethodGet, "/test/broken", visitors, func(echo.Context) error { return errors.New("disk on fire") }})
	a := s.browser().get("/test/broken").is(http.StatusInternalServerError)
	if strings.Contains(a.body, "disk on fire") || !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("page: %s\nlog: %s", a.body, log.String())
	}
}

func TestPagesAreCompressed(t *testing.T) {
	s := openSite(t)
	r := httptest.NewRequest(http.MethodGet, paths.SignIn, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	a := s.browser().send(r).is(http.StatusOK)
	if a.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("not compressed: %v", a.Header)
	}
	plain, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if page, err := io.ReadAll(plain); err != nil || !bytes.Contains(page, []byte("</html>")) {
		t.Errorf("%v: %s", err, page)
	}
}

func TestUnknownAddressAndMethod(t *testing.T) {
	s := openSite(t)
	b := s.as(models.DemoCustomer)
	a := b.get("/nothing/here").is(http.StatusNotFound)
	if a.find(".sidenav").Length() != 1 {
		t.Error("somebody signed in loses the navigation on an error page")
	}
	if a := s.browser().get("/nothing/here").is(http.StatusNotFound); a.find(".sidenav").Length() != 0 {
		t.Error("a stranger sees the navigation")
	}
	r := httptest.NewRequest(http.MethodDelete, paths.SignIn, nil)
	a = b.send(r)
	if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") == "" {
		t.Errorf("got %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
	}
	if code := s.call("demo", http.MethodGet, "/api/nothing", "").is(http.StatusNotFound).errorCode(); code != "not_found" {
		t.Errorf("code %q", code)
	}
}

func TestHEADAnswersAsGET(t *testing.T) {
	s := openSite(t)
	s.browser().send(httptest.NewRequest(http.MethodHead, paths.SignIn, nil)).is(http.StatusOK)
}
