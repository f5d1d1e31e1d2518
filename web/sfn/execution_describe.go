package sfn

import (
	"context"
	"errors"
	"strings"
	"time"

	"countersign/workflow"
)

type executionInputARN struct {
	ARN          string `json:"executionArn"`
	IncludedData string `json:"includedData"`
}

type describeExecutionOutput struct {
	ARN             workflow.ARN             `json:"executionArn"`
	StateMachineARN workflow.ARN             `json:"stateMachineArn"`
	Name            string                   `json:"name"`
	Status          workflow.ExecutionStatus `json:"status"`
	StartedAt       Timestamp                `json:"startDate"`
	StoppedAt       Timestamp                `json:"stopDate,omitzero"`
	payloads
	startedBy
	TraceHeader         string       `json:"traceHeader,omitempty"`
	MapRunARN           workflow.ARN `json:"mapRunArn,omitempty"`
	Redrives            int          `json:"redriveCount"`
	RedrivenAt          Timestamp    `json:"redriveDate,omitzero"`
	RedriveStatus       string       `json:"redriveStatus"`
	RedriveStatusReason string       `json:"redriveStatusReason,omitempty"`
}

func (s *Service) describeExecution(c *Call, in executionInputARN) (any, error) {
	e, err := s.execution(c, in.ARN)
	if err != nil {
		return nil, err
	}
	why, err := s.whyNotRedrivable(c, e)
	if err != nil {
		return nil, err
	}
	out := describeExecutionOutput{
		ARN: e.ARN(), StateMachineARN: workflow.StateMachineARN(e.StateMachine), Name: e.Name, Status: e.Status,
		StartedAt: Timestamp(e.StartedAt), StoppedAt: Timestamp(e.StoppedAt),
		payloads: payloadsOf(e, in.IncludedData), startedBy: startedByOf(e), TraceHeader: e.TraceHeader, MapRunARN: e.MapRun,
		Redrives: e.Redrives, RedrivenAt: Timestamp(e.RedrivenAt), RedriveStatus: "REDRIVABLE",
	}
	switch {
	case why != "":
		out.RedriveStatus, out.RedriveStatusReason = "NOT_REDRIVABLE", why
	case e.MapRun != "":
		out.RedriveStatus = "REDRIVABLE_BY_MAP_RUN"
	}
	return out, nil
}

// Limits of redriving.
const (
	redrivePeriod    = 14 * 24 * time.Hour
	longestExecution = 365 * 24 * time.Hour
	eventsToRedrive  = workflow.MaxHistoryEvents - 1
	mostRedrives     = 1000
)

// whyNotRedrivable is the service's reason for which an execution cannot be redriven, or nothing.
func (s *Service) whyNotRedrivable(ctx context.Context, e workflow.ExecutionInfo) (string, error) {
	if !e.Status.Closed() || e.Status == workflow.Succeeded {
		return "Execution is " + string(e.Status) + " and cannot be redriven", nil
	}
	switch now := s.Now(); {
	case now.Sub(e.StoppedAt) > redrivePeriod:
		return "Execution redrivable period exceeded", nil
	case now.Sub(e.StartedAt) > longestExecution:
		return "Execution has exceeded the max execution time", nil
	case e.Redrives >= mostRedrives:
		return "Execution has been redriven 1000 times and cannot be redriven again", nil
	}
	machine, _, _ := strings.Cut(e.StateMachine, "/") // of a child execution, its parent's
	m, err := s.Store.StateMachine(ctx, machine)
	if errors.Is(err, workflow.ErrNotFound) || err == nil && m.Status == workflow.Deleting {
		return "State machine is in DELETING status", nil
	}
	if err != nil {
		return "", err
	}
	events, err := s.Store.CountEvents(ctx, e.ID)
	if err == nil && events >= eventsToRedrive {
		return "Execution history event limit exceeded", nil
	}
	return "", err
}
