package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// functionStore keeps the functions that are reached by HTTP.
type functionStore interface {
	HTTPFunctions(ctx context.Context) ([]models.HTTPFunction, error)
	RegisteredFunction(ctx context.Context, name string) (models.HTTPFunction, error)
	AddHTTPFunction(ctx context.Context, f workflow.HTTPFunction, by string) (secret string, err error)
	ChangeHTTPFunction(ctx context.Context, f workflow.HTTPFunction, by string) error
	RotateFunctionSecret(ctx context.Context, name, by string) (secret string, err error)
	RemoveHTTPFunction(ctx context.Context, name, by string) error
	Audit(e models.AuditEntry) workflow.Effect
	Apply(ctx context.Context, effects ...workflow.Effect) error
}

// functionList lists the functions that are registered.
func (s *Server) functionList(c echo.Context) error {
	functions, err := s.store.HTTPFunctions(c.Request().Context())
	if err != nil {
		return err
	}
	m := pages.Functions{Now: s.now()}
	for _, f := range functions {
		m.Rows = append(m.Rows, functionRow(f))
	}
	return s.show(c, http.StatusOK, s.frame(c, "Functions", layouts.Integrations), pages.FunctionsPage(m))
}

func functionRow(f models.HTTPFunction) pages.FunctionRow {
	return pages.FunctionRow{Name: f.Name, URL: f.URL, CalledAt: f.LastCall.At, Took: f.LastCall.Took, Error: f.LastCall.Error}
}
