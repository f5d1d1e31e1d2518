package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// namedStore finds executions by what a page's address says of them.
type namedStore interface {
	Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error)
	ExecutionsNamed(ctx context.Context, name string) ([]workflow.ExecutionInfo, error)
	ExecutionsCalled(ctx context.Context, machine, name string) ([]workflow.ExecutionInfo, error)
}

// executionsAt finds what the key of an address may mean: NAME, MACHINE:NAME or MACHINE:NAME:ID.
// Names have no colons.
func (s *Server) executionsAt(ctx context.Context, key string) ([]workflow.ExecutionInfo, error) {
	machine, rest, full := strings.Cut(key, ":")
	if !full {
		return s.store.ExecutionsNamed(ctx, key)
	}
	name, number, one := strings.Cut(rest, ":")
	if !one {
		return s.store.ExecutionsCalled(ctx, machine, name)
	}
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, nil
	}
	row, err := s.store.Load(ctx, workflow.ExecutionID(id))
	if errors.Is(err, workflow.ErrNotFound) || err == nil && (row.StateMachine != machine || row.Name != name) {
		return nil, nil
	}
	return []workflow.ExecutionInfo{row.ExecutionInfo}, err
}

// noExecution is 404. Whoever comes by an old link wants to know where the execution went.
func (s *Server) noExecution() error {
	if s.keepClosed == 0 {
		return workflow.ErrNotFound
	}
	kept := s.keepClosed.String()
	if days := s.keepClosed / (24 * time.Hour); s.keepClosed%(24*time.Hour) == 0 {
		kept = components.Count(int(days), "day")
	}
	return &fault{Status: http.StatusNotFound, Code: "not_found", cause: workflow.ErrNotFound,
		Message: "There is no such execution, or no longer: one is kept for " + kept + " after it has closed. What its order came to is on the order's page."}
}

// executionAt finds the one execution that a key means.
func (s *Server) executionAt(ctx context.Context, key string) (workflow.ExecutionID, error) {
	found, err := s.executionsAt(ctx, key)
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, s.noExecution()
	case len(found) > 1:
		return 0, conflict("Several executions have this name, so nothing was changed. Find it in the list of executions and open it from there.")
	}
	return found[0].ID, nil
}

// executionKey is the key of an execution among those that were found with it.
func executionKey(e workflow.ExecutionInfo, among []workflow.ExecutionInfo) string {
	tail := e.ARN().Tail()
	for _, other := range among {
		if other.ID != e.ID && other.ARN().Tail() == tail {
			return tail + ":" + e.ID.String()
		}
	}
	return tail
}

// chooseExecution lists the executions that a name may mean.
func (s *Server) chooseExecution(c echo.Context, found []workflow.ExecutionInfo) error {
	m := pages.ExecutionChoice{Now: s.now(), Name: found[0].Name, Rows: executionRows(found)}
	for i, e := range found {
		m.Rows[i].Key = executionKey(e, found)
	}
	frame := s.frame(c, m.Name, layouts.Executions)
	frame.Width = layouts.Wide
	return s.show(c, http.StatusMultipleChoices, frame, pages.ExecutionChoicePage(m))
}
