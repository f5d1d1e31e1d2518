package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// personStore keeps people and what they may do.
type personStore interface {
	accountStore
	People(ctx context.Context) ([]models.Person, error)
	APIKeys(ctx context.Context, personID string) ([]models.APIKey, error)
	AccessKeys(ctx context.Context, personID string) ([]models.AccessKey, error)
	AddPerson(ctx context.Context, p models.Person, by string) error
	SetRoles(ctx context.Context, id string, roles []workflow.Role, disabled bool, by string) error
}

// personList lists everybody.
func (s *Server) personList(c echo.Context) error {
	people, err := s.store.People(c.Request().Context())
	if err != nil {
		return err
	}
	m := pages.People{Now: s.now()}
	for _, p := range people {
		m.Rows = append(m.Rows, personRow(p))
	}
	return s.show(c, http.StatusOK, s.frame(c, "People", layouts.People), pages.PeoplePage(m))
}

func personRow(p models.Person) pages.PersonRow {
	return pages.PersonRow{
		ID: p.ID, Name: p.Name, Email: p.Email, Roles: p.Roles, Demo: p.Demo, Disabled: p.Disabled, SignedInAt: p.SignedInAt,
	}
}
