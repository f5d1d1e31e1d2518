package web

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/web/paths"
)

func (s *site) person(id string) *models.Person {
	s.t.Helper()
	p, err := s.store.Person(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return &p
}

func TestKeysAreMadeAndRevokedByTheirOwnersAndAdministrators(t *testing.T) {
	s := openSite(t)
	for by, status := range map[string]int{
		models.DemoCustomer: 0, models.DemoAdministrator: 0, models.DemoOperator: 404, models.DemoSecondCustomer: 404,
	} {
		key, secret, err := makeKey(t.Context(), s.store, s.person(by), models.DemoCustomer, " till ")
		if status != 0 {
			if err == nil || faultOf(err).Status != status {
				t.Errorf("%s: %v", by, err)
			}
			continue
		}
		if err != nil || key.Name != "till" {
			t.Fatalf("%s: %+v %v", by, key, err)
		}
		s.call(secret, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusNotFound)
		if err := revokeKey(t.Context(), s.store, s.person(models.DemoSecondCustomer), models.DemoCustomer, key.ID); err == nil {
			t.Error("a stranger revoked a key")
		}
		if err := revokeKey(t.Context(), s.store, s.person(by), models.DemoCustomer, key.ID); err != nil {
			t.Error(err)
		}
		s.call(secret, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusUnauthorized)
	}
	for _, name := range []string{"", "  ", "a\nb", string(make([]rune, maxKeyName+1))} {
		if _, _, err := makeKey(t.Context(), s.store, s.person(models.DemoCustomer), models.DemoCustomer, name); err == nil || faultOf(err).Status != 422 {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPasswordChange(t *testing.T) {
	s := openSite(t, withoutDemo).withPaula()
	const next = "staple of the horse"
	paula, ada := s.person("paula"), s.person(models.DemoAdministrator)
	for name, tc := range map[string]struct {
		by    *models.Person
		wish  passwordChange
		field string
	}{
		"wrong current": {paula, passwordChange{"paula", "wrong", next, next}, "current"},
		"no current":    {paula, passwordChange{"paula", "", next, next}, "current"},
		"short":         {paula, passwordChange{"paula", rightPassword, "short", "short"}, "password"},
		"differ":        {paula, passwordChange{"paula", rightPassword, next, next + "x"}, "password_again"},
	} {
		err := s.changePassword(t.Context(), s.store, tc.by, tc.wish)
		if err == nil || len(faultOf(err).Fields) != 1 || faultOf(err).Fields[0].Field != tc.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.changePassword(t.Context(), s.store, paula, passwordChange{models.DemoCustomer, "", next, next}); err == nil || faultOf(err).Status != 404 {
		t.Errorf("changed another's password: %v", err)
	}
	if err := s.changePassword(t.Context(), s.store, paula, passwordChange{"paula", rightPassword, next, next}); err != nil {
		t.Fatal(err)
	}
	s.clock.advance(time.Minute)
	s.browser().signIn("paula@example.com", rightPassword, "").is(http.StatusUnprocessableEntity)
	s.browser().signIn("paula@example.com", next, "").is(http.StatusSeeOther)
	if err := s.changePassword(t.Context(), s.store, ada, passwordChange{"paula", "", rightPassword, rightPassword}); err != nil {
		t.Fatal(err)
	}
	s.browser().signIn("paula@example.com", rightPassword, "").is(http.StatusSeeOther)
}

// A parameter is one segment, decoded: what a link escapes, the handler gets as it was.
func TestPathParametersComeBackAsTheyWere(t *testing.T) {
	s := openSite(t)
	var got string
	s.add(route{http.MethodGet, paths.Execution("x") + "/test/:name", anyone, func(c echo.Context) error {
		got = c.Param("name")
		return c.NoContent(http.StatusNoContent)
	}})
	for _, name := range []string{"plain", "a/b", "a b", "a?b", "100%", "é", "a:b", "%2F"} {
		s.browser().get("/executions/x/test/" + url.PathEscape(name)).is(http.StatusNoContent)
		if got != name {
			t.Errorf("%q came back as %q", name, got)
		}
	}
}
