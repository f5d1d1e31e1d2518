package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// executionListStore lists and counts executions.
type executionListStore interface {
	Executions(ctx context.Context, f models.ExecutionFilter, page models.Page) ([]workflow.ExecutionInfo, string, error)
	CountExecutions(ctx context.Context) (map[workflow.ExecutionStatus]workflow.Count, error)
}

// executionsOnPage is how many executions one page of the list has.
const executionsOnPage = 50

// executionList lists executions, the newest first.
func (s *Server) executionList(c echo.Context) error {
	m, err := s.executionsView(c.Request().Context(), c)
	if err != nil {
		return err
	}
	frame := s.frame(c, "Executions", layouts.Executions)
	frame.Width = layouts.Wide
	return s.show(c, http.StatusOK, frame, pages.ExecutionsPage(m))
}

func (s *Server) executionListLive(c echo.Context) error {
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.executionsView(ctx, c)
		return pages.ExecutionsFragment(m), false, err
	}, models.TopicExecutions)
}

func (s *Server) executionsView(ctx context.Context, c echo.Context) (pages.Executions, error) {
	status, machine, after := c.QueryParam("status"), c.QueryParam("machine"), c.QueryParam("after")
	search := strings.TrimSpace(c.QueryParam("q"))
	m := pages.Executions{
		Now: s.now(), Status: workflow.ExecutionStatus(status), StateMachine: machine, Search: search,
		LiveURL: paths.ExecutionsFilteredLive(status, machine, search, after),
	}
	var err error
	if m.Counts, err = s.store.CountExecutions(ctx); err != nil {
		return m, err
	}
	filter := models.ExecutionFilter{Status: m.Status, StateMachine: machine, NamePrefix: search}
	executions, next, err := s.store.Executions(ctx, filter, models.Page{Limit: executionsOnPage, After: after})
	if err != nil {
		return m, err
	}
	m.Rows = executionRows(executions)
	if next != "" {
		m.Older = paths.ExecutionsFiltered(status, machine, search, next)
	}
	if after != "" {
		m.Newer = paths.ExecutionsFiltered(status, machine, search, "") // cursors lead one way only: back to the newest
	}
	return m, nil
}

func executionRows(executions []workflow.ExecutionInfo) []pages.ExecutionRow {
	rows := make([]pages.ExecutionRow, len(executions))
	for i, e := range executions {
		rows[i] = pages.ExecutionRow{
			Key: e.ARN().Tail(), Name: e.Name, StateMachine: e.StateMachine, Status: e.Status, StartedAt: e.StartedAt, StoppedAt: e.StoppedAt,
			Error: e.Error, Redrives: e.Redrives,
		}
	}
	return rows
}
