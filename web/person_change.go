package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// personChange saves what a person may do and whether they may sign in. Nobody locks themselves
// out, and the last administrator stays one.
func (s *Server) personChange(c echo.Context) error {
	ctx, by, id := c.Request().Context(), personOf(c), c.Param("id")
	p, err := s.store.Person(ctx, id)
	if err != nil {
		return err
	}
	roles, problem := sentRoles(c)
	disabled := field(c, "disabled") != ""
	if id == by.ID && (disabled || !slices.Contains(roles, workflow.RoleAdministrator)) {
		problem = "You cannot disable yourself or give up administration. Ask another administrator to do it."
	}
	refused := func(status int, problem string) error {
		return s.showPerson(c, status, func(m *pages.Person) { m.Roles, m.Disabled, m.Errors.Roles = roles, disabled, problem })
	}
	if problem != "" {
		return refused(http.StatusUnprocessableEntity, problem)
	}
	err = s.store.SetRoles(ctx, id, roles, disabled, by.ID)
	if errors.Is(err, models.ErrLastAdministrator) {
		return refused(http.StatusConflict, "This is the last administrator who can sign in. Make somebody else one first.")
	}
	if err != nil {
		return err
	}
	if err := s.stayIn(c, id); err != nil {
		return err
	}
	s.flash(c, components.Success, changedText(p.Name, disabled))
	return seeOther(c, paths.Person(id))
}

func changedText(name string, disabled bool) string {
	if disabled {
		return name + " may no longer sign in; open sessions have ended and API keys have stopped working."
	}
	return "Saved. " + name + " signs in again to go on with the roles as they are now."
}

// stayIn signs the visitor in again when what they changed was their own account: a change of
// roles or of the password ends every session.
func (s *Server) stayIn(c echo.Context, changed string) error {
	if changed != personOf(c).ID {
		return nil
	}
	p, err := s.activePerson(c.Request().Context(), changed)
	if err != nil || p == nil {
		return err
	}
	return s.signIn(c, p)
}
