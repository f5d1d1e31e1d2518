package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/web/paths"
	"countersign/workflow"
)

// controlStore writes down who took an execution in hand.
type controlStore interface {
	Audit(e models.AuditEntry) workflow.Effect
}

// controller stops executions and lets them go on.
type controller interface {
	StopExecution(ctx context.Context, id workflow.ExecutionID, name, cause string, effects ...workflow.Effect) error
	Redrive(ctx context.Context, id workflow.ExecutionID, effects ...workflow.Effect) error
}

const (
	// stoppedError is the error that a stopped execution ends with.
	stoppedError = "StoppedByOperator"
	maxStopCause = 500 // characters
)

// executionStop ends an execution where it stands. Who did it and why stands in its history and
// in the audit log, in one transaction.
func (s *Server) executionStop(c echo.Context) error {
	ctx, p := c.Request().Context(), personOf(c)
	id, err := s.executionAt(ctx, c.Param("name"))
	if err != nil {
		return err
	}
	why := strings.TrimSpace(field(c, "cause"))
	if utf8.RuneCountInString(why) > maxStopCause {
		return s.showExecution(c, http.StatusUnprocessableEntity, id, danger("Say in at most 500 characters why you stop it. Nothing was changed."))
	}
	if why != "" && !workflow.Legible(why) {
		return s.showExecution(c, http.StatusUnprocessableEntity, id, danger("The reason has characters that people cannot read. Type it again; nothing was changed."))
	}
	cause := "Stopped by " + p.Name
	if why != "" {
		cause += ": " + why
	}
	err = s.engine.StopExecution(ctx, id, stoppedError, cause, s.audited(p, models.AuditStopped, c.Param("name"), why))
	if errors.Is(err, workflow.ErrClosed) {
		return s.showExecution(c, http.StatusConflict, id, danger("This execution has ended already, so there was nothing left to stop. Below is how it ended."))
	}
	if err != nil {
		return err
	}
	s.flash(c, components.Success, "The execution is stopped. Nothing that it had done was undone.")
	return seeOther(c, paths.Execution(c.Param("name")))
}

func (s *Server) audited(p *models.Person, action, execution, detail string) workflow.Effect {
	return s.store.Audit(models.AuditEntry{At: s.now(), PersonID: p.ID, Action: action, Subject: "execution " + execution, Detail: detail})
}

func danger(text string) *layouts.Flash { return &layouts.Flash{Tone: components.Danger, Text: text} }
