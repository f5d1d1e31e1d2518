package asl

import (
	"encoding/json"

	"countersign/workflow"
)

// parallelBody is a Parallel state: each branch is given the same, and its result is
// the array of the branches' results.
type parallelBody struct{}

func (b *parallelBody) begin(x *stepper, f *frame, s *state) verdict { return b.again(x, f, s) }

func (b *parallelBody) again(x *stepper, f *frame, s *state) verdict {
	data, fail := s.lang.arguments(&environment{x: x, f: f}, f.input)
	if fail != nil {
		return failed(fail)
	}
	f.children = nil
	f.group = &group{length: len(s.scopes), limit: len(s.scopes), allow: thresholdless, given: data}
	f.group.began = x.emit(f, workflow.EventParallelStateStarted, workflow.Details{})
	return x.begun(f, s)
}

func (b *parallelBody) scope(s *state, index int) *scope {
	if index >= len(s.scopes) {
		return nil // of a snapshot of another state machine
	}
	return s.scopes[index]
}

func (b *parallelBody) events() branchEvents { return branchEvents{} }

func (b *parallelBody) input(_ *stepper, f, _ *frame, _ *state) (json.RawMessage, *failure) {
	return f.input, nil
}
