package asl

import (
	"countersign/workflow"
)

// StateMachine is a valid definition, compiled. It never changes and can be used
// by any number of goroutines.
type StateMachine struct {
	scope            // the topmost states
	all     []*state // of all scopes, in the definition's order
	byName  map[string]*state
	within  *state // whose processor this is; nil for a state machine of its own
	timeout int64  // seconds; 0 for none
	// readsInput says that some path reads $$.Execution.Input.
	readsInput bool
}

// scope is a set of states among which transitions lead: the state machine's own, a
// branch of a Parallel state, or the processor of a Map state.
type scope struct {
	start  *state
	states []*state // in the definition's order
}

// state is a compiled state.
type state struct {
	name string
	kind kind
	// within is the state whose branch or processor the state belongs to; nil at the top.
	within *state
	scope  *scope   // the states it is among
	scopes []*scope // of a state with states of its own
	next   *state   // nil for a terminal state, and for Choice
	lang   language
	body   body

	retry []retrier
	catch []catcher

	pointer string   // JSON Pointer to the state
	jsonata bool     // the query language is JSONata
	refers  []string // the variables that the state reads
}

// kind is what a state's type means for its history.
type kind struct {
	name                     string
	entered, exited, aborted workflow.EventType
	// succeeded and failed are what a state with states of its own records of them.
	succeeded, failed workflow.EventType
}

var kinds = map[string]kind{
	"Pass":    {name: "Pass", entered: workflow.EventPassStateEntered, exited: workflow.EventPassStateExited},
	"Task":    {name: "Task", entered: workflow.EventTaskStateEntered, exited: workflow.EventTaskStateExited, aborted: workflow.EventTaskStateAborted},
	"Choice":  {name: "Choice", entered: workflow.EventChoiceStateEntered, exited: workflow.EventChoiceStateExited},
	"Wait":    {name: "Wait", entered: workflow.EventWaitStateEntered, exited: workflow.EventWaitStateExited, aborted: workflow.EventWaitStateAborted},
	"Succeed": {name: "Succeed", entered: workflow.EventSucceedStateEntered, exited: workflow.EventSucceedStateExited},
	"Fail":    {name: "Fail", entered: workflow.EventFailStateEntered},
	"Parallel": {
		"Parallel", workflow.EventParallelStateEntered, workflow.EventParallelStateExited, workflow.EventParallelStateAborted,
		workflow.EventParallelStateSucceeded, workflow.EventParallelStateFailed,
	},
	"Map": {
		"Map", workflow.EventMapStateEntered, workflow.EventMapStateExited, workflow.EventMapStateAborted,
		workflow.EventMapStateSucceeded, workflow.EventMapStateFailed,
	},
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
