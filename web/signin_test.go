package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

const rightPassword = "correct horse battery"

// withPaula adds a person who signs in with a password.
func (s *site) withPaula() *site {
	s.t.Helper()
	hash, err := hashPassword(s.t.Context(), rightPassword)
	if err != nil {
		s.t.Fatal(err)
	}
	p := models.Person{ID: "paula", Name: "Paula", Email: "paula@example.com", CustomerID: "70000", PasswordHash: hash, Roles: []workflow.Role{workflow.RoleCustomer}}
	if err := s.store.AddPerson(s.t.Context(), p, ""); err != nil {
		s.t.Fatal(err)
	}
	return s
}

func (b *browser) signIn(email, password, next string) *answer {
	b.t.Helper()
	return b.post(paths.SignIn, url.Values{"email": {email}, "password": {password}, "next": {next}})
}

func TestDemoPersonSignsInWithOneClick(t *testing.T) {
	s := openSite(t)
	for person, first := range map[string]string{
		models.DemoCustomer: paths.Shop, models.DemoApprover: paths.InboxRoot,
		models.DemoOperator: paths.Dashboard, models.DemoAdministrator: paths.Dashboard,
	} {
		b := s.browser()
		if n := b.get(paths.SignIn).find("button[name=person][value=" + person + "]").Length(); n != 1 {
			t.Errorf("%s: %d buttons", person, n)
		}
		b.post(paths.SignInDemo, url.Values{"person": {person}}).is(http.StatusSeeOther).leadsTo(first)
		b.get(paths.Home).is(http.StatusSeeOther).leadsTo(first)
	}
	s.browser().post(paths.SignInDemo, url.Values{"person": {"nobody"}}).is(http.StatusUnprocessableEntity)
	s.withPaula().browser().post(paths.SignInDemo, url.Values{"person": {"paula"}}).is(http.StatusUnprocessableEntity)
}

func TestWithoutDemoNoneOfItExists(t *testing.T) {
	s := openSite(t, withoutDemo)
	b := s.browser()
	if n := b.get(paths.SignIn).find("button[name=person]").Length(); n != 0 {
		t.Errorf("%d demo people are offered", n)
	}
	if a := b.post(paths.SignInDemo, url.Values{"person": {models.DemoOperator}}); a.StatusCode < 400 {
		t.Errorf("got %d", a.StatusCode)
	}
	s.call(models.DemoKey, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusUnauthorized)
	b.signIn("olga@example.com", "", "").is(http.StatusUnprocessableEntity)
}

func TestPasswordSignIn(t *testing.T) {
	s := openSite(t, withoutDemo).withPaula()
	b := s.browser()
	b.signIn(" Paula@Example.com", rightPassword, "").is(http.StatusSeeOther).leadsTo(paths.Shop)
	b.get(paths.Home).is(http.StatusSeeOther).leadsTo(paths.Shop)
	p, err := s.store.Person(t.Context(), "paula")
	if err != nil || !p.SignedInAt.Equal(s.clock.now()) {
		t.Errorf("sign-in not noted: %v %v", p.SignedInAt, err)
	}
}

// Wrong password, unknown address, no password and somebody locked out cannot be told apart.
func TestFailedSignInTellsNothing(t *testing.T) {
	s := openSite(t, withoutDemo).withPaula()
	locked := models.Person{ID: "lou", Name: "Lou", Email: "lou@example.com", Disabled: true}
	locked.PasswordHash, _ = hashPassword(t.Context(), rightPassword)
	if err := s.store.AddPerson(t.Context(), locked, ""); err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, email := range []string{"paula@example.com", "nobody@example.com", "clara@example.com", "lou@example.com"} {
		password := "wrong password"
		if email == "lou@example.com" {
			password = rightPassword
		}
		b := s.browser()
		a := b.signIn(email, password, "").is(http.StatusUnprocessableEntity).says(wrongSignIn)
		page := strings.ReplaceAll(a.body, email, "EMAIL")
		pages = append(pages, strings.ReplaceAll(page, deriveCSRF(b.cookies["countersign"]), "TOKEN"))
		b.get(paths.Home).is(http.StatusSeeOther).leadsTo(paths.SignIn)
	}
	for _, page := range pages[1:] {
		if page != pages[0] {
			t.Errorf("the pages differ:\n%s\n%s", pages[0], page)
		}
	}
}

func TestSignInAttemptsAreLimited(t *testing.T) {
	s := openSite(t, withoutDemo).withPaula()
	b := s.browser()
	for range 5 {
		b.signIn("paula@example.com", "wrong", "").is(http.StatusUnprocessableEntity)
	}
	a := b.signIn("paula@example.com", rightPassword, "").is(http.StatusTooManyRequests)
	if a.Header.Get("Retry-After") != "30" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	elsewhere := s.browser()
	elsewhere.address = "127.0.0.2:1"
	elsewhere.signIn("PAULA@example.com", rightPassword, "").is(http.StatusTooManyRequests) // the account, from anywhere
	s.clock.advance(31 * time.Second)
	b.signIn("paula@example.com", rightPassword, "").is(http.StatusSeeOther)
}

func TestSignInAttemptsAreLimitedByAddress(t *testing.T) {
	s := openSite(t, withoutDemo)
	b := s.browser()
	status := 0
	for i := range 30 {
		status = b.signIn(strings.Repeat("x", i+1)+"@example.com", "wrong", "").StatusCode
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("got %d", status)
	}
	elsewhere := s.browser()
	elsewhere.address = "10.0.0.9:1"
	elsewhere.signIn("y@example.com", "wrong", "").is(http.StatusUnprocessableEntity)
}

func TestRightPasswordsAreNotCounted(t *testing.T) {
	s := openSite(t, withoutDemo).withPaula()
	for range 8 {
		s.browser().signIn("paula@example.com", rightPassword, "").is(http.StatusSeeOther)
	}
}

func TestSignInReturnsToPathsOfOursOnly(t *testing.T) {
	s := openSite(t)
	for next, want := range map[string]string{
		"/orders/12345?tab=x":   "/orders/12345?tab=x",
		"https://evil.example/": "", "//evil.example": "", `/\evil.example`: "", `\\evil.example`: "", "/\t/evil.example": "",
		"javascript:alert(1)": "", "/x\r\nSet-Cookie: a=b": "", "orders": "", "/%zz": "", "": "",
		paths.SignIn: "", paths.SignOut: "", "/" + strings.Repeat("x", 4<<10): "",
	} {
		if want == "" {
			want = paths.Shop
		}
		b := s.browser()
		a := b.post(paths.SignInDemo, url.Values{"person": {models.DemoCustomer}, "next": {next}}).is(http.StatusSeeOther).leadsTo(want)
		if len(a.Cookies()) != 1 {
			t.Errorf("next %q: cookies %v", next, a.Cookies())
		}
		page := s.browser().get(paths.SignInThen(next)).is(http.StatusOK)
		if v, _ := page.find("input[name=next]").Attr("value"); v != "" && v != next || v == "" && want == next {
			t.Errorf("next %q: the form carries %q", next, v)
		}
	}
}

func TestWrongHugePasswordIsRefused(t *testing.T) {
	s := openSite(t, withoutDemo).withPaula()
	s.browser().signIn("paula@example.com", strings.Repeat("x", 100_000), "").is(http.StatusUnprocessableEntity)
}
