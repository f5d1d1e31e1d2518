package asl

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
)

// language is a query language: how a state's data is selected and shaped.
// There are JSONPath and JSONata. Those that make an output evaluate the state's Assign
// as well, and leave the values in the frame for the state's exit.
type language interface {
	// effective is the state's input as its own paths see it.
	effective(e *environment, input json.RawMessage) (json.RawMessage, *failure)
	// arguments is what the state's work is given.
	arguments(e *environment, input json.RawMessage) (json.RawMessage, *failure)
	// random says whether the arguments are other ones each time they are evaluated.
	random() bool
	// result makes the state's output from its input and its work's result.
	result(e *environment, input, result json.RawMessage) (json.RawMessage, *failure)
	// output makes the output of a state that has no result.
	output(e *environment, input json.RawMessage) (json.RawMessage, *failure)
}

// environment is what expressions can see besides the data they are applied to.
type environment struct {
	x *stepper
	f *frame
	// iteration is the iteration of f's Map state whose input is made; nil otherwise.
	iteration *frame
	key       json.RawMessage // of that iteration's item in an object; nil for one of an array
	context   json.RawMessage // built when first asked for
	// chance is what random values are drawn from, when not from the step's seed.
	chance   *rand.ChaCha8
	produced int // bytes, by intrinsic functions
	// What $states has besides the input and the context object; nil for nothing.
	result, errorOutput json.RawMessage
	// scheduled is when the task was scheduled whose arguments are evaluated.
	scheduled millis
}

func (e *environment) draw() *rand.ChaCha8 {
	if e.chance != nil {
		return e.chance
	}
	return e.x.draw()
}

// lookup follows a path through data, the context object or a variable.
func (e *environment) lookup(p *path, data json.RawMessage) (value json.RawMessage, found bool, err error) {
	if p.context {
		if at, rest, known := e.shortcut(p); known {
			return rest.in(at)
		}
	}
	if data = e.source(p, data); data == nil {
		return nil, false, errors.New(missingVariable(p))
	}
	return p.in(data)
}

// shortcut finds the large parts of the context object, an iteration's item and the
// execution's input, without making the whole.
func (e *environment) shortcut(p *path) (at json.RawMessage, rest *path, known bool) {
	if e.x.probe != nil || !p.definite() || len(p.steps) < 2 {
		return nil, nil, false
	}
	n := 2
	switch {
	case p.steps[0].name == "Execution" && p.steps[1].name == "Input":
		at = e.x.s.input
	case p.steps[0].name == "Map" && p.steps[1].name == "Item" && len(p.steps) > 2 && p.steps[2].name == "Value":
		it := e.iteration
		if it == nil {
			it = e.f.iteration()
		}
		if it != nil {
			at, n = it.value(), 3
		}
	}
	return at, &path{text: p.text, context: true, steps: p.steps[n:]}, at != nil
}

// source is what a path is applied to; nil when its variable is not there.
func (e *environment) source(p *path, data json.RawMessage) json.RawMessage {
	switch {
	case p.context:
		return e.contextObject()
	case p.variable != "":
		return e.f.variable(p.variable)
	}
	return data
}
