package asl

import (
	"encoding/json"
	"fmt"
	"maps"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
)

// maxVariables is how large all variables of an execution may be together, in bytes.
const maxVariables = 10 << 20

// assignment is an Assign field: the variables that a state assigns when it is left.
type assignment []assigning

type assigning struct {
	name  string
	value *template
}

// assigned is a variable's new value.
type assigned struct {
	name  string
	value json.RawMessage
}

// evaluate finds all new values before any of them takes effect, which is when the
// state is left: until then everybody sees the old ones.
func (a assignment) evaluate(e *environment, data json.RawMessage) *failure {
	f := e.f
	f.assigning = nil
	if len(a) == 0 {
		return nil
	}
	values, size := make([]assigned, len(a)), 0
	for i := range a {
		v, fail := a[i].value.render(e, data)
		if fail != nil {
			return fail
		}
		if size += len(v); len(v) > workflow.MaxPayload || size > workflow.MaxPayload {
			return inState(f, workflow.ErrorDataLimitExceeded,
				"The value of variable '%s' makes the size of the assigned variables exceed the maximum number of bytes service limit.", a[i].name)
		}
		if deep(v) {
			return runtimeFailure(f, "The value of variable '%s' nests deeper than %d levels.", a[i].name, maxPayloadNesting)
		}
		values[i] = assigned{a[i].name, v}
	}
	for _, v := range values {
		size -= len(f.vars[v.name]) // which it replaces
	}
	if e.x.variableBytes()+size > maxVariables {
		return inState(f, workflow.ErrorDataLimitExceeded, "The total size of all variables exceeds the maximum number of bytes service limit.")
	}
	f.assigning = values
	return nil
}

// variableBytes is how much all variables take now.
func (x *stepper) variableBytes() (n int) {
	x.s.root.each(func(f *frame) {
		for _, v := range f.vars {
			n += len(v)
		}
	})
	return n
}

// assign gives the variables the values that were found for them, and says what the
// history has to say of that: an object of JSON texts by the variables' names.
func (f *frame) assign() json.RawMessage {
	if len(f.assigning) == 0 {
		return nil
	}
	vars := make(map[string]json.RawMessage, len(f.vars)+len(f.assigning))
	maps.Copy(vars, f.vars)
	out := json.RawMessage{'{'}
	for i, a := range f.assigning {
		vars[a.name] = a.value
		if i > 0 {
			out = append(out, ',')
		}
		out = append(jsontext.AppendString(out, a.name), ':')
		out = jsontext.AppendString(out, string(a.value))
	}
	f.vars, f.assigning = vars, nil
	return append(out, '}')
}

// variable is a variable's value as a state within the frame sees it, its own scope's
// or that of a state around it; nil when there is none of the name.
func (f *frame) variable(name string) json.RawMessage {
	for g := f; g != nil; g = g.parent {
		if v, ok := g.vars[name]; ok {
			return v
		}
	}
	return nil
}

// missingVariable says that no state has assigned the variable that a path begins with.
func missingVariable(p *path) string {
	return fmt.Sprintf("The variable '%s' of the path '%s' has no value", p.variable, p.text)
}
