package asl

import (
	"errors"

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
	r := &reader{src: src, report: rep}
	v, err := r.document()
	if err != nil {
		at := len(src)
		var syntax *syntaxError
		if errors.As(err, &syntax) {
			at = syntax.at
		}
		rep.add(CodeInvalidJSON, "", at, "%v", err)
		return nil, rep.sorted()
	}
	d := &Definition{src: src, root: place{value: v}}
	if v.kind != '{' {
		rep.add(CodeInvalidJSON, "", v.start, "The definition must be a JSON object")
		return nil, rep.sorted()
	}
	(&formCheck{rep}).machine(d.root)
	d.found = rep.sorted()
	return d, d.found
}

// Compile parses and validates. The error is of type Diagnostics and holds every
// problem of both stages.
func Compile(src []byte) (*StateMachine, error) { return compileFor(src, leniency{}) }

func compileFor(src []byte, test leniency) (*StateMachine, error) {
	d, found := Parse(src)
	if d == nil {
		return nil, found
	}
	m, more := validateFor(d, test)
	if m == nil {
		rep := newReport(src)
		rep.list = append(append(rep.list, found...), more...)
		return nil, rep.sorted()
	}
	return m, nil
}

// raw is a value's own text.
func (d *Definition) raw(v *value) []byte { return d.src[v.start:v.end] }
