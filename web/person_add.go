package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// personForm is the form that adds a person.
func (s *Server) personForm(c echo.Context) error {
	return s.showPersonForm(c, http.StatusOK, pages.PersonForm{Roles: []workflow.Role{workflow.RoleCustomer}})
}

func (s *Server) showPersonForm(c echo.Context, status int, m pages.PersonForm) error {
	frame := s.frame(c, "Add a person", layouts.People)
	frame.Width = layouts.Narrow
	m.CSRF = frame.CSRF
	return s.show(c, status, frame, pages.PersonNewPage(m))
}

// personAdd adds a person, who can sign in at once.
func (s *Server) personAdd(c echo.Context) error {
	form := pages.PersonForm{Name: strings.TrimSpace(field(c, "name")), Email: strings.TrimSpace(field(c, "email"))}
	password := field(c, "password")
	problems := append(checkNewPerson(form.Name, form.Email), checkNewPassword(password, password)...)
	var problem string
	if form.Roles, problem = sentRoles(c); problem != "" {
		problems = append(problems, FieldError{"roles", problem})
	}
	if len(problems) > 0 {
		form.Errors = personErrors(problems)
		return s.showPersonForm(c, http.StatusUnprocessableEntity, form)
	}
	id, err := s.addPerson(c.Request().Context(), form, password, personOf(c).ID)
	if errors.Is(err, workflow.ErrExists) {
		form.Errors.Email = "Somebody has this e-mail address already. Use another one."
		return s.showPersonForm(c, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	s.flash(c, components.Success, form.Name+" is added and can sign in with the password that you chose.")
	return seeOther(c, paths.Person(id))
}

// addPerson makes the person's customer number out of their id: everybody may buy.
func (s *Server) addPerson(ctx context.Context, form pages.PersonForm, password, by string) (id string, err error) {
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return "", err
	}
	id = newPersonID()
	return id, s.store.AddPerson(ctx, models.Person{
		ID: id, Name: form.Name, Email: form.Email, CustomerID: id, Roles: form.Roles, PasswordHash: hash,
	}, by)
}

// sentRoles reads the roles that were ticked, in the order in which they are written down.
func sentRoles(c echo.Context) (roles []workflow.Role, problem string) {
	sent := c.Request().PostForm["role"]
	for _, r := range everyRole {
		if slices.Contains(sent, string(r.role)) {
			roles = append(roles, r.role)
		}
	}
	unknown := slices.ContainsFunc(sent, func(name string) bool { return !slices.Contains(roles, workflow.Role(name)) })
	switch {
	case unknown:
		return roles, "There is no such role. Tick the ones that are listed."
	case len(roles) == 0:
		return roles, "Give at least one role."
	}
	return roles, ""
}

func personErrors(problems []FieldError) pages.PersonErrors {
	var e pages.PersonErrors
	for _, p := range problems {
		switch p.Field {
		case "name":
			e.Name = p.Message
		case "email":
			e.Email = p.Message
		case "password":
			e.Password = p.Message
		case "roles":
			e.Roles = p.Message
		default:
			e.General = p.Message
		}
	}
	return e
}
