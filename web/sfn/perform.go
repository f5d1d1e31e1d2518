package sfn

import (
	"context"
	"encoding/json"
	"errors"

	"countersign/models"
)

// Perform does one operation for a caller who is known otherwise than by a signature: somebody
// at a page. Its rules are those of a request: role, shape of the input, refusals, which are
// *Error. An operation that waits does so until ctx ends.
func (s *Service) Perform(ctx context.Context, caller models.Person, name string, input map[string]any) (json.RawMessage, error) {
	return s.perform(&Call{Context: ctx, Caller: caller, Operation: name}, input)
}

// Revise is Perform of UpdateStateMachine for somebody who has seen a revision of the state
// machine: where it is the latest no more, nothing changes, and the error is models.ErrRevised.
func (s *Service) Revise(ctx context.Context, caller models.Person, seen int64, input map[string]any) (json.RawMessage, error) {
	return s.perform(&Call{Context: ctx, Caller: caller, Operation: "UpdateStateMachine", seen: seen}, input)
}

func (s *Service) perform(c *Call, input map[string]any) (json.RawMessage, error) {
	name, caller := c.Operation, c.Caller
	op, known := s.operations[name]
	if !known {
		return nil, errors.New("sfn: there is no operation " + name)
	}
	if !caller.Has(op.roles...) {
		return nil, accessDenied(caller, name)
	}
	body, err := encode(input)
	if err != nil {
		return nil, err
	}
	document, err := parse(body)
	if err != nil {
		return nil, err
	}
	members, err := checked(inputs[name], document)
	if err != nil {
		return nil, err
	}
	answer, err := op.serve(s, c, members)
	if err != nil || answer == nil {
		return nil, err
	}
	return encode(answer)
}
