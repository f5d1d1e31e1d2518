package asl

import (
	"errors"
	"fmt"
	"slices"

	"countersign/workflow"
)

// Definition is a definition whose form was read. Whether it means anything is for
// Validate to say.
type Definition struct {
	src   []byte
	root  place
	found Diagnostics // what Parse had to say
}

// Parse reads a definition: is it JSON, and has every part the fields and the types
// of values that belong there? A Definition is returned whenever the text is a JSON
// object, even with diagnostics, so that Validate can add its own; it never becomes
// a StateMachine then.
func Parse(src []byte) (*Definition, Diagnostics) {
	rep := newReport(src)
	if len(src) > workflow.MaxDefinition {
		rep.add(CodeTooLarge, "", 0, "The definition has %d bytes, more than the limit of %d", len(src), workflow.MaxDefinition)
		return nil, rep.list
	}
	if i := invalidUTF8(src); i >= 0 {
		rep.add(CodeInvalidJSON, "", i, "The definition is not UTF-8: the byte at offset %d", i)
		return nil, rep.list
	}
	r := &reader{src: src, limit: maxNesting, report: rep}
	v, err := r.document()
	if err != nil {
		rep.syntax(len(src), err)
		return nil, rep.sorted()
	}
	d := &Definition{src: src, root: place{value: v}}
	rep.root = v
	if v.kind != '{' {
		rep.add(CodeSchema, "", v.start, "%s", expectedType('{'))
		return nil, rep.sorted()
	}
	newFormCheck(rep, d.root).machine(d.root)
	d.found = rep.sorted()
	return d, d.found
}

// syntax reports why a text of size bytes could not be read. The place is part of what
// the service's parser says; there is no value to point at yet.
func (r *report) syntax(size int, err error) {
	at, code, message := size, CodeInvalidJSON, err.Error()
	var syntax *syntaxError
	if errors.As(err, &syntax) {
		at = syntax.at
		if syntax.deep {
			code, message = CodeTooDeep, "The states are too deeply nested. "+message
		}
	}
	if size == 0 {
		code = CodeMissingDescription
	}
	r.put(Diagnostic{
		Severity: SeverityError, Code: code, Message: message, Line: r.line(at),
		Location: fmt.Sprintf("[line: %d, column: %d]", r.line(at), r.column(at)),
	})
}

// Check parses and validates a definition for a type of state machine. There is a state
// machine when none of the diagnostics is an error.
func Check(src []byte, t workflow.StateMachineType) (*StateMachine, Diagnostics) {
	return check(src, t, leniency{})
}

func check(src []byte, t workflow.StateMachineType, test leniency) (*StateMachine, Diagnostics) {
	d, found := Parse(src)
	if d == nil {
		return nil, found
	}
	m, more := validate(d, t, test)
	rep := newReport(src)
	rep.root = d.root.value
	for _, one := range append(slices.Clip(found), more...) {
		rep.put(one)
	}
	return m, rep.sorted()
}

// Compile parses and validates a definition of type STANDARD. The error is of type
// Diagnostics and holds every problem of both stages.
func Compile(src []byte) (*StateMachine, error) { return compileFor(src, leniency{}) }

func compileFor(src []byte, test leniency) (*StateMachine, error) {
	m, found := check(src, workflow.Standard, test)
	if m == nil {
		return nil, found
	}
	return m, nil
}

// raw is a value's own text.
func (d *Definition) raw(v *value) []byte { return d.src[v.start:v.end] }
