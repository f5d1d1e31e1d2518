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

func personFields(name, email, password string, roles ...string) url.Values {
	return url.Values{"name": {name}, "email": {email}, "password": {password}, "role": roles}
}

const firstPassword = "correct horse battery"

func TestPersonIsAdded(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	ada.get(paths.PersonNew).is(http.StatusOK)
	added := ada.post(paths.People, personFields(" Nora Newcomer ", "Nora@example.com", firstPassword, "customer", "approver")).is(http.StatusSeeOther)
	id, ok := strings.CutPrefix(added.Header.Get("Location"), paths.People+"/")
	if !ok {
		t.Fatalf("leads to %q", added.Header.Get("Location"))
	}
	ada.get(paths.Person(id)).is(http.StatusOK).says("Nora Newcomer is added")
	ada.get(paths.People).is(http.StatusOK).says("nora@example.com")
	p := s.person(id)
	if p.Name != "Nora Newcomer" || p.CustomerID == "" || !slices.Equal(p.Roles, []workflow.Role{workflow.RoleCustomer, workflow.RoleApprover}) {
		t.Errorf("%+v", p)
	}
	s.browser().signIn("nora@example.com", firstPassword, "").is(http.StatusSeeOther).leadsTo(paths.Inbox(paths.NeedsMe))

	again := ada.post(paths.People, personFields("Another Nora", "NORA@example.com", firstPassword, "customer")).is(http.StatusConflict)
	if got := again.find("#email-error").Text(); !strings.Contains(got, "has this e-mail address already") {
		t.Errorf("said %q", got)
	}
}

func TestPersonIsNotAdded(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	for _, tc := range []struct {
		form  url.Values
		error string // selector of the message
	}{
		{personFields("", "n@example.com", firstPassword, "customer"), "#name-error"},
		{personFields("a\x00b", "n@example.com", firstPassword, "customer"), "#name-error"},
		{personFields("Nora", "n", firstPassword, "customer"), "#email-error"},
		{personFields("Nora", "Nora <n@example.com>", firstPassword, "customer"), "#email-error"},
		{personFields("Nora", "n@example.com", "short", "customer"), "#password-error"},
		{personFields("Nora", "n@example.com", strings.Repeat("x", maxPassword+1), "customer"), "#password-error"},
		{personFields("Nora", "n@example.com", firstPassword), "#roles .error"},
		{personFields("Nora", "n@example.com", firstPassword, "customer", "emperor"), "#roles .error"},
	} {
		page := ada.post(paths.People, tc.form).is(http.StatusUnprocessableEntity)
		if page.find(tc.error).Text() == "" {
			t.Errorf("%v: nothing is said at %s", tc.form, tc.error)
		}
		if strings.Contains(page.body, firstPassword) {
			t.Error("the password came back")
		}
	}
	if people, err := s.store.People(t.Context()); err != nil || len(people) != 6 {
		t.Errorf("%d people, %v", len(people), err)
	}
	s.as(models.DemoOperator).post(paths.People, personFields("Nora", "n@example.com", firstPassword, "administrator")).is(http.StatusForbidden)
}

func TestRolesAreChanged(t *testing.T) {
	s := openSite(t)
	ada, clara := s.as(models.DemoAdministrator), s.as(models.DemoCustomer)
	clara.get(paths.Dashboard).is(http.StatusForbidden)
	s.clock.advance(time.Second)
	ada.post(paths.Person(models.DemoCustomer), url.Values{"role": {"customer", "operator"}}).is(http.StatusSeeOther)
	clara.get(paths.Orders).is(http.StatusSeeOther) // her session has ended
	s.as(models.DemoCustomer).get(paths.Dashboard).is(http.StatusOK)

	ada.post(paths.Person(models.DemoCustomer), url.Values{"role": {"customer"}, "disabled": {"on"}}).is(http.StatusSeeOther)
	ada.get(paths.Person(models.DemoCustomer)).says("Clara Customer may no longer sign in").says("Disabled")
	if p := s.person(models.DemoCustomer); !p.Disabled {
		t.Error("she is not disabled")
	}
	ada.post(paths.Person(models.DemoCustomer), url.Values{"role": {"customer"}}).is(http.StatusSeeOther)
	s.as(models.DemoCustomer).get(paths.Orders).is(http.StatusOK)
	for _, roles := range [][]string{nil, {"emperor"}} {
		page := ada.post(paths.Person(models.DemoCustomer), url.Values{"role": roles}).is(http.StatusUnprocessableEntity)
		if page.find("#roles .error").Text() == "" {
			t.Errorf("%v: nothing is said", roles)
		}
	}
	ada.post(paths.Person("nobody"), url.Values{"role": {"customer"}}).is(http.StatusNotFound)
	s.as(models.DemoOperator).post(paths.Person(models.DemoOperator), url.Values{"role": {"administrator"}}).is(http.StatusForbidden)
}

