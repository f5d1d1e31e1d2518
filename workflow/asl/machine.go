package asl

import (
	"countersign/workflow"
)

// StateMachine is a valid definition, compiled. It never changes and can be used
// by any number of goroutines.
type StateMachine struct {
	start   *state
	states  []*state // in the definition's order
	byName  map[string]*state
	timeout int64 // seconds; 0 for none
	// readsInput says that some path reads $$.Execution.Input.
	readsInput bool
}

// state is a compiled state.
type state struct {
	name string
	kind kind
	next *state // nil for a terminal state, and for Choice
	lang language
	body body

	retry []retrier
	catch []catcher
}

// kind is what a state's type means for its history.
type kind struct {
	name                     string
	entered, exited, aborted workflow.EventType
}

var kinds = map[string]kind{
	"Pass":    {"Pass", workflow.EventPassStateEntered, workflow.EventPassStateExited, ""},
	"Task":    {"Task", workflow.EventTaskStateEntered, workflow.EventTaskStateExited, workflow.EventTaskStateAborted},
	"Choice":  {"Choice", workflow.EventChoiceStateEntered, workflow.EventChoiceStateExited, ""},
	"Wait":    {"Wait", workflow.EventWaitStateEntered, workflow.EventWaitStateExited, workflow.EventWaitStateAborted},
	"Succeed": {"Succeed", workflow.EventSucceedStateEntered, workflow.EventSucceedStateExited, ""},
	"Fail":    {"Fail", workflow.EventFailStateEntered, "", ""},
}

// body is what a state of a type does. A type of state is a body, its compiler
// (in a …_validate.go file) and an entry in bodies.
type body interface {
	// begin does the work of a state that was just entered.
	begin(x *stepper, f *frame, s *state) verdict
}

// retryable is a body that Retry applies to.
type retryable interface {
	body
	// again does the work anew, in the same state entry.
	again(x *stepper, f *frame, s *state) verdict
}

// verdict is what became of a frame: it waits (the zero verdict), leaves its
// state with an output, or has failed.
type verdict struct {
	leaves  bool
	output  []byte
	next    *state // nil ends the frame
	failure *failure
}

func failed(e *failure) verdict { return verdict{failure: e} }

func (m *StateMachine) state(f *frame) *state { return m.byName[f.state] }
