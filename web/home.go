package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

// home forwards to where the visitor's work is.
func (s *Server) home(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, firstPage(personOf(c)))
}

func firstPage(p *models.Person) string {
	switch {
	case p == nil:
		return paths.SignIn
	case p.Has(workflow.RoleApprover):
		return paths.Inbox(paths.NeedsMe)
	case p.Has(workflow.RoleOperator, workflow.RoleAdministrator):
		return paths.Dashboard
	}
	return paths.Shop
}
