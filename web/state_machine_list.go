package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
)

// stateMachineStore lists definitions.
type stateMachineStore interface {
	definitionStore
	StateMachines(ctx context.Context) ([]models.StateMachine, error)
	StateMachineVersions(ctx context.Context, machine string) ([]models.StateMachine, error)
}

// stateMachineList lists the state machines by their latest versions.
func (s *Server) stateMachineList(c echo.Context) error {
	ctx := c.Request().Context()
	machines, err := s.store.StateMachines(ctx)
	if err != nil {
		return err
	}
	m := pages.StateMachines{Now: s.now()}
	for _, v := range machines {
		d, err := s.drawing(ctx, s.store, v.Name, v.Version)
		if err != nil {
			return err
		}
		m.Rows = append(m.Rows, pages.StateMachineRow{Name: v.Name, Version: v.Version, CreatedAt: v.CreatedAt, States: len(d.graph.States)})
	}
	return s.show(c, http.StatusOK, s.frame(c, "State machines", layouts.StateMachines), pages.StateMachinesPage(m))
}
