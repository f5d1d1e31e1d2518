package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/asl"
)

// stateMachineStore lists definitions.
type stateMachineStore interface {
	definitionStore
	StateMachines(ctx context.Context, prefix, after string, limit int) ([]models.StateMachine, error)
	StateMachineVersions(ctx context.Context, machine string) ([]models.StateMachine, error)
}

// stateMachinesOnPage is how many state machines one page of the list has.
const stateMachinesOnPage = 50

// stateMachineList lists the state machines by their latest versions.
func (s *Server) stateMachineList(c echo.Context) error {
	ctx := c.Request().Context()
	prefix, after := strings.TrimSpace(c.QueryParam("q")), c.QueryParam("after")
	machines, err := s.store.StateMachines(ctx, prefix, after, stateMachinesOnPage+1)
	if err != nil {
		return err
	}
	m := pages.StateMachines{Now: s.now(), Search: prefix, MayChange: personOf(c).Has(operators.roles...)}
	if after != "" {
		m.First = paths.StateMachinesAfter(prefix, "")
	}
	if len(machines) > stateMachinesOnPage {
		machines = machines[:stateMachinesOnPage]
		m.Next = paths.StateMachinesAfter(prefix, machines[stateMachinesOnPage-1].Name)
	}
	for _, v := range machines {
		states, err := s.countStates(ctx, versionKey{v.Name, v.Version})
		if err != nil {
			return err
		}
		m.Rows = append(m.Rows, pages.StateMachineRow{
			Name: v.Name, Version: v.Version, CreatedAt: v.CreatedAt, States: states, Express: v.Type == workflow.Express, Deleting: v.Status == workflow.Deleting,
		})
	}
	return s.show(c, http.StatusOK, s.frame(c, "State machines", layouts.StateMachines), pages.StateMachinesPage(m))
}

// countStates is how many states a version has. It draws nothing: a list is not worth it.
func (s *Server) countStates(ctx context.Context, key versionKey) (int, error) {
	if n, ok := s.drawings.count(key); ok {
		return n, nil
	}
	definition, _, err := s.store.Definition(ctx, key.machine, key.version)
	if err != nil {
		return 0, err
	}
	n := 0
	if compiled, err := asl.Compile(definition); err == nil {
		n = len(graph.Of(compiled).States)
	}
	s.drawings.counted(key, n)
	return n, nil
}