func TestNobodyLocksThemselvesOut(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	for _, form := range []url.Values{
		{"role": {"administrator"}, "disabled": {"on"}}, {"role": {"operator"}},
	} {
		ada.post(paths.Person(models.DemoAdministrator), form).is(http.StatusUnprocessableEntity).says("You cannot disable yourself or give up administration.")
	}
	// Her own session goes on after a change of her own roles.
	ada.post(paths.Person(models.DemoAdministrator), url.Values{"role": {"administrator", "approver"}}).is(http.StatusSeeOther)
	ada.get(paths.Inbox(paths.NeedsMe)).is(http.StatusOK)

	s.clock.advance(time.Second)
	// Two administrators who take it from each other: the second is told.
	ada.post(paths.Person(models.DemoOperator), url.Values{"role": {"administrator"}}).is(http.StatusSeeOther)
	olga := s.as(models.DemoOperator)
	s.clock.advance(time.Second)
	olga.post(paths.Person(models.DemoAdministrator), url.Values{"role": {"customer"}}).is(http.StatusSeeOther)
	ada.post(paths.Person(models.DemoOperator), url.Values{"role": {"customer"}}).is(http.StatusSeeOther).leadsTo(paths.SignIn)
	if p := s.person(models.DemoOperator); !p.Has(workflow.RoleAdministrator) {
		t.Error("nobody is left who can manage people")
	}
}

func TestOwnAccount(t *testing.T) {
	s := openSite(t)
	olga := s.as(models.DemoOperator)
	page := olga.get(paths.Person(models.DemoOperator)).is(http.StatusOK)
	if page.find("input[name=role]").Length() != 0 || page.find("a[href='"+paths.People+"']").Length() != 0 {
		t.Error("an operator is offered roles")
	}
	if page.find(".menu a[href='"+paths.Person(models.DemoOperator)+"']").Length() == 0 {
		t.Error("the account menu does not lead to the account")
	}
	for _, path := range []string{paths.Person(models.DemoAdministrator), paths.Person("nobody")} {
		olga.get(path).is(http.StatusNotFound)
		olga.post(path+"/keys", url.Values{"name": {"x"}}).is(http.StatusNotFound)
		olga.post(path+"/password", url.Values{"password": {firstPassword}, "password_again": {firstPassword}}).is(http.StatusNotFound)
	}
	// A demo person has no password until they set one.
	olga.post(paths.PersonPassword(models.DemoOperator), url.Values{"password": {firstPassword}, "password_again": {firstPassword}}).is(http.StatusSeeOther)
	page = olga.get(paths.Person(models.DemoOperator)).is(http.StatusOK).says("The new password is set.")
	if page.find("input[name=current]").Length() != 1 {
		t.Error("the present password is not asked for")
	}
	next := url.Values{"current": {"wrong"}, "password": {firstPassword + "!"}, "password_again": {firstPassword + "!"}}
	page = olga.post(paths.PersonPassword(models.DemoOperator), next).is(http.StatusUnprocessableEntity)
	if page.find("#current-error").Text() == "" {
		t.Error("nothing is said beside the present password")
	}
	elsewhere := s.as(models.DemoOperator)
	next.Set("current", firstPassword)
	s.clock.advance(time.Minute)
	olga.post(paths.PersonPassword(models.DemoOperator), next).is(http.StatusSeeOther)
	olga.get(paths.Dashboard).is(http.StatusOK)
	elsewhere.get(paths.Dashboard).is(http.StatusSeeOther)
	for field, form := range map[string]url.Values{
		"password":       {"current": {firstPassword + "!"}, "password": {"short"}, "password_again": {"short"}},
		"password_again": {"current": {firstPassword + "!"}, "password": {firstPassword}, "password_again": {"another"}},
	} {
		page := olga.post(paths.PersonPassword(models.DemoOperator), form).is(http.StatusUnprocessableEntity)
		if page.find("#"+field+"-error").Text() == "" {
			t.Errorf("nothing is said beside %s", field)
		}
	}
}

