package models

import (
	"errors"
	"testing"
	"time"

	"countersign/workflow"
)

func TestPersonIsFoundByEveryName(t *testing.T) {
	s := openShop(t)
	for name, find := range map[string]func() (Person, error){
		"id":       func() (Person, error) { return s.Person(s.ctx, "clara") },
		"e-mail":   func() (Person, error) { return s.PersonByEmail(s.ctx, " Clara@Example.com ") },
		"customer": func() (Person, error) { return s.PersonByCustomer(s.ctx, "67890") },
	} {
		p, err := find()
		if err != nil || p.ID != DemoCustomer || !p.Demo || !p.Has(workflow.RoleCustomer) || p.Has(workflow.RoleOperator) {
			t.Errorf("by %s: %+v, %v", name, p, err)
		}
	}
	if _, err := s.PersonByCustomer(s.ctx, ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("no customer id: got %v, want not found", err)
	}
}

func TestPeopleDoNotShareNames(t *testing.T) {
	s := openShop(t)
	for name, p := range map[string]Person{
		"id":       {ID: "clara", Email: "new@example.com"},
		"e-mail":   {ID: "new", Email: "CLARA@example.com"},
		"customer": {ID: "new", Email: "new@example.com", CustomerID: "67890"},
	} {
		if err := s.AddPerson(s.ctx, p, DemoAdministrator); !errors.Is(err, workflow.ErrExists) {
			t.Errorf("same %s: got %v, want exists", name, err)
		}
	}
	for _, id := range []string{"x", "y"} { // both without a customer id
		if err := s.AddPerson(s.ctx, Person{ID: id, Email: id + "@example.com"}, DemoAdministrator); err != nil {
			t.Error(err)
		}
	}
	if people := must(s.People(s.ctx))(t); len(people) != 8 || people[2].Name != "Ada Administrator" {
		t.Errorf("got %d people", len(people))
	}
}

func TestLastAdministratorStays(t *testing.T) {
	s := openShop(t)
	both := []workflow.Role{workflow.RoleOperator, workflow.RoleAdministrator}
	for name, err := range map[string]error{
		"without the role": s.SetRoles(s.ctx, DemoAdministrator, both[:1], false, DemoAdministrator),
		"disabled":         s.SetRoles(s.ctx, DemoAdministrator, both, true, DemoAdministrator),
	} {
		if !errors.Is(err, ErrLastAdministrator) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if p := must(s.Person(s.ctx, DemoAdministrator))(t); p.Disabled || !p.Has(workflow.RoleAdministrator) {
		t.Errorf("a refused change was written: %+v", p)
	}
	if err := s.SetRoles(s.ctx, DemoOperator, both, false, DemoAdministrator); err != nil {
		t.Fatal(err)
	}
	if err := s.SetRoles(s.ctx, DemoAdministrator, nil, true, DemoOperator); err != nil {
		t.Errorf("with a second administrator: %v", err)
	}
	if err := s.SetRoles(s.ctx, "nobody", both, false, DemoOperator); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("unknown person: got %v, want not found", err)
	}
}

func TestFirstAdministratorOnce(t *testing.T) {
	s := &shop{Store: openTest(t), t: t, ctx: t.Context()}
	if must(s.HasAdministrator(s.ctx))(t) {
		t.Error("an empty database has an administrator")
	}
	errs := atOnce(4, func(i int) error {
		id := string(orderID(i))
		return s.AddFirstAdministrator(s.ctx, Person{ID: id, Name: "First", Email: id + "@example.com"})
	})
	oneHolds(t, errs)
	if people := must(s.People(s.ctx))(t); len(people) != 1 || !people[0].Has(workflow.RoleAdministrator) {
		t.Errorf("got %+v", people)
	}
}

func TestCredentialsHaveADate(t *testing.T) {
	s := openShop(t)
	s.later(time.Minute)
	if err := s.RecordSignIn(s.ctx, DemoOperator, "demo"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetCustomerDetails(s.ctx, DemoOperator, workflow.Address{City: "Oslo"}, workflow.Card{LastFour: "1111"}); err != nil {
		t.Fatal(err)
	}
	p := must(s.Person(s.ctx, DemoOperator))(t)
	if !p.CredentialsAt.Equal(opening) || !p.SignedInAt.Equal(s.time()) || p.Address.City != "Oslo" || p.Card.LastFour != "1111" {
		t.Errorf("after signing in: %+v", p)
	}
	if err := s.SetPassword(s.ctx, DemoOperator, "hash", DemoAdministrator); err != nil {
		t.Fatal(err)
	}
	if p := must(s.Person(s.ctx, DemoOperator))(t); !p.CredentialsAt.Equal(s.time()) || p.PasswordHash != "hash" {
		t.Errorf("after a new password: %+v", p)
	}
	entries, _, err := s.AuditEntries(s.ctx, AuditFilter{PersonID: DemoOperator}, Page{})
	if err != nil || len(entries) != 1 || entries[0].Action != AuditSignedIn || entries[0].PersonName != "Olga Operator" {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}

func TestAPIKey(t *testing.T) {
	s := openShop(t)
	key, secret, err := s.MakeAPIKey(s.ctx, DemoCustomer, "warehouse", DemoAdministrator)
	if err != nil {
		t.Fatal(err)
	}
	bearer := func(secret string) string {
		p, _, err := s.PersonByAPIKey(s.ctx, secret)
		if errors.Is(err, workflow.ErrNotFound) {
			return "nobody"
		} else if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}
	for secret, want := range map[string]string{secret: DemoCustomer, DemoKey: DemoOperator, secret + "x": "nobody", "": "nobody", key.Prefix: "nobody"} {
		if got := bearer(secret); got != want {
			t.Errorf("%q is %s's, want %s", secret, got, want)
		}
	}
	if keys := must(s.APIKeys(s.ctx, DemoCustomer))(t); len(keys) != 1 || !keys[0].LastUsedAt.Equal(opening) || keys[0].Prefix != secret[:8] {
		t.Errorf("keys: %+v", keys)
	}
	if err := s.RevokeAPIKey(s.ctx, DemoOperator, key.ID, DemoAdministrator); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("revoking somebody else's: got %v, want not found", err)
	}
	for range 2 {
		if err := s.RevokeAPIKey(s.ctx, DemoCustomer, key.ID, DemoAdministrator); err != nil {
			t.Fatal(err)
		}
	}
	if got := bearer(secret); got != "nobody" {
		t.Errorf("a revoked key is %s's", got)
	}
	if err := s.SetRoles(s.ctx, DemoOperator, nil, true, DemoAdministrator); err != nil {
		t.Fatal(err)
	}
	if got := bearer(DemoKey); got != "nobody" {
		t.Errorf("the key of somebody disabled is %s's", got)
	}
	if _, err := s.AddAPIKey(s.ctx, DemoCustomer, "again", DemoKey, ""); !errors.Is(err, workflow.ErrExists) {
		t.Errorf("a known secret: got %v, want exists", err)
	}
	if _, _, err := s.MakeAPIKey(s.ctx, "nobody", "x", ""); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("a key for nobody: got %v, want not found", err)
	}
}
