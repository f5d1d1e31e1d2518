package asl

import (
	"encoding/json"
	"strconv"

	"countersign/workflow"
)

// jsonPathMap are the fields that a Map state has for JSONPath besides those of all states.
type jsonPathMap struct {
	itemsPath *path     // nil is $
	selector  *template // ItemSelector, or Parameters, its older name
}

func (q *jsonPathMap) items(e *environment, data json.RawMessage, object bool) (json.RawMessage, *failure) {
	text := "$"
	if q.itemsPath != nil {
		if text = q.itemsPath.text; q.itemsPath.context {
			text = text[1:] // as the service names it
		}
		var fail *failure
		if data, fail = itemsAt(e, q.itemsPath, data); fail != nil {
			return nil, fail
		}
	}
	if kind := rawKind(data); kind != '[' && !(object && kind == '{') {
		return nil, runtimeFailure(e.f, "Reference path \"%s\" must point to array.", text)
	}
	if p := e.x.probe; p != nil {
		p.AfterItemsPath = data
	}
	return data, nil
}

// itemsAt follows ItemsPath. The service takes a definite one for a reference path, which
// fails in its own way.
func itemsAt(e *environment, p *path, data json.RawMessage) (json.RawMessage, *failure) {
	if _, found, err := e.lookup(p, data); found || err != nil || !p.reference() {
		return applyPath(e, p, false, data)
	}
	step := p.firstMissing(data)
	return nil, pathConflict("Unable to apply step \"%s\" to input %s", step.String(), data)
}

func (q *jsonPathMap) item(e *environment, data, value json.RawMessage) (json.RawMessage, *failure) {
	return renderItem(e, q.selector, data, value)
}

// renderItem is what an iteration is given: its item, or what ItemSelector makes.
func renderItem(e *environment, selector *template, data, value json.RawMessage) (json.RawMessage, *failure) {
	if selector == nil {
		return value, nil
	}
	g := e.f.group
	if g.selector == nil {
		g.selector = selector.settle(e, data)
	}
	out, fail := g.selector.render(e, data)
	if fail == nil && len(out) > workflow.MaxPayload {
		fail = tooLarge(e.f.state)
	}
	return out, fail
}

// number is a quantity that stands in the definition.
type number float64

func (n number) value(*environment, json.RawMessage) (float64, *failure) { return float64(n), nil }

// pathNumber is a quantity that a path finds: a whole number, but for a percentage.
type pathNumber struct {
	field string // without "Path"
	path  *path
	most  float64
}

const percentageField = "ToleratedFailurePercentage"

func (p *pathNumber) value(e *environment, data json.RawMessage) (float64, *failure) {
	raw, found, err := e.lookup(p.path, data)
	if err != nil || !found {
		return 0, runtimeFailure(e.f, "The %sPath parameter does not reference an input value: %s", p.field, p.path.text)
	}
	n, kind := 0.0, "integer"
	whole, ok := wholeNumber(raw)
	if n = float64(whole); p.field == percentageField {
		kind = "float"
		n, err = strconv.ParseFloat(string(raw), 64)
		ok = err == nil && rawKind(raw) == '0'
	} else if n > p.most {
		ok = false
	}
	if !ok {
		text, isString := rawString(raw)
		if !isString {
			text = string(raw)
		}
		return 0, runtimeFailure(e.f, "The %sPath field refers to value \"%s\" which is not a valid %s: %s",
			p.field, cut(text, 256), kind, p.path.text)
	}
	return n, p.bounded(e.f, n)
}

// bounded refuses a number that means nothing for the field.
func (p *pathNumber) bounded(f *frame, n float64) *failure {
	switch {
	case p.field == percentageField && (n < 0 || n > p.most):
		return runtimeFailure(f, "%s must be between 0 and %g.", p.field, p.most)
	case n >= 0:
		return nil
	case p.field == "MaxConcurrency":
		return runtimeFailure(f, "Expected non-negative integer for %s, got '%g' instead.", p.field, n)
	}
	return runtimeFailure(f, "%s cannot be negative.", p.field)
}

// settle fills in what is the same for every item, so that a large input is searched
// once and not for each of them. What cannot be filled in, fails with its item.
func (t *template) settle(e *environment, data json.RawMessage) *template {
	out := &template{random: t.random}
	var literal []byte
	for i := range t.pieces {
		p := &t.pieces[i]
		literal = append(literal, p.literal...)
		if p.expr == nil {
			continue
		}
		if path, ok := p.expr.(*pathExpression); ok && !path.path.context {
			v, fail := path.value(e, data)
			if fail != nil || len(literal)+len(v) > maxRendered {
				return t
			}
			literal = append(literal, v...)
			continue
		}
		out.pieces = append(out.pieces, piece{string(literal), p.expr})
		literal = literal[:0]
	}
	out.pieces = append(out.pieces, piece{literal: string(literal)})
	return out
}
