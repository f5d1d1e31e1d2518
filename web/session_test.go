package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

// whoami is a page for everybody who is signed in.
const whoami = "/test/whoami"

func (s *site) withWhoami() *site {
	s.add(route{http.MethodGet, whoami, signedIn, aliveAs})
	return s
}

func TestSessionCookieCannotBeReadOrSentAcrossSites(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := openSite(t, func(o *Options) { o.Secure = secure })
		for _, c := range s.browser().get(paths.SignIn).Cookies() {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure {
				t.Errorf("cookie %v", c)
			}
		}
	}
}

func TestSessionGetsANewTokenAtSignIn(t *testing.T) {
	s := openSite(t).withWhoami()
	b := s.browser()
	b.get(paths.SignIn)
	planted := b.cookies["countersign"]
	b.post(paths.SignInDemo, url.Values{"person": {models.DemoOperator}}).is(http.StatusSeeOther)
	first := b.cookies["countersign"]
	b.post(paths.SignInDemo, url.Values{"person": {models.DemoAdministrator}}).is(http.StatusSeeOther)
	for _, old := range []string{planted, first} {
		thief := s.browser()
		thief.cookies["countersign"] = old
		thief.get(whoami).is(http.StatusSeeOther)
	}
	b.get(whoami).is(http.StatusOK).says(models.DemoAdministrator)
}

func TestSignOutEndsTheSessionEverywhere(t *testing.T) {
	s := openSite(t).withWhoami()
	b := s.as(models.DemoCustomer)
	old := b.cookies["countersign"]
	b.post(paths.SignOut, nil).is(http.StatusSeeOther).leadsTo(paths.SignIn)
	b.cookies["countersign"] = old
	b.get(whoami).is(http.StatusSeeOther)
}

func TestSessionEndsWhenIdle(t *testing.T) {
	s := openSite(t).withWhoami()
	b := s.as(models.DemoCustomer)
	for range 3 { // each request prolongs it
		s.clock.advance(sessionIdle - time.Minute)
		b.get(whoami).is(http.StatusOK)
	}
	s.clock.advance(sessionIdle + time.Minute)
	b.get(whoami).is(http.StatusSeeOther).leadsTo(paths.SignInThen(whoami))
}

func TestSessionEndsWithWhatItStoodOn(t *testing.T) {
	for name, change := range map[string]func(*site) error{
		"new password": func(s *site) error { return s.store.SetPassword(t.Context(), models.DemoCustomer, "x", "ada") },
		"other roles": func(s *site) error {
			return s.store.SetRoles(t.Context(), models.DemoCustomer, []workflow.Role{workflow.RoleApprover}, false, "ada")
		},
		"locked out": func(s *site) error { return s.store.SetRoles(t.Context(), models.DemoCustomer, nil, true, "ada") },
		"demo over":  func(s *site) error { s.demo = false; return nil },
	} {
		s := openSite(t).withWhoami()
		b := s.as(models.DemoCustomer)
		b.get(whoami).is(http.StatusOK)
		s.clock.advance(time.Second)
		if err := change(s); err != nil {
			t.Fatal(err)
		}
		if got := b.get(whoami).StatusCode; got != http.StatusSeeOther {
			t.Errorf("%s: got %d", name, got)
		}
	}
}

// A change that a signed-out person sends is not made; they are led back to the form's page.
func TestStaleSessionLeadsBackToTheForm(t *testing.T) {
	s := openSite(t).withWhoami()
	s.add(route{http.MethodPost, "/test/change", signedIn, aliveAs})
	b := s.as(models.DemoCustomer)
	s.clock.advance(sessionIdle + time.Minute)
	r := formRequest("/test/change", url.Values{csrfField: {deriveCSRF(b.cookies["countersign"])}})
	r.Header.Set("Referer", "http://"+b.host+whoami+"?a=b")
	b.send(r).is(http.StatusSeeOther).leadsTo(paths.SignInThen(whoami + "?a=b"))
}

func TestCookieOfGarbageIsNobody(t *testing.T) {
	s := openSite(t).withWhoami()
	r := httptest.NewRequest(http.MethodGet, whoami, nil)
	r.Header.Set("Accept", "text/html")
	b := s.browser()
	b.cookies["countersign"] = "%00'; DROP TABLE sessions; --"
	b.send(r).is(http.StatusSeeOther)
}

func aliveAs(c echo.Context) error { return c.String(http.StatusOK, personOf(c).ID) }

// A cart that is changed at the very moment of the sign-out must not bring the session back.
func TestSignOutIsFinalWhateverElseIsUnderWay(t *testing.T) {
	s := openSite(t).withWhoami()
	for range 20 {
		b := s.as(models.DemoCustomer)
		var wait sync.WaitGroup
		for range 3 {
			cart := b.twin()
			wait.Go(func() { cart.post(paths.CartItems, url.Values{"item": {notebook}, "quantity": {"1"}}) })
		}
		out := b.twin()
		wait.Go(func() { out.post(paths.SignOut, nil) })
		wait.Wait()
		b.twin().get(whoami).is(http.StatusSeeOther)
	}
}

// Signed out in one tab, a form of another leads to the sign-in, and back to where it stood.
func TestAFormSentAfterTheSignOutLeadsToTheSignIn(t *testing.T) {
	b := openSite(t).as(models.DemoCustomer)
	r := formRequest(paths.CartItems, url.Values{"item": {notebook}, "quantity": {"1"}, csrfField: {deriveCSRF(b.cookies["countersign"])}})
	r.Header.Set("Referer", "http://"+b.host+paths.Shop)
	b.post(paths.SignOut, nil).is(http.StatusSeeOther)
	b.send(r).is(http.StatusSeeOther).leadsTo(paths.SignInThen(paths.Shop))
}

func TestAFormOfAnotherPersonsSessionSaysSo(t *testing.T) {
	b := openSite(t).as(models.DemoCustomer)
	old := deriveCSRF(b.cookies["countersign"])
	b.post(paths.SignInDemo, url.Values{"person": {models.DemoSecondCustomer}}).is(http.StatusSeeOther)
	b.post(paths.CartItems, url.Values{"item": {notebook}, "quantity": {"1"}, csrfField: {old}}).is(http.StatusForbidden).says("This form is out of date")
}
