package pages

import (
	"slices"
	"strings"
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// People is everybody who has an account.
type People struct {
	Now  time.Time
	Rows []PersonRow
}

// PersonRow is one person in the list.
type PersonRow struct {
	ID         string
	Name       string
	Email      string
	Roles      []workflow.Role
	Demo       bool // one of the sample people
	Disabled   bool
	SignedInAt time.Time // zero: never
}

// PersonForm adds a person: POST to paths.People with fields "name", "email", "password" and any
// number of "role". Values and errors are as they were sent.
type PersonForm struct {
	CSRF   string
	Name   string
	Email  string
	Roles  []workflow.Role
	Errors PersonErrors
}

// PersonErrors says what is wrong, by field; General is about the whole form.
type PersonErrors struct {
	General, Name, Email, Password, Roles string
}

// Person is one person, with what an administrator can change.
//
// Roles are saved by POST to paths.Person with any number of "role", and "disabled" set to "on"
// when the person may not sign in; a password by POST to paths.PersonPassword with "password" and
// "password_again"; an API key by POST to paths.PersonKeys with "name", an access key by POST to
// paths.PersonAccessKeys with "name".
type Person struct {
	Now  time.Time
	CSRF string
	PersonRow
	CustomerID string // empty for a person who does not order
	CreatedAt  time.Time
	Self       bool // it is the reader: they cannot lock themselves out
	Own        bool // the reader is no administrator: they see their own account and give no roles
	AskCurrent bool // the present password must be typed, in the field "current"
	Keys       []APIKey
	NewKey     *NewAPIKey // just made; shown this once
	Errors     PersonChangeErrors
	KeyName    string // as it was sent

	Signs         bool // one of their roles may use the Step Functions API
	AccessKeys    []AccessKey
	NewAccessKey  *NewAccessKey // just made; shown this once
	AccessKeyName string        // as it was sent
}

// PersonChangeErrors says what is wrong, by form.
type PersonChangeErrors struct {
	Roles, Current, Password, PasswordAgain, KeyName, AccessKeyName string
}

// APIKey is a key without its secret.
type APIKey struct {
	ID         string
	Name       string
	Prefix     string // first characters of the secret
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
	RevokedAt  time.Time // zero while it works
}

// NewAPIKey is a key at the only moment at which its secret is known.
type NewAPIKey struct {
	Name   string
	Secret string
}

// AccessKey is a key that requests to the Step Functions API are signed with, without its secret.
type AccessKey struct {
	ID         string
	Name       string
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
	RevokedAt  time.Time // zero while it works
}

// NewAccessKey is an access key at the only moment at which its secret is shown.
type NewAccessKey struct {
	ID     string
	Name   string
	Secret string
}

// roleChoice is a role as it is offered.
type roleChoice struct {
	role workflow.Role
	name string
	does string
}

var roleChoices = []roleChoice{
	{workflow.RoleCustomer, "Customer", "Orders from the shop and sees their own orders."},
	{workflow.RoleApprover, "Approver", "Decides orders in the inbox; never their own."},
	{workflow.RoleOperator, "Operator", "Sees executions, stock and mail; stops, redrives and changes settings."},
	{workflow.RoleAdministrator, "Administrator", "Adds people, gives roles and makes keys."},
}

func has(roles []workflow.Role, role workflow.Role) bool { return slices.Contains(roles, role) }

func roleNames(roles []workflow.Role) string {
	var names []string
	for _, c := range roleChoices {
		if has(roles, c.role) {
			names = append(names, c.name)
		}
	}
	if len(names) == 0 {
		return "No role"
	}
	return strings.Join(names, ", ")
}

func (r PersonRow) status() components.Status {
	if r.Disabled {
		return components.Status{Text: "Disabled", Icon: components.IconCancelled, Tone: components.Neutral}
	}
	return components.Status{Text: "May sign in", Icon: components.IconDone, Tone: components.Success}
}

func (k APIKey) status() components.Status { return keyStatus(k.RevokedAt) }

func (k AccessKey) status() components.Status { return keyStatus(k.RevokedAt) }

func keyStatus(revoked time.Time) components.Status {
	if !revoked.IsZero() {
		return components.Status{Text: "Revoked", Icon: components.IconCancelled, Tone: components.Neutral}
	}
	return components.Status{Text: "Works", Icon: components.IconDone, Tone: components.Success}
}

// fields of the form, with what is wrong.
func (m PersonForm) fields() []components.Field {
	return []components.Field{
		{Name: "name", Label: "Name", Value: m.Name, Error: m.Errors.Name, Autocomplete: "off", MaxLength: 100},
		{Name: "email", Label: "E-mail address", Type: "email", Value: m.Email, Error: m.Errors.Email, Autocomplete: "off", Hint: "What they sign in with."},
		{Name: "password", Label: "First password", Type: "password", Error: m.Errors.Password, Autocomplete: "new-password", Hint: "At least 12 characters. Hand it over in person; they can change it."},
	}
}

func (m PersonForm) problems() []components.Problem {
	problems := components.Problems(m.fields()...)
	if m.Errors.Roles != "" {
		problems = append(problems, components.Problem{Field: "roles", Text: m.Errors.Roles})
	}
	if m.Errors.General != "" {
		problems = append(problems, components.Problem{Text: m.Errors.General})
	}
	return problems
}

func (m Person) passwordFields() []components.Field {
	fields := []components.Field{
		{Name: "password", Label: "New password", Type: "password", Error: m.Errors.Password, Autocomplete: "new-password", Hint: "At least 12 characters."},
		{Name: "password_again", Label: "The same again", Type: "password", Error: m.Errors.PasswordAgain, Autocomplete: "new-password"},
	}
	if !m.AskCurrent {
		return fields
	}
	current := components.Field{Name: "current", Label: "Present password", Type: "password", Error: m.Errors.Current, Autocomplete: "current-password"}
	return append([]components.Field{current}, fields...)
}

func (m Person) back() *components.Link {
	if m.Own {
		return nil
	}
	return &components.Link{Text: "People", URL: paths.People}
}

// sessions says what a new password does to whoever is signed in.
func (m Person) sessions() string {
	if m.Self {
		return "You stay signed in here; everywhere else you have to sign in again."
	}
	return "Whoever is signed in as " + m.Name + " has to sign in again."
}

func (m Person) keyField() components.Field {
	return components.Field{Name: "name", ID: "key-name", Label: "Name of the new key", Value: m.KeyName, Error: m.Errors.KeyName, MaxLength: 60, Autocomplete: "off", Hint: "After the program that will use it."}
}

func (m Person) accessKeyField() components.Field {
	return components.Field{Name: "name", ID: "access-key-name", Label: "Name of the new access key", Value: m.AccessKeyName, Error: m.Errors.AccessKeyName, MaxLength: 60, Autocomplete: "off", Hint: "After the machine or program that will sign with it."}
}

// showsAccessKeys leaves the panel out for those who could do nothing with a key.
func (m Person) showsAccessKeys() bool { return m.Signs || len(m.AccessKeys) > 0 }

// kept are the roles that the reader cannot take from themselves.
func (m Person) kept() []workflow.Role {
	if m.Self {
		return []workflow.Role{workflow.RoleAdministrator}
	}
	return nil
}
