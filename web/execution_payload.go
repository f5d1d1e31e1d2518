package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"countersign/workflow"
)

// executionPayload sends the whole of a payload, of which a page shows the beginning.
func (s *Server) executionPayload(c echo.Context) error {
	ctx := c.Request().Context()
	id, err := s.executionAt(ctx, c.Param("name"))
	if err != nil {
		return err
	}
	event, err := strconv.ParseInt(c.QueryParam("event"), 10, 64)
	if err != nil || event < 1 {
		return workflow.ErrNotFound
	}
	events, err := s.store.History(ctx, id, event-1, 1)
	if err != nil {
		return err
	}
	if len(events) == 0 || events[0].ID != event {
		return workflow.ErrNotFound
	}
	payload := payloadOf(events[0].Details, c.QueryParam("of"))
	if len(payload) == 0 {
		return workflow.ErrNotFound
	}
	return c.JSONBlob(http.StatusOK, payload)
}

func payloadOf(d workflow.Details, of string) json.RawMessage {
	switch of {
	case "input":
		return d.Input
	case "output":
		return d.Output
	case "parameters":
		return d.Parameters
	case "assigned":
		return d.Assigned
	}
	return nil
}
