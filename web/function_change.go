package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// functionChange saves where a function is and how long it may take.
func (s *Server) functionChange(c echo.Context) error {
	name, address, timeout := c.Param("name"), strings.TrimSpace(field(c, "url")), strings.TrimSpace(field(c, "timeout"))
	var problems pages.FunctionErrors
	f := workflow.HTTPFunction{Name: name, URL: address}
	problems.URL = checkURL(address)
	f.Timeout, problems.Timeout = readTimeout(timeout)
	if problems != (pages.FunctionErrors{}) {
		return s.showFunction(c, http.StatusUnprocessableEntity, name, func(m *pages.Function) { m.URL, m.Timeout, m.Errors = address, timeout, problems })
	}
	if err := s.store.ChangeHTTPFunction(c.Request().Context(), f, personOf(c).ID); err != nil {
		return err
	}
	s.flash(c, components.Success, "Saved. Calls from now on go there.")
	return seeOther(c, paths.Function(name))
}

// functionSecret makes a new signing secret. The answer is the page itself and no forwarding: the
// secret is shown this once.
func (s *Server) functionSecret(c echo.Context) error {
	secret, err := s.store.RotateFunctionSecret(c.Request().Context(), c.Param("name"), personOf(c).ID)
	if err != nil {
		return err
	}
	return s.showFunction(c, http.StatusOK, c.Param("name"), func(m *pages.Function) { m.NewSecret = secret })
}

// functionRemove forgets a function.
func (s *Server) functionRemove(c echo.Context) error {
	name := c.Param("name")
	if err := s.store.RemoveHTTPFunction(c.Request().Context(), name, personOf(c).ID); err != nil {
		return err
	}
	s.flash(c, components.Success, name+" is removed. Tasks that name it fail from now on.")
	return seeOther(c, paths.Functions)
}
