package asl

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl/jsonata"
)

// query is a JSONata expression in a definition.
type query struct {
	expr  *jsonata.Expression
	field string // where it stands, as the service says it: Output/total, Choices[0]/Condition
}

// The environment is the scope of JSONata expressions.
var _ jsonata.Scope = (*environment)(nil)

// State is a member of $states.
func (e *environment) State(member string) json.RawMessage {
	switch member {
	case "input":
		return e.f.input
	case "result":
		return e.result
	case "errorOutput":
		return e.errorOutput
	case "context":
		return e.contextObject()
	}
	return nil
}

// Variable is a variable's value.
func (e *environment) Variable(name string) json.RawMessage { return e.f.variable(name) }

// Now is the step's time, but in a task's arguments the time at which the task was
// scheduled, so that they are the same ones when it is invoked again after a crash.
func (e *environment) Now() time.Time {
	if e.scheduled != 0 {
		return e.scheduled.time()
	}
	return e.x.at
}

// Random is what random values are drawn from.
func (e *environment) Random() *rand.Rand { return rand.New(e.draw()) }

// value makes query an expression of a template.
func (q *query) value(e *environment, _ json.RawMessage) (json.RawMessage, *failure) {
	v, err := e.evaluate(q.expr)
	var thrown *jsonata.Failure
	switch {
	case err == nil:
		return v, nil
	case errors.Is(err, jsonata.ErrUndefined):
		return nil, q.fails(e.f, "returned nothing (undefined).")
	case errors.Is(err, jsonata.ErrFunction):
		return nil, q.fails(e.f, "returned an unsupported result type.")
	case errors.As(err, &thrown) && thrown.Code != "":
		return nil, q.fails(e.f, "threw an error during evaluation. %s: %s", thrown.Code, thrown.Message)
	}
	return nil, q.fails(e.f, "threw an error during evaluation: %v", err)
}

// evaluate adds what the expression takes to what the step and the state have taken. The
// slow expressions of a state may take as much together as one alone.
func (e *environment) evaluate(expr *jsonata.Expression) (json.RawMessage, error) {
	x := e.x
	left := jsonata.MaxEffort - (x.effort - x.spentBefore)
	if left <= 0 {
		return nil, jsonata.TooLate()
	}
	v, took, err := expr.EvaluateWithin(e, jsonata.Patience{Hasty: x.pace.Hasty, Left: left, Quit: x.pace.Quit})
	x.effort += took
	if errors.Is(err, jsonata.ErrSlow) {
		panic(slow{})
	}
	return v, err
}

// fails is the failure of an expression, in the service's words.
func (q *query) fails(f *frame, format string, args ...any) *failure {
	args = append([]any{q.expr.Text(), q.field}, args...)
	return evaluationFailure(f, q.field, "The JSONata expression '%s' specified for the field '%s' "+format, args...)
}

// evaluationFailure is the failure of what the query language has to do for a state.
func evaluationFailure(f *frame, location, format string, args ...any) *failure {
	e := inState(f, workflow.ErrorQueryEvaluation, format, args...)
	e.evaluation, e.inside, e.location = true, true, location
	return e
}

var kindWords = map[byte]string{'{': "object", '[': "array", '"': "string", '0': "number", 't': "boolean", 'n': "null"}

// typed is the expression's value, which has to be of a kind.
func (q *query) typed(e *environment, kind byte) (json.RawMessage, *failure) {
	v, fail := q.value(e, nil)
	if fail == nil {
		fail = q.expect(e.f, v, kind)
	}
	return v, fail
}

// expect refuses a value that is not of a kind.
func (q *query) expect(f *frame, v json.RawMessage, kind byte) *failure {
	if rawKind(v) == kind {
		return nil
	}
	return q.fails(f, "returned an unexpected result type. Expected '%s', but was '%s' for value: %s",
		kindWords[kind], kindWords[rawKind(v)], v)
}

func (q *query) text(e *environment) (string, *failure) {
	v, fail := q.typed(e, '"')
	s, _ := rawString(v)
	return s, fail
}

// whole is the expression's value, which has to be a whole number within bounds.
func (q *query) whole(e *environment, least, most int64) (int64, *failure) {
	v, fail := q.typed(e, '0')
	if fail != nil {
		return 0, fail
	}
	n, ok := wholeNumber(v)
	if !ok || n < least || n > most {
		return 0, q.fails(e.f, "returned an invalid value: %s. Expected an integer between %d and %d", v, least, most)
	}
	return n, nil
}

// emitEvaluationFailed records that an expression has failed. The event leads back
// beyond the entry into the state if that has just happened.
func (x *stepper) emitEvaluationFailed(f *frame, e *failure) {
	if f.fresh && f.prev == int64(f.entry) {
		f.prev = f.before
	}
	e.evaluation = false
	x.emit(f, workflow.EventEvaluationFailed, workflow.Details{
		Error: e.name, Cause: e.cause, EvaluationLocation: e.location, State: f.state,
	})
}
