package web

import (
	"errors"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
)

// personPassword sets a new password: everybody their own, administrators everybody's.
func (s *Server) personPassword(c echo.Context) error {
	id := c.Param("id")
	err := s.changePassword(c.Request().Context(), s.store, personOf(c), passwordChange{
		Person: id, Current: field(c, "current"), Password: field(c, "password"), PasswordAgain: field(c, "password_again"),
	})
	var told *fault
	if errors.As(err, &told) && len(told.Fields) > 0 {
		return s.showPerson(c, told.Status, func(m *pages.Person) { passwordProblems(m, told.Fields) })
	}
	if err != nil {
		return err
	}
	if err := s.stayIn(c, id); err != nil {
		return err
	}
	s.flash(c, components.Success, "The new password is set. Every other session of this account has ended.")
	return seeOther(c, paths.Person(id))
}

func passwordProblems(m *pages.Person, problems []FieldError) {
	for _, p := range problems {
		switch p.Field {
		case "current":
			m.Errors.Current = p.Message
		case "password":
			m.Errors.Password = p.Message
		case "password_again":
			m.Errors.PasswordAgain = p.Message
		}
	}
}
