package web

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/models"
	"countersign/workflow"
)

var person = map[workflow.Role]string{
	workflow.RoleCustomer: models.DemoCustomer, workflow.RoleApprover: models.DemoApprover,
	workflow.RoleOperator: models.DemoOperator, workflow.RoleAdministrator: models.DemoAdministrator,
}

// Whatever Echo answers to stands in the table with its access; nothing is registered past it.
func TestEveryRouteStatesWhoMayUseIt(t *testing.T) {
	s := openSite(t)
	for _, r := range s.echo.Routes() {
		method := r.Method
		switch method {
		case "echo_route_not_found":
			continue
		case http.MethodHead:
			method = http.MethodGet
		}
		stated, ok := s.routes[method+" "+r.Path]
		if !ok || stated.access.door == noDoor || stated.access.name == "" {
			t.Errorf("%s %s does not say who may use it", r.Method, r.Path)
		}
	}
}

var parameter = regexp.MustCompile(`:\w+|\*`)

// address is a route's address with something in the place of its parameters.
func (r route) address() string { return parameter.ReplaceAllString(r.path, "x") }

func TestEachRoleGetsWhatTheTableSays(t *testing.T) {
	s := openSite(t)
	for role, id := range person {
		p, err := s.store.Person(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range s.routes {
			if r.access.door != pageDoor || r.method != http.MethodGet || r.streams() {
				continue
			}
			got := s.as(id).get(r.address()).StatusCode
			if allowed := r.access.allows(&p); (got == http.StatusForbidden) == allowed {
				t.Errorf("%s as %s: got %d, allowed is %v", name, role, got, allowed)
			}
		}
	}
}

func TestChangesAreRefusedToOtherRoles(t *testing.T) {
	s := openSite(t)
	for role, id := range person {
		p, b := s.person(id), s.as(id)
		for name, r := range s.routes {
			if r.access.door == pageDoor && r.method == http.MethodPost && !r.access.allows(p) {
				if got := b.post(r.address(), nil).StatusCode; got != http.StatusForbidden {
					t.Errorf("%s as %s: got %d", name, role, got)
				}
			}
		}
	}
}

func TestStrangersAreSentToSignIn(t *testing.T) {
	s := openSite(t)
	for name, r := range s.routes {
		b := s.browser()
		switch {
		case r.access.visitor:
		case r.access.door == pageDoor && r.method == http.MethodGet && !r.streams():
			b.get(r.address()).is(http.StatusSeeOther)
		case r.access.door == pageDoor && r.streams():
			request := httptest.NewRequest(r.method, r.address(), nil)
			request.Header.Set("Accept", "text/html, text/event-stream")
			b.send(request).is(http.StatusUnauthorized)
		case r.access.door == programDoor:
			a := b.send(httptest.NewRequest(r.method, r.address(), strings.NewReader("{}"))).is(http.StatusUnauthorized)
			if a.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: 401 without WWW-Authenticate", name)
			}
		}
	}
}

// Every GET of every role leaves the database file byte for byte as it was.
func TestNoGETChangesAnything(t *testing.T) {
	s := openSite(t)
	var browsers []*browser
	for _, id := range person {
		browsers = append(browsers, s.as(id))
	}
	before := changes(t, s)
	for _, b := range append(browsers, s.browser()) {
		for _, r := range s.routes {
			if r.method == http.MethodGet && !r.streams() {
				b.get(r.address())
			}
		}
	}
	if after := changes(t, s); after != before {
		t.Errorf("a GET wrote to the database")
	}
}

// changes is the write-ahead log, which every write makes longer or rewrites.
func changes(t *testing.T, s *site) string {
	t.Helper()
	wal, err := os.ReadFile(filepath.Join(s.dir, "test.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	return string(wal)
}
