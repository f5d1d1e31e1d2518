package web

import (
	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
)

// settingsSandbox turns the named failures of the sandbox parties on and off: those that were
// sent are on, all others off.
func (s *Server) settingsSandbox(c echo.Context) error {
	switches := pages.SwitchesFrom(func(name string) bool { return field(c, name) != "" })
	if err := s.store.SaveSwitches(c.Request().Context(), switches, personOf(c).ID); err != nil {
		return err
	}
	s.flash(c, components.Success, "Saved. The sandbox parties behave so from now on.")
	return seeOther(c, paths.Settings)
}
