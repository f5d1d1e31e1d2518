package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// path is a compiled JSONPath: $… applies to a state's data, $$… to the context object.
type path struct {
	text    string // as it stands in the definition
	context bool   // starts with $$
	// variable is the variable that the path starts with, without its $; empty for none.
	variable string
	// Of a definite path, one that names a single place, the fields and indexes to
	// follow. It is walked in the JSON text itself.
	steps []pathStep
	// Of any other path, all its tokens.
	tokens []pathToken
}

type pathStep struct {
	name  string
	index int
	array bool // index counts, not name
}

func (p *path) definite() bool { return p.tokens == nil }

// root says whether the path is just $ or $$.
func (p *path) root() bool { return p.tokens == nil && len(p.steps) == 0 && p.variable == "" }

// ofData says whether the path is applied to the data that it is given.
func (p *path) ofData() bool { return !p.context && p.variable == "" }

var errPathForm = errors.New("not a JSONPath")

// parsePath compiles a JSONPath as the service's library for them reads it.
func parsePath(text string) (*path, error) {
	p := &path{text: text}
	rest := text
	if strings.HasPrefix(rest, "$$") {
		p.context, rest = true, rest[1:]
	}
	if !strings.HasPrefix(rest, "$") {
		return nil, errPathForm
	}
	rest = rest[1:]
	if !p.context {
		p.variable = identifier(rest)
		rest = rest[len(p.variable):]
	}
	parser := &pathParser{s: rest}
	tokens, err := parser.tokens()
	if err != nil || parser.more() {
		return nil, errPathForm
	}
	for i := range tokens {
		t := &tokens[i]
		if !t.single() {
			p.tokens, p.steps = tokens, nil
			return p, nil
		}
		if t.kind == tokenNames {
			p.steps = append(p.steps, pathStep{name: t.names[0]})
		} else {
			p.steps = append(p.steps, pathStep{index: t.indexes[0], array: true})
		}
	}
	return p, nil
}

// identifier is the longest name of a variable at the start of s.
func identifier(s string) string {
	for i, r := range s {
		if !identifierStart(r) && (i == 0 || !identifierPart(r)) {
			return s[:i]
		}
	}
	return s
}

// reference says whether p is a Reference Path (specification, "Reference Paths"):
// definite, and not into the context object.
func (p *path) reference() bool { return p.definite() && !p.context }

// in follows the path through a JSON text. found is false when a definite path
// names a place that is not there.
func (p *path) in(data json.RawMessage) (value json.RawMessage, found bool, err error) {
	if p.tokens != nil {
		return p.search(data)
	}
	for i := range p.steps {
		var start, end int
		if st := &p.steps[i]; st.array {
			start, end, found = element(data, st.index)
		} else {
			start, end, found = member(data, st.name)
		}
		if !found {
			return nil, false, nil
		}
		data = data[start:end:end]
	}
	return data, true, nil
}

// missing says, in the words of the service's library for paths, why a path leads
// nowhere in a text.
func (p *path) missing(data json.RawMessage) string {
	if !p.definite() {
		return "No results for path: " + p.text
	}
	i, at := p.failsAt(data)
	st := &p.steps[i]
	switch {
	case st.array && rawKind(at) != '[':
		return fmt.Sprintf("Filter: [%d] can only be applied to arrays. Current context is: %s", st.index, cut(string(at), 1024))
	case !st.array && rawKind(at) != '{':
		return fmt.Sprintf("Expected to find an object with property ['%s'] in path %s but found '%s'.", st.name, p.normal(i), cut(string(at), 1024))
	case !st.array && i < len(p.steps)-1:
		return "Missing property in path " + p.normal(i+1)
	}
	return "No results for path: " + p.normal(len(p.steps))
}

// firstMissing is the step of a definite path that leads nowhere in a text.
func (p *path) firstMissing(data json.RawMessage) *pathStep {
	i, _ := p.failsAt(data)
	return &p.steps[i]
}

// failsAt finds the step of a definite path that leads nowhere, and the value it is
// applied to.
func (p *path) failsAt(data json.RawMessage) (int, json.RawMessage) {
	for i := range p.steps {
		st := &p.steps[i]
		var start, end int
		var found bool
		if st.array {
			start, end, found = element(data, st.index)
		} else {
			start, end, found = member(data, st.name)
		}
		if !found {
			return i, trim(data)
		}
		data = data[start:end:end]
	}
	return len(p.steps) - 1, data
}

// normal spells the first n steps of a definite path the way the service's error texts do.
func (p *path) normal(n int) string {
	var b strings.Builder
	b.WriteString("$" + p.variable)
	for _, st := range p.steps[:n] {
		if st.array {
			fmt.Fprintf(&b, "[%d]", st.index)
		} else {
			fmt.Fprintf(&b, "['%s']", st.name)
		}
	}
	return b.String()
}
