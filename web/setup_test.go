package web

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

// emptySite is the first start with --no-demo: nobody is there yet.
func emptySite(t *testing.T) *site {
	t.Helper()
	return openSiteWith(t, models.Sample{}, withoutDemo)
}

var firstAdministrator = url.Values{
	"name": {"Grace"}, "email": {"grace@example.com"}, "password": {rightPassword}, "password_again": {rightPassword},
}

func TestFirstAdministratorIsMadeOnce(t *testing.T) {
	s := emptySite(t)
	b := s.browser()
	b.get(paths.Setup("one-time-token")).is(http.StatusOK)
	b.post(paths.Setup("one-time-token"), firstAdministrator).is(http.StatusSeeOther).leadsTo(paths.Dashboard)
	b.get(paths.Home).leadsTo(paths.Dashboard)
	p, err := s.store.PersonByEmail(t.Context(), "grace@example.com")
	if err != nil || !p.Has(workflow.RoleAdministrator) {
		t.Fatalf("%+v %v", p, err)
	}
	s.browser().get(paths.Setup("one-time-token")).is(http.StatusGone)
	s.browser().post(paths.Setup("one-time-token"), firstAdministrator).is(http.StatusGone)
	s.browser().signIn("grace@example.com", rightPassword, "").is(http.StatusSeeOther)
}

func TestSetupLinkWithAWrongTokenIsNothing(t *testing.T) {
	s := emptySite(t)
	s.browser().get(paths.Setup("one-time-tokem")).is(http.StatusNotFound)
	s.browser().post(paths.Setup("x"), firstAdministrator).is(http.StatusNotFound)
	openSite(t).browser().get(paths.Setup("")).is(http.StatusNotFound)
}

func TestSetupSaysWhatIsWrong(t *testing.T) {
	s := emptySite(t)
	for field, value := range map[string]string{
		"name": "", "email": "grace", "password": "short", "password_again": "something else",
	} {
		form := url.Values{}
		for name, v := range firstAdministrator {
			form[name] = v
		}
		form.Set(field, value)
		a := s.browser().post(paths.Setup("one-time-token"), form).is(http.StatusUnprocessableEntity)
		if a.find("#"+field+"[aria-invalid=true]").Length() != 1 {
			t.Errorf("%s: not marked\n%s", field, a.body)
		}
	}
	if has, err := s.store.HasAdministrator(t.Context()); has || err != nil {
		t.Errorf("%v %v", has, err)
	}
}

func TestTwoPeopleAtTheSetupLinkMakeOneAdministrator(t *testing.T) {
	s := emptySite(t)
	var wait sync.WaitGroup
	status := make([]int, 2)
	for i, email := range []string{"grace@example.com", "linus@example.com"} {
		b := s.browser()
		b.get(paths.SignIn)
		wait.Go(func() {
			form := url.Values{}
			for name, v := range firstAdministrator {
				form[name] = v
			}
			form.Set("email", email)
			status[i] = b.post(paths.Setup("one-time-token"), form).StatusCode
		})
	}
	wait.Wait()
	if status[0]+status[1] != http.StatusSeeOther+http.StatusGone {
		t.Errorf("got %v", status)
	}
}
