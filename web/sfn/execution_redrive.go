package sfn

import (
	"errors"

	"countersign/workflow"
)

type redriveExecutionInput struct {
	ARN         string `json:"executionArn"`
	ClientToken string `json:"clientToken"`
}

type redriveExecutionOutput struct {
	RedrivenAt Timestamp `json:"redriveDate"`
}

// redriveExecution with a client token that has redriven the execution lately gives the answer
// of that time.
func (s *Service) redriveExecution(c *Call, in redriveExecutionInput) (any, error) {
	e, err := s.execution(c, in.ARN)
	if err != nil {
		return nil, err
	}
	if e.MapRun != "" {
		return nil, notRedrivable("Execution was started by a Map Run and can be redriven by redriving that only")
	}
	var record []workflow.Effect
	if in.ClientToken != "" {
		if at, err := s.Store.RedrivenWith(c, e.ID, in.ClientToken); !errors.Is(err, workflow.ErrNotFound) {
			return redriveExecutionOutput{Timestamp(at)}, err
		}
		record = append(record, s.Store.RecordRedrive(e.ID, in.ClientToken))
	}
	why, err := s.whyNotRedrivable(c, e)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return nil, notRedrivable(why)
	}
	err = s.Engine.Redrive(c, e.ID, record...)
	switch {
	case errors.Is(err, workflow.ErrEffectRefused), errors.Is(err, workflow.ErrNotRedrivable): // somebody was quicker
		if at, err := s.Store.RedrivenWith(c, e.ID, in.ClientToken); err == nil {
			return redriveExecutionOutput{Timestamp(at)}, nil
		}
		return nil, notRedrivable("Execution is RUNNING and cannot be redriven")
	case err != nil:
		return nil, err
	}
	if e, err = s.execution(c, in.ARN); err != nil {
		return nil, err
	}
	return redriveExecutionOutput{Timestamp(e.RedrivenAt)}, nil
}

func notRedrivable(why string) *Error { return Refuse("ExecutionNotRedrivable", "%s", why) }
