package sfn

import (
	"context"
	"errors"
	"strings"

	"countersign/models"
	"countersign/workflow"
)

// mapRunStore keeps Map Runs.
type mapRunStore interface {
	MapRun(ctx context.Context, arn workflow.ARN) (workflow.MapRun, error)
	MapRuns(ctx context.Context, execution workflow.ExecutionID, page models.Page) ([]workflow.MapRun, string, error)
	CountMapRun(ctx context.Context, arn workflow.ARN) (executions, items workflow.MapRunCounts, err error)
	ItemsHeld(ctx context.Context, children []workflow.ExecutionID) (map[workflow.ExecutionID]int64, error)
	ChangeMapRun(ctx context.Context, arn workflow.ARN, change workflow.MapRunChange) error
}

var mapRunOperations = group{
	"DescribeMapRun": read((*Service).describeMapRun),
	"ListMapRuns":    read((*Service).listMapRuns),
	"UpdateMapRun":   write((*Service).updateMapRun),
}

// mapRun finds what an ARN mapRun:MACHINE/LABEL:ID names.
func (s *Service) mapRun(ctx context.Context, arn string) (workflow.MapRun, error) {
	kind, rest, found, err := resource(arn)
	switch {
	case err != nil:
		return workflow.MapRun{}, err
	case kind != "mapRun":
		return workflow.MapRun{}, invalidArn("Resource type not valid in this context: %s", kind)
	case !strings.Contains(rest, "/") || strings.Count(rest, ":") != 1:
		return workflow.MapRun{}, invalidArn("Invalid ARN: %s", arn)
	case !found:
		return workflow.MapRun{}, resourceNotFound(arn)
	}
	run, err := s.Store.MapRun(ctx, workflow.ARN(arn))
	if errors.Is(err, workflow.ErrNotFound) {
		return run, resourceNotFound(arn)
	}
	return run, err
}

type mapRunInput struct {
	ARN                        string   `json:"mapRunArn"`
	MaxConcurrency             *int64   `json:"maxConcurrency"`
	ToleratedFailurePercentage *float64 `json:"toleratedFailurePercentage"`
	ToleratedFailureCount      *int64   `json:"toleratedFailureCount"`
}

type describeMapRunOutput struct {
	ARN                        workflow.ARN             `json:"mapRunArn"`
	ExecutionARN               workflow.ARN             `json:"executionArn"`
	Status                     workflow.ExecutionStatus `json:"status"`
	StartedAt                  Timestamp                `json:"startDate"`
	StoppedAt                  Timestamp                `json:"stopDate,omitzero"`
	MaxConcurrency             int64                    `json:"maxConcurrency"`
	ToleratedFailurePercentage float64                  `json:"toleratedFailurePercentage"`
	ToleratedFailureCount      int64                    `json:"toleratedFailureCount"`
	Items                      mapRunCounts             `json:"itemCounts"`
	Executions                 mapRunCounts             `json:"executionCounts"`
	Redrives                   int                      `json:"redriveCount"`
	RedrivenAt                 Timestamp                `json:"redriveDate,omitzero"`
}

type mapRunCounts struct {
	Pending               int64 `json:"pending"`
	Running               int64 `json:"running"`
	Succeeded             int64 `json:"succeeded"`
	Failed                int64 `json:"failed"`
	TimedOut              int64 `json:"timedOut"`
	Aborted               int64 `json:"aborted"`
	Total                 int64 `json:"total"`
	ResultsWritten        int64 `json:"resultsWritten"`
	FailuresNotRedrivable int64 `json:"failuresNotRedrivable"`
	PendingRedrive        int64 `json:"pendingRedrive"`
}

func mapRunCountsOf(n workflow.MapRunCounts, written int64) mapRunCounts {
	return mapRunCounts{Pending: n.Pending, Running: n.Running, Succeeded: n.Succeeded, Failed: n.Failed, TimedOut: n.TimedOut,
		Aborted: n.Aborted, Total: n.Total(), ResultsWritten: written}
}

func (s *Service) describeMapRun(c *Call, in mapRunInput) (any, error) {
	run, err := s.mapRun(c, in.ARN)
	if err != nil {
		return nil, err
	}
	parent, err := s.Store.Load(c, run.Execution)
	if err != nil {
		return nil, err
	}
	executions, items, err := s.Store.CountMapRun(c, run.ARN)
	if err != nil {
		return nil, err
	}
	return describeMapRunOutput{
		ARN: run.ARN, ExecutionARN: parent.ARN(), Status: run.Status, StartedAt: Timestamp(run.StartedAt), StoppedAt: Timestamp(run.StoppedAt),
		MaxConcurrency: run.MaxConcurrency, ToleratedFailurePercentage: run.ToleratedFailurePercentage, ToleratedFailureCount: run.ToleratedFailureCount,
		Items: mapRunCountsOf(items, run.ResultsWritten), Executions: mapRunCountsOf(executions, run.ResultsWritten),
		Redrives: run.Redrives, RedrivenAt: Timestamp(run.RedrivenAt),
	}, nil
}

type listMapRunsInput struct {
	ARN string `json:"executionArn"`
	pageInput
}

type listMapRunsOutput struct {
	MapRuns   []mapRunItem `json:"mapRuns"`
	NextToken string       `json:"nextToken,omitempty"`
}

type mapRunItem struct {
	ExecutionARN    workflow.ARN `json:"executionArn"`
	ARN             workflow.ARN `json:"mapRunArn"`
	StateMachineARN workflow.ARN `json:"stateMachineArn"`
	StartedAt       Timestamp    `json:"startDate"`
	StoppedAt       Timestamp    `json:"stopDate,omitzero"`
}

// listMapRuns has the newest first.
func (s *Service) listMapRuns(c *Call, in listMapRunsInput) (any, error) {
	e, err := s.execution(c, in.ARN)
	if err != nil {
		return nil, err
	}
	page := models.Page{Limit: limitOf(in.MaxResults)}
	if page.After, err = s.after(c, in.NextToken, in.ARN); err != nil {
		return nil, err
	}
	runs, next, err := s.Store.MapRuns(c, e.ID, page)
	if err != nil {
		return nil, err
	}
	out := listMapRunsOutput{MapRuns: make([]mapRunItem, len(runs))}
	for i, run := range runs {
		out.MapRuns[i] = mapRunItem{e.ARN(), run.ARN, workflow.StateMachineARN(run.StateMachine + "/" + run.Label),
			Timestamp(run.StartedAt), Timestamp(run.StoppedAt)}
	}
	if next != "" {
		out.NextToken, err = s.nextToken(c, next, in.ARN)
	}
	return out, err
}

func (s *Service) updateMapRun(c *Call, in mapRunInput) (any, error) {
	run, err := s.mapRun(c, in.ARN)
	switch {
	case err != nil:
		return nil, err
	case in.MaxConcurrency == nil && in.ToleratedFailureCount == nil && in.ToleratedFailurePercentage == nil:
		return nil, Refuse("ValidationException", "Specify at least one of maxConcurrency, toleratedFailurePercentage and toleratedFailureCount")
	}
	err = s.Store.ChangeMapRun(c, run.ARN, workflow.MapRunChange{MaxConcurrency: in.MaxConcurrency,
		ToleratedFailureCount: in.ToleratedFailureCount, ToleratedFailurePercentage: in.ToleratedFailurePercentage})
	if errors.Is(err, workflow.ErrClosed) {
		return nil, Refuse("ValidationException", "Map Run is %s and cannot be updated: '%s'", run.Status, in.ARN)
	}
	return nil, err
}
