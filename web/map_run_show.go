package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/history"
	"countersign/web/paths"
	"countersign/workflow"
)

// mapRunStore is what the page of a Map Run is made of.
type mapRunStore interface {
	MapRun(ctx context.Context, arn workflow.ARN) (workflow.MapRun, error)
	CountMapRun(ctx context.Context, arn workflow.ARN) (executions, items workflow.MapRunCounts, err error)
	Executions(ctx context.Context, f models.ExecutionFilter, page models.Page) ([]workflow.ExecutionInfo, string, error)
	Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error)
	History(ctx context.Context, id workflow.ExecutionID, after int64, limit int) ([]workflow.HistoryEvent, error)
}

// mapRunShow shows one Map Run and its child executions.
func (s *Server) mapRunShow(c echo.Context) error {
	m, err := s.mapRunView(c.Request().Context(), c)
	if err != nil {
		return err
	}
	frame := s.frame(c, "Map Run "+m.Label, layouts.Executions)
	frame.Width = layouts.Wide
	return s.show(c, http.StatusOK, frame, pages.MapRunPage(m))
}

// mapRunLive keeps that page current. A redrive can open a Map Run again, so the stream does not end.
func (s *Server) mapRunLive(c echo.Context) error {
	arn := mapRunAt(c.Param("key"))
	if _, err := s.store.MapRun(c.Request().Context(), arn); err != nil {
		return err
	}
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.mapRunView(ctx, c)
		return pages.MapRunFragment(m), false, err
	}, models.TopicMapRun(arn), models.TopicExecutions)
}

// mapRunPrefix begins the ARN of every Map Run.
var mapRunPrefix = strings.TrimSuffix(string(workflow.MapRunARN("", "", "")), "/:")

// mapRunAt is the ARN of a Map Run whose tail is the key of an address.
func mapRunAt(key string) workflow.ARN { return workflow.ARN(mapRunPrefix + key) }

func (s *Server) mapRunView(ctx context.Context, c echo.Context) (m pages.MapRun, err error) {
	run, err := s.store.MapRun(ctx, mapRunAt(c.Param("key")))
	if err != nil {
		return m, err
	}
	key := run.ARN.Tail()
	status, after := c.QueryParam("status"), c.QueryParam("after")
	m = pages.MapRun{
		Now: s.now(), Key: key, ARN: run.ARN, Label: run.Label, StateMachine: run.StateMachine, Status: run.Status, StartedAt: run.StartedAt,
		StoppedAt: run.StoppedAt, Redrives: run.Redrives, RedrivenAt: run.RedrivenAt, Reading: !run.Sealed && !run.Status.Closed(),
		MaxConcurrency: run.MaxConcurrency, ToleratedFailures: run.ToleratedFailureCount, ToleratedPercentage: run.ToleratedFailurePercentage,
		ResultsWritten: run.ResultsWritten, Shown: workflow.ExecutionStatus(status), LiveURL: paths.MapRunViewLive(key, status, after),
	}
	if m.Executions, m.Items, err = s.store.CountMapRun(ctx, run.ARN); err != nil {
		return m, err
	}
	if err := s.mapRunParent(ctx, run, &m); err != nil {
		return m, err
	}
	children, next, err := s.store.Executions(ctx, models.ExecutionFilter{MapRun: run.ARN, Status: m.Shown, StateMachine: run.Processor()},
		models.Page{Limit: executionsOnPage, After: after})
	if err != nil {
		return m, err
	}
	m.Rows = executionRows(children)
	if next != "" {
		m.Older = paths.MapRunView(key, status, next)
	}
	if after != "" {
		m.Newer = paths.MapRunView(key, status, "")
	}
	return m, nil
}

// mapRunParent fills in what the execution tells that the Map Run belongs to.
func (s *Server) mapRunParent(ctx context.Context, run workflow.MapRun, m *pages.MapRun) error {
	row, err := s.store.Load(ctx, run.Execution)
	if err != nil {
		return err
	}
	entered, err := s.store.History(ctx, run.Execution, int64(run.Entry)-1, 1)
	if err != nil {
		return err
	}
	key, state := row.ARN().Tail(), run.Label
	if len(entered) > 0 && entered[0].Details.Name != "" {
		state = entered[0].Details.Name
	}
	m.Parent = components.Link{Text: row.Name, URL: paths.Execution(key)}
	m.State = components.Link{Text: state, URL: paths.ExecutionAt(key, state)}
	m.Redrive = run.Status.Closed() && run.Status != workflow.Succeeded && history.Redrivable(row.ExecutionInfo, s.now())
	if run.ResultsWritten == 0 {
		return nil
	}
	m.ResultBucket, m.ResultKey, err = s.mapRunResults(ctx, run, state)
	return err
}

// resultsWithin is how many events after the entry into a Map state are searched for its end.
const resultsWithin = 1000

// mapRunResults finds in the Map state's output where its results were written; empty where the
// state has made something else of it.
func (s *Server) mapRunResults(ctx context.Context, run workflow.MapRun, state string) (bucket, key string, err error) {
	events, err := s.store.History(ctx, run.Execution, int64(run.Entry), resultsWithin)
	if err != nil {
		return "", "", err
	}
	for _, e := range events {
		if e.Type != workflow.EventMapStateExited || e.Details.Name != state {
			continue
		}
		var output any
		if json.Unmarshal(e.Details.Output, &output) != nil {
			return "", "", nil
		}
		if bucket, key := writtenTo(output, string(run.ARN)); key != "" {
			return bucket, key, nil
		}
	}
	return "", "", nil
}

// writtenTo finds what a Map Run's ResultWriter has answered anywhere in an output.
func writtenTo(output any, arn string) (bucket, key string) {
	switch v := output.(type) {
	case []any:
		for _, element := range v {
			if bucket, key = writtenTo(element, arn); key != "" {
				return bucket, key
			}
		}
	case map[string]any:
		if details, ok := v["ResultWriterDetails"].(map[string]any); ok && v["MapRunArn"] == arn {
			bucket, _ = details["Bucket"].(string)
			key, _ = details["Key"].(string)
			return bucket, key
		}
		for _, member := range v {
			if bucket, key = writtenTo(member, arn); key != "" {
				return bucket, key
			}
		}
	}
	return "", ""
}