func TestAdministratorsSetPasswords(t *testing.T) {
	s := openSite(t)
	ada := s.as(models.DemoAdministrator)
	page := ada.get(paths.Person(models.DemoCustomer)).is(http.StatusOK)
	if page.find("input[name=current]").Length() != 0 {
		t.Error("an administrator is asked for somebody else's password")
	}
	ada.post(paths.PersonPassword(models.DemoCustomer), url.Values{"password": {firstPassword}, "password_again": {firstPassword}}).is(http.StatusSeeOther)
	s.browser().signIn("clara@example.com", firstPassword, "").is(http.StatusSeeOther)
}

func TestKeysOnTheAccountPage(t *testing.T) {
	s := openSite(t)
	clara := s.as(models.DemoCustomer)
	made := clara.post(paths.PersonKeys(models.DemoCustomer), url.Values{"name": {"till"}}).is(http.StatusCreated)
	secret := strings.TrimSpace(made.find("#new-key").Text())
	if secret == "" {
		t.Fatal("the secret is not shown")
	}
	s.call(secret, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusNotFound)
	page := clara.get(paths.Person(models.DemoCustomer)).is(http.StatusOK).says("till")
	if strings.Contains(page.body, secret) {
		t.Error("the secret is shown again")
	}
	revoke := page.find("dialog form[action*='/keys/']").AttrOr("action", "")
	s.as(models.DemoSecondCustomer).post(revoke, nil).is(http.StatusNotFound)
	clara.post(revoke, nil).is(http.StatusSeeOther)
	clara.get(paths.Person(models.DemoCustomer)).says("The key is revoked.").says("Revoked")
	s.call(secret, http.MethodGet, paths.APIOrder("1"), "").is(http.StatusUnauthorized)

	wrong := clara.post(paths.PersonKeys(models.DemoCustomer), url.Values{"name": {strings.Repeat("x", maxKeyName+1)}}).is(http.StatusUnprocessableEntity)
	if wrong.find("#key-name-error").Text() == "" {
		t.Error("nothing is said beside the name")
	}
}

func TestAccessKeysOnTheAccountPage(t *testing.T) {
	s := openSite(t)
	olga := s.as(models.DemoOperator)
	made := olga.post(paths.PersonAccessKeys(models.DemoOperator), url.Values{"name": {"laptop"}}).is(http.StatusCreated)
	id, secret := strings.TrimSpace(made.find("#new-access-key-id").Text()), strings.TrimSpace(made.find("#new-access-secret").Text())
	if id == "" || secret == "" {
		t.Fatalf("the key %q with secret %q is not shown", id, secret)
	}
	if _, err := s.client(id, secret).ListActivities(t.Context(), nil); err != nil {
		t.Errorf("the new key does not work: %v", err)
	}
	page := olga.get(paths.Person(models.DemoOperator)).is(http.StatusOK).says("laptop").says(id)
	if strings.Contains(page.body, secret) {
		t.Error("the secret is shown again")
	}
	revoke := paths.PersonAccessKey(models.DemoOperator, id)
	if found := page.find("dialog form[action='" + revoke + "']").Length(); found != 1 {
		t.Errorf("%d forms revoke the key", found)
	}
	s.as(models.DemoApprover).post(revoke, nil).is(http.StatusNotFound)
	olga.post(revoke, nil).is(http.StatusSeeOther)
	olga.get(paths.Person(models.DemoOperator)).says("The access key is revoked.")
	_, err := s.client(id, secret).ListActivities(t.Context(), nil)
	refused(t, err, "UnrecognizedClientException", "security token")

	for _, name := range []string{"", strings.Repeat("x", maxKeyName+1), "a\x00b"} {
		wrong := olga.post(paths.PersonAccessKeys(models.DemoOperator), url.Values{"name": {name}}).is(http.StatusUnprocessableEntity)
		if wrong.find("#access-key-name-error").Text() == "" {
			t.Errorf("nothing is said beside the name %q", name)
		}
	}
	s.as(models.DemoAdministrator).get(paths.Audit).says("access key made").says("access key revoked")
}

// A customer could do nothing with an access key, so none is offered.
func TestAccessKeysAreForStaff(t *testing.T) {
	s := openSite(t)
	page := s.as(models.DemoCustomer).get(paths.Person(models.DemoCustomer)).is(http.StatusOK)
	if page.find("#access-keys").Length() != 0 {
		t.Error("the panel is there")
	}
}
