package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/history"
	"countersign/workflow"
)

// stateMachineShow shows one version of a state machine, the latest unless another is asked for.
func (s *Server) stateMachineShow(c echo.Context) error {
	ctx, name := c.Request().Context(), c.Param("name")
	versions, err := s.store.StateMachineVersions(ctx, name)
	if err != nil {
		return err
	}
	shown := chosenVersion(versions, c.QueryParam("version"))
	if shown < 0 {
		return workflow.ErrNotFound
	}
	v := versions[shown]
	definition, _, err := s.store.Definition(ctx, name, v.Version)
	if err != nil {
		return err
	}
	d, err := s.drawing(ctx, s.store, name, v.Version)
	if err != nil {
		return err
	}
	latest := versions[0]
	m := pages.StateMachine{
		CSRF: csrfToken(c), Type: latest.Type, Deleting: latest.Status == workflow.Deleting, Orders: name == s.orders.StateMachine,
		MayChange: latest.Status == workflow.Active && personOf(c).Has(operators.roles...),
		Now:       s.now(), Name: name, ARN: workflow.StateMachineARN(name), Version: v.Version, Latest: versions[0].Version,
		CreatedAt: v.CreatedAt, Comment: d.comment, States: len(d.graph.States),
		Definition: history.Indented(definition), Graph: history.Definition(d.layout),
	}
	for _, v := range versions {
		m.Versions = append(m.Versions, pages.StateMachineVersion{Version: v.Version, CreatedAt: v.CreatedAt})
	}
	frame := s.frame(c, name, layouts.StateMachines)
	frame.Width = layouts.Wide
	return s.show(c, http.StatusOK, frame, pages.StateMachinePage(m))
}

// chosenVersion is the index of the version asked for, of the latest when none is, or -1.
func chosenVersion(versions []models.StateMachine, asked string) int {
	if asked == "" && len(versions) > 0 {
		return 0
	}
	return slices.IndexFunc(versions, func(v models.StateMachine) bool { return strconv.FormatInt(v.Version, 10) == asked })
}
