package web

import (
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// stateMachineDelete begins the deletion of a state machine. It is gone when its executions have
// ended, which they do at their next state.
func (s *Server) stateMachineDelete(c echo.Context) error {
	ctx, name := c.Request().Context(), c.Param("name")
	if _, err := s.store.StateMachine(ctx, name); err != nil {
		return err
	}
	_, err := s.sfn.Perform(ctx, *personOf(c), "DeleteStateMachine", map[string]any{"stateMachineArn": workflow.StateMachineARN(name)})
	if err != nil {
		return err
	}
	if err := s.auditStateMachine(c, name, models.AuditStateMachineRemoved, ""); err != nil {
		return err
	}
	s.flash(c, components.Success, name+" is deleted. Executions that are under way end at their next state; their pages stay.")
	return seeOther(c, paths.StateMachines)
}
