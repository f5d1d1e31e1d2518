package web

import (
	"cmp"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// connectionForm is the form that makes a connection of the kind in the query.
func (s *Server) connectionForm(c echo.Context) error {
	kind := workflow.ConnectionKind(cmp.Or(c.QueryParam("kind"), string(workflow.ConnectionBasic)))
	if !knownKind(kind) {
		return workflow.ErrNotFound
	}
	return s.showConnection(c, http.StatusOK, pages.Connection{New: true, ConnectionRow: pages.ConnectionRow{Kind: kind}})
}

func knownKind(kind workflow.ConnectionKind) bool {
	return kind == workflow.ConnectionBasic || kind == workflow.ConnectionAPIKey || kind == workflow.ConnectionOAuth
}

// connectionMake makes a connection.
func (s *Server) connectionMake(c echo.Context) error {
	m, made := readConnection(c, workflow.ConnectionKind(field(c, "kind")))
	m.New, m.Name, made.Name = true, strings.TrimSpace(field(c, "name")), strings.TrimSpace(field(c, "name"))
	if !connectionName.MatchString(m.Name) || strings.Trim(m.Name, ".") == "" { // browsers take . and .. for folders
		m.Errors.Name = "Use 1 to 64 letters, digits, dots, hyphens and underscores, and not dots alone."
	}
	if made.Secret == "" && m.Errors.Secret == "" {
		m.Errors.Secret = "The secret is missing. Type it in."
	}
	if m.Errors != (pages.ConnectionErrors{}) {
		return s.showConnection(c, http.StatusUnprocessableEntity, m)
	}
	_, err := s.store.AddConnection(c.Request().Context(), made, personOf(c).ID)
	if errors.Is(err, workflow.ErrExists) {
		m.Errors.Name = "There is a connection of this name. Use another name, or change that connection."
		return s.showConnection(c, http.StatusConflict, m)
	}
	if err != nil {
		return err
	}
	s.flash(c, components.Success, "The connection "+m.Name+" is made. Tasks name it by the ARN below.")
	return seeOther(c, paths.Connection(m.Name))
}

// connectionChange saves a connection; a secret that is left empty stays.
func (s *Server) connectionChange(c echo.Context) error {
	was, err := s.store.Connection(c.Request().Context(), c.Param("name"))
	if err != nil {
		return err
	}
	m, changed := readConnection(c, was.Kind)
	m.ConnectionRow, m.CreatedAt, changed.Name = connectionRow(was), was.CreatedAt, was.Name
	if m.Errors != (pages.ConnectionErrors{}) {
		return s.showConnection(c, http.StatusUnprocessableEntity, m)
	}
	if err := s.store.ChangeConnection(c.Request().Context(), changed, personOf(c).ID); err != nil {
		return err
	}
	s.flash(c, components.Success, "Saved. Requests from now on are authorised this way.")
	return seeOther(c, paths.Connection(was.Name))
}

var (
	connectionName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	headerName     = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")
)

// readConnection reads what the form says, and what is wrong with it.
func readConnection(c echo.Context, kind workflow.ConnectionKind) (pages.Connection, workflow.Connection) {
	m := pages.Connection{ConnectionRow: pages.ConnectionRow{Kind: kind}, User: strings.TrimSpace(field(c, "user")),
		Headers: field(c, "headers"), Query: field(c, "query"), Body: field(c, "body")}
	k := workflow.Connection{Kind: kind, User: m.User, Secret: field(c, "secret")}
	e := &m.Errors
	if !knownKind(kind) {
		e.Kind = "There is no such kind of connection. Choose one of those above."
	}
	switch {
	case m.User == "" || utf8.RuneCountInString(m.User) > 512 || strings.ContainsFunc(m.User, unprintable):
		e.User = "Type it in, with at most 512 printable characters."
	case kind == workflow.ConnectionAPIKey && !headerName.MatchString(m.User):
		e.User = "This is not the name of a header. Type one such as X-Api-Key."
	case kind == workflow.ConnectionBasic && strings.Contains(m.User, ":"):
		e.User = "A user name must not hold a colon."
	}
	if len(k.Secret) > 2000 || strings.ContainsFunc(k.Secret, unprintable) {
		e.Secret = "A secret has at most 2,000 printable characters. Copy it again."
	}
	if kind == workflow.ConnectionOAuth {
		m.TokenURL, m.Scope = strings.TrimSpace(field(c, "token_url")), strings.TrimSpace(field(c, "scope"))
		k.TokenURL, k.Scope, e.TokenURL = m.TokenURL, m.Scope, checkURL(m.TokenURL)
		if len(m.Scope) > 500 || strings.ContainsFunc(m.Scope, unprintable) {
			e.Scope = "A scope has at most 500 printable characters."
		}
	}
	k.Headers, e.Headers = readParameters(m.Headers, true)
	k.Query, e.Query = readParameters(m.Query, false)
	k.Body, e.Body = readParameters(m.Body, false)
	return m, k
}

const maxParameters = 100

// readParameters reads lines of "name: value".
func readParameters(text string, header bool) (list []workflow.Parameter, problem string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !ok || name == "" || strings.ContainsFunc(line, unprintable) || len(line) > 1000:
			return nil, "Write one a line, as name: value. This is not: " + shortLine(line)
		case header && !headerName.MatchString(name):
			return nil, "This is not the name of a header: " + shortLine(name)
		}
		list = append(list, workflow.Parameter{Name: name, Value: value})
	}
	if len(list) > maxParameters {
		return nil, "There may be at most 100. Take some out."
	}
	return list, ""
}

func shortLine(line string) string {
	if r := []rune(line); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return line
}

// parameterLines writes parameters as readParameters reads them.
func parameterLines(list []workflow.Parameter) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.Name + ": " + p.Value + "\n")
	}
	return b.String()
}
