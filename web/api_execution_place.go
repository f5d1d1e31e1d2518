package web

import (
	"context"
	"encoding/json"
	"errors"

	"countersign/models"
	"countersign/web/sfn"
	"countersign/workflow"
)

// placeWithExecution makes the start of an execution of the order workflow, through the Step
// Functions API, the placing of the order that is its input, exactly as POST /api/orders places
// it. What cannot be placed starts all the same: a wrong order, or one that is placed already,
// and then the workflow's own ValidateOrder says what is wrong with it.
func (s *Server) placeWithExecution(ctx context.Context, caller models.Person, machine string, input json.RawMessage) (sfn.Placing, error) {
	if machine != s.orders.StateMachine {
		return sfn.Placing{}, nil
	}
	request, problems := s.orders.Parse(input)
	if len(problems) > 0 {
		return sfn.Placing{}, nil
	}
	p := placing{OrderRequest: request, By: caller.ID}
	hash := contentHash(p)
	if _, err := s.standing(ctx, p, hash); err == nil || !errors.Is(err, workflow.ErrNotFound) {
		return sfn.Placing{}, err
	}
	o, err := s.complete(ctx, request)
	if wrong := new(fault); errors.As(err, &wrong) {
		return sfn.Placing{}, nil
	}
	if err != nil {
		return sfn.Placing{}, err
	}
	return sfn.Placing{Name: s.orders.ExecutionName(o.ID), Effects: s.placedBy(o, p, hash)}, nil
}
