package jsonata

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/dop251/goja"
)

// Scope is what an expression sees. Texts must be valid JSON; they are not changed.
type Scope interface {
	// State is a member of $states: input, result, errorOutput or context; nil when
	// there is none here.
	State(member string) json.RawMessage
	// Variable is a variable's value; nil when there is none of the name.
	Variable(name string) json.RawMessage
	// Now is what $now and $millis answer.
	Now() time.Time
	// Random is what $random, $uuid and $shuffle draw from.
	Random() *rand.Rand
}

// What an expression can come to besides a value and a *Failure.
var (
	// ErrUndefined: it returned nothing.
	ErrUndefined = errors.New("jsonata: nothing (undefined)")
	// ErrFunction: it returned a function, or something with a function in it.
	ErrFunction = errors.New("jsonata: a function")
)

// Evaluate gives the expression's value as a JSON text. The error is ErrUndefined,
// ErrFunction or a *Failure.
func (e *Expression) Evaluate(s Scope) (json.RawMessage, error) {
	v, _, err := e.EvaluateWithin(s, Patience{})
	return v, err
}

// EvaluateWithin is Evaluate for somebody who does not wait for ever; the error may be
// ErrSlow, too. effort is the time that a slow expression took, and 0 for all others.
func (e *Expression) EvaluateWithin(s Scope, p Patience) (v json.RawMessage, effort Effort, err error) {
	if e.quick != nil {
		if v := e.quick.value(s); v.kind == nothing {
			return nil, 0, ErrUndefined
		} else if v.kind != unknown {
			return v.text(), 0, nil
		}
	}
	return e.inLane(s, p)
}

// run evaluates for at most limit.
func (in *interpreter) run(e *Expression, s Scope, limit time.Duration, quit <-chan struct{}) (json.RawMessage, error) {
	compiled, err := in.compiled(e.text)
	if err != nil {
		return nil, err
	}
	bindings, err := in.bindings(e, s)
	if err != nil {
		return nil, err
	}
	in.now, in.random = s.Now(), nil
	if e.Random() {
		in.random = s.Random()
	}
	within := in.bounds
	within.time = limit
	v, err := in.within(within, quit, in.evaluate, compiled, bindings)
	if err != nil {
		return nil, err
	}
	if goja.IsUndefined(v) {
		return nil, ErrUndefined
	}
	var w writer
	if err := w.value(v, 0); err != nil {
		return nil, err
	}
	return w.b, nil
}

// members are those of $states.
var members = []string{"input", "result", "errorOutput", "context"}

// bindings has what the expression refers to, and no more: reading texts takes longer
// than most expressions.
func (in *interpreter) bindings(e *Expression, s Scope) (*goja.Object, error) {
	o := in.vm.NewObject()
	for _, name := range e.refs.Variables {
		if err := in.bind(o, name, s.Variable(name)); err != nil {
			return nil, err
		}
	}
	if len(e.refs.States) == 0 {
		return o, nil
	}
	states := in.vm.CreateObject(nil)
	for _, member := range members {
		if !e.refs.reads(member) {
			continue
		}
		if err := in.bind(states, member, s.State(member)); err != nil {
			return nil, err
		}
	}
	return o, o.Set("states", states)
}

// reads says whether a member of $states is read.
func (r *References) reads(member string) bool {
	for _, name := range r.States {
		if name == member || name == "" {
			return true
		}
	}
	return false
}

func (in *interpreter) bind(o *goja.Object, name string, text json.RawMessage) error {
	if text == nil {
		return nil
	}
	r := reader{vm: in.vm, b: text}
	v, err := r.document()
	if err != nil {
		return err
	}
	return o.Set(name, v)
}
