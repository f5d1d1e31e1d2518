package pages

import (
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// Connections are how http:invoke authorises its requests.
type Connections struct {
	Now  time.Time
	Rows []ConnectionRow
}

// ConnectionRow is one connection without its secrets.
type ConnectionRow struct {
	Name      string
	Kind      workflow.ConnectionKind
	ARN       string
	UpdatedAt time.Time
}

// Connection is a connection to make (POST to paths.Connections) or to change (POST to
// paths.Connection). Fields: "kind", "name", "user", "secret", "token_url", "scope", and the lines
// "headers", "query" and "body". The secret is never sent back.
type Connection struct {
	Now  time.Time
	CSRF string
	ConnectionRow
	New                  bool
	CreatedAt            time.Time
	User, TokenURL       string
	Scope                string
	Headers, Query, Body string
	Errors               ConnectionErrors
}

// ConnectionErrors says what is wrong, by field.
type ConnectionErrors struct {
	Kind, Name, User, Secret, TokenURL, Scope, Headers, Query, Body string
}

// connectionKind is a kind as it is offered.
type connectionKind struct {
	kind         workflow.ConnectionKind
	name         string
	user, secret string // labels
	userHint     string
}

var connectionKinds = []connectionKind{
	{workflow.ConnectionBasic, "User and password", "User name", "Password", ""},
	{workflow.ConnectionAPIKey, "API key", "Name of the header", "Key", "The header that carries the key, such as X-Api-Key."},
	{workflow.ConnectionOAuth, "OAuth client", "Client id", "Client secret", ""},
}

func kindOf(kind workflow.ConnectionKind) connectionKind {
	for _, k := range connectionKinds {
		if k.kind == kind {
			return k
		}
	}
	return connectionKind{kind: kind, name: string(kind), user: "User", secret: "Secret"}
}

func (m Connections) empty() components.Empty {
	return components.Empty{Icon: components.IconLock, Title: "There is no connection yet",
		Text:   "A connection holds the credentials of an API, so that they stand in no definition. A task that calls the API with http:invoke names the connection by its ARN.",
		Action: &components.Link{Text: "Make a connection", URL: paths.ConnectionNew}}
}

func (m Connection) kinds() []components.Tab {
	var tabs []components.Tab
	for _, k := range connectionKinds {
		tabs = append(tabs, components.Tab{Text: k.name, URL: paths.ConnectionNewOf(string(k.kind)), Current: k.kind == m.Kind})
	}
	return tabs
}

// fields in their order; those of another kind are left out.
func (m Connection) fields() []components.Field {
	k := kindOf(m.Kind)
	var fields []components.Field
	if m.New {
		fields = append(fields, components.Field{Name: "name", Label: "Name", Value: m.Name, Error: m.Errors.Name, MaxLength: 64, Autocomplete: "off",
			Hint: "Letters, digits, dots, hyphens and underscores. It stands in the connection's ARN and stays as it is."})
	}
	secret := components.Field{Name: "secret", Label: k.secret, Type: "password", Error: m.Errors.Secret, Autocomplete: "new-password", MaxLength: 2000, Optional: !m.New}
	if !m.New {
		secret.Hint = "Leave it empty to keep the one there is, which is never shown."
	}
	fields = append(fields,
		components.Field{Name: "user", Label: k.user, Value: m.User, Error: m.Errors.User, MaxLength: 512, Autocomplete: "off", Hint: k.userHint}, secret)
	if m.Kind == workflow.ConnectionOAuth {
		fields = append(fields,
			components.Field{Name: "token_url", Label: "Token URL", Type: "url", Value: m.TokenURL, Error: m.Errors.TokenURL, MaxLength: 2000, Autocomplete: "off", Span: true,
				Hint: "Where a token is asked for by client credentials. Tokens are kept in memory until they end."},
			components.Field{Name: "scope", Label: "Scope", Value: m.Scope, Error: m.Errors.Scope, MaxLength: 500, Autocomplete: "off", Optional: true})
	}
	return fields
}

// added are the lines that the connection adds to every request.
func (m Connection) added() []components.Field {
	return []components.Field{
		{Name: "headers", Label: "Headers", Value: m.Headers, Error: m.Errors.Headers, Rows: 3, Optional: true, Hint: "One a line, as X-Tenant: 42."},
		{Name: "query", Label: "Query parameters", Value: m.Query, Error: m.Errors.Query, Rows: 3, Optional: true, Hint: "One a line, as version: 2."},
		{Name: "body", Label: "Body members", Value: m.Body, Error: m.Errors.Body, Rows: 3, Optional: true, Hint: "One a line, as mode: live."},
	}
}

func (m Connection) problems() []components.Problem {
	problems := components.Problems(append(m.fields(), m.added()...)...)
	if m.Errors.Kind != "" {
		problems = append(problems, components.Problem{Text: m.Errors.Kind})
	}
	return problems
}

func (m Connection) action() string {
	if m.New {
		return paths.Connections
	}
	return paths.Connection(m.Name)
}
