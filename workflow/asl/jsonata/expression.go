package jsonata

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
)

// Expression is a parsed expression. It never changes, but for what is known of the time
// that it takes.
type Expression struct {
	slow atomic.Bool // it was the last time

	text string
	refs References
	// quick is set for a simple expression, which can be evaluated without the library.
	quick node
}

// References is what an expression refers to that it does not define itself.
type References struct {
	// Variables are names without their $, functions among them, in the order of the text.
	Variables []string `json:"variables"`
	// States are the members of $states that are read; an empty name stands for all of
	// them, where $states is used other than by a member's name.
	States []string `json:"states"`
	// Context has up to two names that follow each $states.context.
	Context [][]string `json:"context"`
	// Bare are the names that are read from the context, of which there is none; "$" is
	// the context itself.
	Bare []string `json:"bare"`
	Root bool     `json:"root"` // $$ is read

	Calls []string `json:"calls"` // names of functions that are called
}

// maxExpression bounds the time that parsing takes, in bytes of the text.
const maxExpression = 64 << 10

// SyntaxError says why a text is no expression.
type SyntaxError struct {
	Code    string
	Message string
}

func (e *SyntaxError) Error() string { return e.Message }

// Parse reads an expression, without the delimiters {% and %}. The error is a *SyntaxError.
func Parse(text string) (*Expression, error) {
	e := &Expression{text: text}
	if p := parsePlain(text); p != nil {
		e.quick, e.refs = p, p.references()
		return e, nil
	}
	if known := recent.get(text); known != nil {
		return known, nil
	}
	if len(text) > maxExpression {
		return nil, &SyntaxError{Message: fmt.Sprintf("The expression has %d characters, more than the limit of %d", len(text), maxExpression)}
	}
	in := acquire()
	defer in.release()
	compiled, err := in.compiled(text)
	if err != nil {
		return nil, syntaxError(err)
	}
	facts, err := in.watched(in.facts, compiled)
	if err != nil {
		return nil, syntaxError(err)
	}
	found := struct {
		Refs  *References
		Quick json.RawMessage
	}{Refs: &e.refs}
	if err := json.Unmarshal([]byte(facts.String()), &found); err != nil {
		return nil, err
	}
	e.quick = quickly(found.Quick)
	recent.put(e)
	return e, nil
}

func syntaxError(err error) error {
	if f, ok := err.(*Failure); ok {
		return &SyntaxError{Code: f.Code, Message: f.Message}
	}
	return err
}

// Plain says that the expression only follows names, which costs nothing to parse.
func (e *Expression) Plain() bool { _, is := e.quick.(*plain); return is }

// Text is the expression as it was written.
func (e *Expression) Text() string { return e.text }

// References says what the expression refers to. The caller must not change it.
func (e *Expression) References() *References { return &e.refs }

// chance are the functions that draw random values.
var chance = []string{"random", "uuid", "shuffle"}

// Random says whether the expression may give another value each time.
func (e *Expression) Random() bool {
	return slices.ContainsFunc(chance, func(name string) bool { return slices.Contains(e.refs.Variables, name) })
}

// SeesInput says whether $states.context.Execution.Input may be read.
func (e *Expression) SeesInput() bool {
	return slices.ContainsFunc(e.refs.Context, func(names []string) bool {
		return len(names) == 0 || names[0] == "Execution" && (len(names) == 1 || names[1] == "Input")
	})
}

// Timed says whether the expression looks at the time.
func (e *Expression) Timed() bool {
	return slices.Contains(e.refs.Variables, "now") || slices.Contains(e.refs.Variables, "millis")
}

// Builtin says whether a name, without its $, is one of the functions.
func Builtin(name string) bool { return slices.Contains(builtins, name) }

var builtins = []string{
	"sum", "count", "max", "min", "average", "string", "substring", "substringBefore", "substringAfter",
	"lowercase", "uppercase", "length", "trim", "pad", "match", "contains", "replace", "split", "join",
	"formatNumber", "formatBase", "formatInteger", "parseInteger", "number", "floor", "ceil", "round", "abs",
	"sqrt", "power", "random", "boolean", "not", "map", "zip", "filter", "single", "reduce", "sift", "keys",
	"lookup", "append", "exists", "spread", "merge", "reverse", "each", "error", "assert", "type", "sort",
	"shuffle", "distinct", "base64encode", "base64decode", "encodeUrlComponent", "encodeUrl",
	"decodeUrlComponent", "decodeUrl", "toMillis", "fromMillis", "clone", "now", "millis",
	"partition", "range", "hash", "uuid", "parse",
}
