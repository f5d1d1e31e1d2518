package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// functionShow shows one function.
func (s *Server) functionShow(c echo.Context) error {
	return s.showFunction(c, http.StatusOK, c.Param("name"), func(*pages.Function) {})
}

const (
	shownOfSecret = 10 // characters, the prefix whsec_ included
	firstPayload  = "{}"
)

// showFunction shows a function; change adds what was sent and what came of it.
func (s *Server) showFunction(c echo.Context, status int, name string, change func(*pages.Function)) error {
	f, err := s.store.RegisteredFunction(c.Request().Context(), name)
	if err != nil {
		return err
	}
	frame := s.frame(c, f.Name, layouts.Integrations)
	m := pages.Function{
		Now: s.now(), CSRF: frame.CSRF, FunctionRow: functionRow(f), Timeout: strconv.Itoa(int(f.Timeout / time.Second)),
		ARN: string(workflow.FunctionARN(f.Name)), CreatedAt: f.CreatedAt,
		SecretBegins: f.Secret[:min(shownOfSecret, len(f.Secret))], Payload: firstPayload, CanTry: s.callFunction != nil,
	}
	if s.builtIn[f.Name] {
		m.BuiltIn = s.orders.StateMachine
	}
	if len(f.InForce(s.now())) > 1 {
		m.OldSecretEnds = f.RotatedAt.Add(workflow.SecretOverlap)
	}
	change(&m)
	return s.show(c, status, frame, pages.FunctionPage(m))
}
