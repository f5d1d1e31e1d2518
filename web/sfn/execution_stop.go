package sfn

import (
	"errors"

	"countersign/workflow"
)

type stopExecutionInput struct {
	ARN   string `json:"executionArn"`
	Error string `json:"error"`
	Cause string `json:"cause"`
}

type stopExecutionOutput struct {
	StoppedAt Timestamp `json:"stopDate"`
}

// stopExecution of an execution that has closed changes nothing and answers with when it did.
func (s *Service) stopExecution(c *Call, in stopExecutionInput) (any, error) {
	e, err := s.execution(c, in.ARN)
	if err != nil {
		return nil, err
	}
	if err := s.Engine.StopExecution(c, e.ID, in.Error, in.Cause); err != nil && !errors.Is(err, workflow.ErrClosed) {
		return nil, err
	}
	if e, err = s.execution(c, in.ARN); err != nil {
		return nil, err
	}
	return stopExecutionOutput{Timestamp(e.StoppedAt)}, nil
}
