package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/history"
	"countersign/workflow"
)

// stateTestForm is the form that tests a state, with the input that the state has had in an
// execution when one is named.
func (s *Server) stateTestForm(c echo.Context) error {
	m := pages.StateTest{State: c.QueryParam("state"), Mode: pages.TestCalls, Validation: "STRICT", Input: "{}"}
	m.Version, _ = strconv.ParseInt(c.QueryParam("version"), 10, 64) // 0: the latest
	if key := c.QueryParam("execution"); key != "" {
		input, err := s.inputOf(c.Request().Context(), key, c.QueryParam("event"))
		if err != nil {
			return err
		}
		m.Input = history.Indented(input)
	}
	return s.showStateTest(c, http.StatusOK, m)
}

// inputOf is the input with which an execution entered a state, by the event that says so.
func (s *Server) inputOf(ctx context.Context, key, number string) ([]byte, error) {
	id, err := s.executionAt(ctx, key)
	if err != nil {
		return nil, err
	}
	event, err := strconv.ParseInt(number, 10, 64)
	if err != nil || event < 1 {
		return nil, workflow.ErrNotFound
	}
	events, err := s.store.History(ctx, id, event-1, 1)
	if err == nil && (len(events) == 0 || events[0].ID != event || !events[0].Type.StateEntered()) {
		err = workflow.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return events[0].Details.Input, nil
}

// showStateTest shows the form, with what came of it.
func (s *Server) showStateTest(c echo.Context, status int, m pages.StateTest) error {
	ctx, name := c.Request().Context(), c.Param("name")
	versions, err := s.store.StateMachineVersions(ctx, name)
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		return workflow.ErrNotFound
	}
	m.StateMachine, m.Latest = name, versions[0].Version
	if m.Version == 0 {
		m.Version = m.Latest
	}
	d, err := s.drawing(ctx, s.store, name, m.Version)
	if err != nil {
		return err
	}
	for _, state := range d.graph.States {
		m.States = append(m.States, state.Name)
	}
	if m.State == "" && d.graph.StartAt != "" {
		m.State = d.graph.StartAt
	}
	if status == http.StatusOK && m.Outcome == nil && !slices.Contains(m.States, m.State) {
		m.State = d.graph.StartAt
	}
	frame := s.frame(c, "Test a state of "+name, layouts.StateMachines)
	frame.Width = layouts.Wide
	m.CSRF = frame.CSRF
	return s.show(c, status, frame, pages.StateTestPage(m))
}
