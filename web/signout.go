package web

import (
	"github.com/labstack/echo/v4"

	"countersign/web/paths"
)

// signOut ends the session in the store too: the old cookie is worth nothing afterwards.
func (s *Server) signOut(c echo.Context) error {
	v := visitOf(c)
	if err := s.sessions.Destroy(v.ctx); err != nil {
		return err
	}
	v.person = nil
	return seeOther(c, paths.SignIn)
}
