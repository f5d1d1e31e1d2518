package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/history"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/asl"
)

// executionStore is what the page of an execution is made of.
type executionStore interface {
	definitionStore
	namedStore
	History(ctx context.Context, id workflow.ExecutionID, after int64, limit int) ([]workflow.HistoryEvent, error)
	OrderInfo(ctx context.Context, id workflow.OrderID) (models.OrderInfo, error)
}

// executionShow shows everything that happened in one execution. Where the name is that of
// several, they are listed.
func (s *Server) executionShow(c echo.Context) error {
	found, err := s.executionsAt(c.Request().Context(), c.Param("name"))
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return s.noExecution()
	case len(found) > 1:
		return s.chooseExecution(c, found)
	}
	return s.showExecution(c, http.StatusOK, found[0].ID, nil)
}

// showExecution shows the execution; notice, if there is one, stands above it.
func (s *Server) showExecution(c echo.Context, status int, id workflow.ExecutionID, notice *layouts.Flash) error {
	m, _, err := s.executionView(c.Request().Context(), c, id)
	if err != nil {
		return err
	}
	frame := s.frame(c, m.Name, layouts.Executions)
	frame.Width = layouts.Wide
	if notice != nil {
		frame.Flash = notice
	}
	return s.show(c, status, frame, pages.ExecutionPage(m))
}

// executionLive keeps that page current, until nothing on it can change any more.
func (s *Server) executionLive(c echo.Context) error {
	id, err := s.executionAt(c.Request().Context(), c.Param("name"))
	if err != nil {
		return err
	}
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, final, err := s.executionView(ctx, c, id)
		return pages.ExecutionFragment(m), final, err
	}, models.TopicExecution(id))
}

// executionView fills the page; final says that the execution has ended for good.
func (s *Server) executionView(ctx context.Context, c echo.Context, id workflow.ExecutionID) (m pages.Execution, final bool, err error) {
	key := c.Param("name")
	if strings.Count(key, ":") != 2 {
		key = "" // the tail of its ARN; an id stays, because another execution may have that tail
	}
	m, info, err := s.executionPage(ctx, id, key, selectionOf(c))
	if err != nil {
		return m, false, err
	}
	final = info.Status.Closed() && m.RedriveFrom == ""
	m.CSRF = csrfToken(c)
	if personOf(c).Has(operators.roles...) {
		m.MayTest, m.MayStop = true, !info.Status.Closed()
	} else {
		m.RedriveFrom = ""
	}
	if m.Parent, err = s.parentOf(ctx, info); err != nil {
		return m, false, err
	}
	m.OrderID, err = s.orderOf(ctx, info)
	return m, final, err
}

// selectionOf reads what the reader has chosen to see; what is no number counts as not chosen.
func selectionOf(c echo.Context) paths.Selection {
	number := func(name string) int64 {
		n, err := strconv.ParseInt(c.QueryParam(name), 10, 64)
		if err != nil {
			return 0
		}
		return max(0, n)
	}
	return paths.Selection{
		State: c.QueryParam("state"), From: number("from"), Iteration: number("iteration"), Show: c.QueryParam("show"), Skip: number("skip"),
	}
}

// executionFacts reads what is known of an execution at one commit, but for its events: those
// after the last one that is given came later. last is 0 when that cannot be told.
func (s *Server) executionFacts(ctx context.Context, id workflow.ExecutionID) (f history.Facts, d drawing, last int64, err error) {
	row, err := s.store.Load(ctx, id)
	if err != nil {
		return f, d, 0, err
	}
	if d, err = s.drawing(ctx, s.store, row.StateMachine, row.Version); err != nil {
		return f, d, 0, err
	}
	f = history.Facts{Info: row.ExecutionInfo, Graph: d.graph, Now: s.now()}
	snapshot, err := asl.Decode(row.Snapshot)
	if err != nil {
		// What it waits for is all that the history cannot tell.
		s.log.WarnContext(ctx, "snapshot not read", "execution", id, "error", err)
		return f, d, 0, nil
	}
	f.Waits = waitsOf(snapshot)
	return f, d, snapshot.LastEventID(), nil
}

func waitsOf(snapshot *asl.Snapshot) map[workflow.EntryID]history.Wait {
	waits := make(map[workflow.EntryID]history.Wait)
	for _, w := range snapshot.Waiting() {
		waits[w.Entry] = history.Wait{RetryAt: w.RetryAt, WakeAt: w.WakeAt, Token: w.Token, Deadline: w.Deadline, HeartbeatBy: w.HeartbeatBy}
	}
	return waits
}

// orderOf is the order that an execution fulfils, or empty.
func (s *Server) orderOf(ctx context.Context, info workflow.ExecutionInfo) (workflow.OrderID, error) {
	if info.StateMachine != s.orders.StateMachine {
		return "", nil
	}
	request, _ := s.orders.Parse(info.Input) // of a wrong order it reads what it can
	if request.OrderID == "" {
		return "", nil
	}
	o, err := s.store.OrderInfo(ctx, request.OrderID)
	if errors.Is(err, workflow.ErrNotFound) || err == nil && o.Execution != info.ID {
		return "", nil
	}
	return o.ID, err
}
