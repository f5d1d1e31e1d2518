package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
)

// personKeyMake makes an API key. The answer is the page itself and no forwarding: the secret is
// written down nowhere that a page could read it from.
func (s *Server) personKeyMake(c echo.Context) error {
	name := field(c, "name")
	key, secret, err := makeKey(c.Request().Context(), s.store, personOf(c), c.Param("id"), name)
	var told *fault
	if errors.As(err, &told) && len(told.Fields) > 0 {
		return s.showPerson(c, told.Status, func(m *pages.Person) { m.KeyName, m.Errors.KeyName = name, told.Message })
	}
	if err != nil {
		return err
	}
	return s.showPerson(c, http.StatusCreated, func(m *pages.Person) { m.NewKey = &pages.NewAPIKey{Name: key.Name, Secret: secret} })
}

// personKeyRevoke ends a key for good.
func (s *Server) personKeyRevoke(c echo.Context) error {
	id := c.Param("id")
	if err := revokeKey(c.Request().Context(), s.store, personOf(c), id, c.Param("keyId")); err != nil {
		return err
	}
	s.flash(c, components.Success, "The key is revoked. Programs that use it are refused from now on.")
	return seeOther(c, paths.Person(id))
}
