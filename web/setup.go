package web

import (
	"context"
	"errors"
	"net/http"
	"net/mail"
	"strings"
	"unicode/utf8"

	"crypto/rand"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// setupStore makes the first administrator, once.
type setupStore interface {
	HasAdministrator(ctx context.Context) (bool, error)
	AddFirstAdministrator(ctx context.Context, p models.Person) error
}

// checkSetupLink is nil when the link's token is right. A wrong one is nothing at all; a
// right one that has done its work says so (used).
func (s *Server) checkSetupLink(c echo.Context) (used bool, err error) {
	wait, err := s.addressAttempts.Take(c.Request().Context(), c.RealIP())
	if err != nil {
		return false, err
	}
	if wait > 0 {
		return false, tooMany(wait)
	}
	if !sameSecret(c.Param("token"), s.setup) {
		return false, workflow.ErrNotFound
	}
	return s.store.HasAdministrator(c.Request().Context())
}

func (s *Server) setupForm(c echo.Context) error {
	used, err := s.checkSetupLink(c)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if used {
		status = http.StatusGone
	}
	return s.showSetup(c, status, pages.Setup{Used: used})
}

func (s *Server) showSetup(c echo.Context, status int, m pages.Setup) error {
	frame := s.frame(c, "First administrator", layouts.None)
	m.CSRF, m.Token = frame.CSRF, c.Param("token")
	return s.showPlain(c, status, frame, pages.SetupPage(m))
}

func (s *Server) setupAdministrator(c echo.Context) error {
	used, err := s.checkSetupLink(c)
	if err != nil {
		return err
	}
	if used {
		return s.showSetup(c, http.StatusGone, pages.Setup{Used: true})
	}
	form := pages.Setup{Name: strings.TrimSpace(field(c, "name")), Email: strings.TrimSpace(field(c, "email"))}
	problems := append(checkNewPerson(form.Name, form.Email), checkNewPassword(field(c, "password"), field(c, "password_again"))...)
	if len(problems) > 0 {
		form.Errors = setupErrors(problems)
		return s.showSetup(c, http.StatusUnprocessableEntity, form)
	}
	p, err := s.addFirstAdministrator(c.Request().Context(), form, field(c, "password"))
	switch {
	case errors.Is(err, workflow.ErrEffectRefused): // the link was used at the same time elsewhere
		return s.showSetup(c, http.StatusGone, pages.Setup{Used: true})
	case errors.Is(err, workflow.ErrExists):
		form.Errors.Email = "Somebody has this e-mail address already. Use another one."
		return s.showSetup(c, http.StatusUnprocessableEntity, form)
	case err != nil:
		return err
	}
	return s.enter(c, p, "set-up link", "")
}

func (s *Server) addFirstAdministrator(ctx context.Context, form pages.Setup, password string) (*models.Person, error) {
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	id := newPersonID()
	p := models.Person{
		ID: id, Name: form.Name, Email: form.Email, CustomerID: id, PasswordHash: hash,
		Roles: []workflow.Role{workflow.RoleOperator, workflow.RoleAdministrator},
	}
	if err := s.store.AddFirstAdministrator(ctx, p); err != nil {
		return nil, err
	}
	p, err = s.store.Person(ctx, id) // with the time of its credentials
	return &p, err
}

// newPersonID is short enough to read out, and says nothing about how many people there are.
func newPersonID() string { return strings.ToLower(rand.Text()[:10]) }

// checkNewPerson says what is wrong with a name and an e-mail address, if anything.
func checkNewPerson(name, email string) []FieldError {
	var problems []FieldError
	switch {
	case name == "":
		problems = append(problems, FieldError{"name", "The name is missing. Type it in."})
	case utf8.RuneCountInString(name) > 120 || strings.ContainsFunc(name, unprintable):
		problems = append(problems, FieldError{"name", "The name may have 120 characters, all of them printable. Shorten it."})
	}
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || len(email) > 254 {
		problems = append(problems, FieldError{"email", "This is not an e-mail address. Type one such as ada@example.com."})
	}
	return problems
}

func setupErrors(problems []FieldError) pages.SetupErrors {
	var e pages.SetupErrors
	for _, p := range problems {
		switch p.Field {
		case "name":
			e.Name = p.Message
		case "email":
			e.Email = p.Message
		case "password":
			e.Password = p.Message
		case "password_again":
			e.PasswordAgain = p.Message
		default:
			e.General = p.Message
		}
	}
	return e
}
