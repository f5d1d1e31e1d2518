package asl

import (
	"encoding/json"

	"countersign/workflow"
)

// template is a compiled payload template (Parameters, ResultSelector): literal
// JSON text with expressions in between.
type template struct {
	pieces []piece
	random bool // some expression draws
}

type piece struct {
	literal string
	expr    expression // nil when the piece is literal only
}

// expression is the value of a field whose name ends in ".$".
type expression interface {
	// value is a JSON text.
	value(e *environment, data json.RawMessage) (json.RawMessage, *failure)
}

func (t *template) render(e *environment, data json.RawMessage) (json.RawMessage, *failure) {
	out := make(json.RawMessage, 0, 64+min(len(data), 4096))
	for i := range t.pieces {
		p := &t.pieces[i]
		out = append(out, p.literal...)
		if p.expr == nil {
			continue
		}
		v, fail := p.expr.value(e, data)
		if fail != nil {
			return nil, fail
		}
		if out = append(out, v...); len(out) > maxRendered {
			return nil, inState(e.f, workflow.ErrorDataLimitExceeded,
				"The state's data exceeds the maximum number of bytes service limit.")
		}
	}
	return out, nil
}

// maxRendered stops a template that repeats a large input many times over before
// it fills the memory; the payload limit is checked where the data goes.
const maxRendered = 4 * workflow.MaxPayload

// pathExpression is "field.$": "$.path".
type pathExpression struct {
	field string // with its ".$"
	path  *path
}

func (p *pathExpression) value(e *environment, data json.RawMessage) (json.RawMessage, *failure) {
	if rawKind(data) == 'n' && p.path.ofData() {
		return nil, nullInput(e.f)
	}
	v, found, err := e.lookup(p.path, data)
	switch {
	case err != nil:
		return nil, pathFailure(e.f, "The JSONPath '%s' specified for the field '%s' failed: %v", p.path.text, p.field, err)
	case found:
		return v, nil
	case p.path.context:
		return nil, pathFailure(e.f, "The JSONPath '%s' specified for the field '%s' could not be found in the context object", p.path.text, p.field)
	case p.path.variable != "":
		data = e.f.variable(p.path.variable)
	}
	return nil, pathFailure(e.f, "The JSONPath '%s' specified for the field '%s' could not be found in the input '%s'",
		p.path.text, p.field, data)
}

// nullInput is the service's answer to any path applied to null, $ included.
func nullInput(f *frame) *failure {
	return pathFailure(f, "Unable to apply Path transformation to null or empty input.")
}
