package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// executionRedrive lets an execution go on at the state in which it ended.
func (s *Server) executionRedrive(c echo.Context) error {
	ctx := c.Request().Context()
	id, err := s.executionAt(ctx, c.Param("name"))
	if err != nil {
		return err
	}
	m, _, err := s.executionView(ctx, c, id)
	if err != nil {
		return err
	}
	if m.RedriveFrom == "" {
		return s.showExecution(c, http.StatusConflict, id, danger(whyNotRedriven(m.Status)))
	}
	err = s.engine.Redrive(ctx, id, s.audited(personOf(c), models.AuditRedriven, c.Param("name"), "at "+m.RedriveFrom))
	if errors.Is(err, workflow.ErrNotRedrivable) {
		return s.showExecution(c, http.StatusConflict, id, danger("The execution was changed meanwhile and cannot be redriven now. Below is how it stands."))
	}
	if err != nil {
		return err
	}
	s.flash(c, components.Success, "The execution goes on at "+m.RedriveFrom+".")
	return seeOther(c, paths.Execution(c.Param("name")))
}

// whyNotRedriven explains what a page would not have offered.
func whyNotRedriven(status workflow.ExecutionStatus) string {
	switch status {
	case workflow.Succeeded:
		return "This execution has succeeded, so there is nothing to redrive. Nothing was changed."
	case workflow.Running, workflow.PendingRedrive:
		return "This execution is still open, so there is nothing to redrive. Nothing was changed; stop it first if it must end."
	}
	return "This execution ended where its definition ends it, or more than 14 days ago: a redrive would change nothing. Place a new order instead."
}
