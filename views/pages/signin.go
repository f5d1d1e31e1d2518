package pages

import (
	"time"

	"countersign/views/components"
	"countersign/workflow"
)

// SignIn is the door: e-mail and password, and in demo mode a click per sample person before it.
type SignIn struct {
	CSRF    string
	Demo    bool
	People  []DemoPerson // in demo mode
	Email   string       // as it was sent
	Problem string       // "E-mail or password is not right." Empty at first
	Wait    time.Time    // after too many attempts: when to try again; zero otherwise
	Now     time.Time
	Next    string         // where to go afterwards; a path of ours or empty
	Limit   workflow.Money // for the hint
}

// byPassword says whether somebody has tried e-mail and password: their form stays open.
func (m SignIn) byPassword() bool { return m.Email != "" || m.Problem != "" || !m.Wait.IsZero() }

// DemoPerson is somebody to be with one click.
type DemoPerson struct {
	ID    string // what the form sends
	Name  string
	Roles []workflow.Role
	Does  string // "Buys things and follows the orders."
	Here  bool   // it is who is signed in now
}

func (p DemoPerson) icon() components.Icon {
	if len(p.Roles) == 0 {
		return components.IconPerson
	}
	switch p.Roles[len(p.Roles)-1] {
	case workflow.RoleApprover:
		return components.IconApprover
	case workflow.RoleOperator:
		return components.IconOperator
	case workflow.RoleAdministrator:
		return components.IconAdmin
	}
	return components.IconShop
}

// Setup creates the first administrator, by a link that works once.
type Setup struct {
	CSRF   string
	Token  string // of the link
	Used   bool   // the link has done its work or is too old
	Name   string
	Email  string
	Errors SetupErrors
}

// SetupErrors says what is wrong, by field.
type SetupErrors struct {
	General, Name, Email, Password, PasswordAgain string
}

func (s Setup) fields() []components.Field {
	return []components.Field{
		{Name: "name", Label: "Your name", Value: s.Name, Error: s.Errors.Name, Autocomplete: "name", MaxLength: 120},
		{Name: "email", Label: "E-mail", Type: "email", Value: s.Email, Error: s.Errors.Email, Autocomplete: "username", MaxLength: 254},
		{Name: "password", Label: "Password", Type: "password", Error: s.Errors.Password, Autocomplete: "new-password", Hint: "At least 12 characters. A few words in a row are easy to remember."},
		{Name: "password_again", Label: "Password, once more", Type: "password", Error: s.Errors.PasswordAgain, Autocomplete: "new-password"},
	}
}

func (s Setup) problems() []components.Problem {
	out := components.Problems(s.fields()...)
	if s.Errors.General != "" {
		out = append([]components.Problem{{Text: s.Errors.General}}, out...)
	}
	return out
}
