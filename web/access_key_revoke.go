package web

import (
	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/web/paths"
)

// personAccessKeyRevoke ends an access key for good, from the next request on.
func (s *Server) personAccessKeyRevoke(c echo.Context) error {
	by, id := personOf(c), c.Param("id")
	if err := mayManage(by, id); err != nil {
		return err
	}
	if err := s.store.RevokeAccessKey(c.Request().Context(), id, c.Param("keyId"), by.ID); err != nil {
		return err
	}
	s.flash(c, components.Success, "The access key is revoked. Requests signed with it are refused from now on.")
	return seeOther(c, paths.Person(id))
}
