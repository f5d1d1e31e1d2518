package web

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/pages"
	"countersign/workflow"
)

// signInDemo makes the visitor one of the sample people, with one click. The route exists in
// demo mode only.
func (s *Server) signInDemo(c echo.Context) error {
	p, err := s.activePerson(c.Request().Context(), field(c, "person"))
	if err != nil {
		return err
	}
	if p == nil || !p.Demo {
		return invalid(FieldError{"person", "There is no such demo person. Choose one on the sign-in page."})
	}
	return s.enter(c, p, "demo", localPath(field(c, "next")))
}

// demoPeople lists the sample people in the order in which an order meets them.
func (s *Server) demoPeople(c echo.Context) ([]pages.DemoPerson, error) {
	people, err := s.store.People(c.Request().Context())
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(p models.Person) bool { return !p.Demo || p.Disabled })
	slices.SortStableFunc(people, func(a, b models.Person) int { return trust(a) - trust(b) })
	here := personOf(c)
	list := make([]pages.DemoPerson, len(people))
	for i, p := range people {
		list[i] = pages.DemoPerson{ID: p.ID, Name: p.Name, Roles: p.Roles, Does: does(p), Here: here != nil && here.ID == p.ID}
	}
	return list, nil
}

// everyRole from the least to the most trusted, with what the sign-in page says of it.
var everyRole = []struct {
	role workflow.Role
	does string
}{
	{workflow.RoleCustomer, "buys things and follows the orders."},
	{workflow.RoleApprover, "approves or rejects orders that need a signature."},
	{workflow.RoleOperator, "sees every execution, and mends what needs attention."},
	{workflow.RoleAdministrator, "decides who may do what."},
}

// trust is the place of a person's most trusted role.
func trust(p models.Person) int {
	most := -1
	for i, r := range everyRole {
		if p.Has(r.role) {
			most = i
		}
	}
	return most
}

func does(p models.Person) string {
	var parts []string
	for _, r := range everyRole {
		if p.Has(r.role) {
			parts = append(parts, r.does)
		}
	}
	text := strings.Join(parts, " Also ")
	if text == "" {
		return "Has no role yet."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
