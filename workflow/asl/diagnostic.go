package asl

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Diagnostic is one problem of a definition.
type Diagnostic struct {
	Code    string
	Message string
	Pointer string // JSON Pointer (RFC 6901) to the value; "" is the whole text
	Line    int    // from 1; 0 when the problem has no place
}

func (d Diagnostic) String() string {
	at := d.Pointer
	if at == "" {
		at = "/"
	}
	return fmt.Sprintf("line %d: %s: %s at %s", d.Line, d.Code, d.Message, at)
}

// Codes of diagnostics. All but CodeNotSupported are the service's.
const (
	CodeInvalidJSON   = "INVALID_JSON_DESCRIPTION"
	CodeSchema        = "SCHEMA_VALIDATION_FAILED"
	CodeMissingTarget = "MISSING_TRANSITION_TARGET"
	CodeMissingEnd    = "MISSING_END_STATE"
	CodeDuplicateName = "DUPLICATE_STATE_NAME"
	CodeTooLarge      = "DEFINITION_TOO_LARGE"
	// CodeNotSupported: the language has it, this interpreter does not yet.
	CodeNotSupported = "NOT_SUPPORTED"
)

// Diagnostics are all problems of a definition, in the order of its text. It is
// the error of Compile.
type Diagnostics []Diagnostic

func (d Diagnostics) Error() string {
	lines := make([]string, len(d))
	for i := range d {
		lines[i] = d[i].String()
	}
	return strings.Join(lines, "\n")
}

// maxDiagnostics bounds the answer to a definition that is wrong throughout.
const maxDiagnostics = 200

// report collects diagnostics.
type report struct {
	lines []int // offsets of line breaks
	list  Diagnostics
	seen  map[Diagnostic]bool
}

func newReport(src []byte) *report {
	r := &report{seen: map[Diagnostic]bool{}}
	for i, c := range src {
		if c == '\n' {
			r.lines = append(r.lines, i)
		}
	}
	return r
}

func (r *report) line(offset int) int { return sort.SearchInts(r.lines, offset) + 1 }

func (r *report) add(code, pointer string, offset int, format string, args ...any) {
	d := Diagnostic{Code: code, Message: fmt.Sprintf(format, args...), Pointer: pointer, Line: r.line(offset)}
	if r.seen[d] || len(r.list) >= maxDiagnostics {
		return
	}
	r.seen[d] = true
	r.list = append(r.list, d)
}

// at reports a problem of a value.
func (r *report) at(p place, code, format string, args ...any) {
	r.add(code, p.pointer, p.value.start, format, args...)
}

// sorted is the list in the order of the text, stages mixed.
func (r *report) sorted() Diagnostics {
	slices.SortStableFunc(r.list, func(a, b Diagnostic) int { return cmp.Compare(a.Line, b.Line) })
	return r.list
}
