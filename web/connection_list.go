package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// connectionStore keeps how http:invoke authorises its requests.
type connectionStore interface {
	Connections(ctx context.Context) ([]workflow.Connection, error)
	Connection(ctx context.Context, name string) (workflow.Connection, error)
	AddConnection(ctx context.Context, c workflow.Connection, by string) (workflow.Connection, error)
	ChangeConnection(ctx context.Context, c workflow.Connection, by string) error
	RemoveConnection(ctx context.Context, name, by string) error
}

// connectionList lists connections.
func (s *Server) connectionList(c echo.Context) error {
	connections, err := s.store.Connections(c.Request().Context())
	if err != nil {
		return err
	}
	m := pages.Connections{Now: s.now()}
	for _, k := range connections {
		m.Rows = append(m.Rows, connectionRow(k))
	}
	return s.show(c, http.StatusOK, s.frame(c, "Connections", layouts.Integrations), pages.ConnectionsPage(m))
}

func connectionRow(c workflow.Connection) pages.ConnectionRow {
	return pages.ConnectionRow{Name: c.Name, Kind: c.Kind, ARN: string(c.ARN()), UpdatedAt: c.UpdatedAt}
}

// connectionShow shows one connection without its secret.
func (s *Server) connectionShow(c echo.Context) error {
	k, err := s.store.Connection(c.Request().Context(), c.Param("name"))
	if err != nil {
		return err
	}
	return s.showConnection(c, http.StatusOK, connectionView(k))
}

func connectionView(c workflow.Connection) pages.Connection {
	return pages.Connection{
		ConnectionRow: connectionRow(c), CreatedAt: c.CreatedAt, User: c.User, TokenURL: c.TokenURL, Scope: c.Scope,
		Headers: parameterLines(c.Headers), Query: parameterLines(c.Query), Body: parameterLines(c.Body),
	}
}

func (s *Server) showConnection(c echo.Context, status int, m pages.Connection) error {
	title := m.Name
	if m.New {
		title = "Make a connection"
	}
	frame := s.frame(c, title, layouts.Integrations)
	frame.Width = layouts.Narrow
	m.Now, m.CSRF = s.now(), frame.CSRF
	return s.show(c, status, frame, pages.ConnectionPage(m))
}

// connectionRemove forgets a connection.
func (s *Server) connectionRemove(c echo.Context) error {
	name := c.Param("name")
	if err := s.store.RemoveConnection(c.Request().Context(), name, personOf(c).ID); err != nil {
		return err
	}
	s.flash(c, components.Success, "The connection "+name+" is removed.")
	return seeOther(c, paths.Connections)
}
