package asl

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Diagnostic is one problem of a definition, or something in it that is hardly meant so.
type Diagnostic struct {
	Severity Severity
	Code     string
	Message  string
	// Location is the place as the service names it: /States/Choose/Choices[0]/Next, and
	// the object itself where a field has no business in it. It is empty where the service
	// names none.
	Location string
	Pointer  string // JSON Pointer (RFC 6901) to the very value; "" is the whole text
	Line     int    // from 1

	stage stage
	order int // offset in the text
}

// Severity says whether a diagnostic keeps a definition from being used.
type Severity string

// The severities.
const (
	SeverityError   Severity = "ERROR"
	SeverityWarning Severity = "WARNING"
)

func (d Diagnostic) String() string {
	at := d.Location
	if at == "" {
		at = "/"
	}
	return fmt.Sprintf("line %d: %s: %s at %s", d.Line, d.Code, d.Message, at)
}

// Codes of errors. All are the service's, but for the last two.
const (
	CodeInvalidJSON        = "INVALID_JSON_DESCRIPTION"
	CodeMissingDescription = "MISSING_DESCRIPTION"
	CodeSchema             = "SCHEMA_VALIDATION_FAILED"
	CodeInvalidResource    = "INVALID_RESOURCE" // of an integration that is not offered
	CodeTooDeep            = "TOO_DEEPLY_NESTED"
	CodeStateName          = "INVALID_STATE_NAME"
	CodeDuplicateName      = "DUPLICATE_STATE_NAME"
	CodeLabelName          = "INVALID_LABEL_NAME"
	CodeDuplicateLabel     = "DUPLICATE_LABEL_NAME"
	CodeVariableName       = "INVALID_VARIABLE_NAME"
	CodeReservedVariable   = "RESERVED_VARIABLE_NAME"
	CodeInvalidJSONata     = "INVALID_JSONATA_EXPRESSION"
	CodeUnsupportedJSONata = "UNSUPPORTED_JSONATA_EXPRESSION"
	CodeMissingTarget      = "MISSING_TRANSITION_TARGET"
	CodeMissingEnd         = "MISSING_END_STATE"
	CodeTooLarge           = "DEFINITION_TOO_LARGE"
	// CodeNotSupported: the service has it, this interpreter does not.
	CodeNotSupported = "NOT_SUPPORTED"
)

// Codes of warnings. All are the service's, but for the last.
const (
	CodeNoDollar       = "NO_DOLLAR"
	CodeNoPath         = "NO_PATH"
	CodeStaticResult   = "PASS_RESULT_IS_STATIC"
	CodeUnknownError   = "UNKNOWN_ERROR_NAME"
	maxDiagnostics     = 200 // bounds the answer to a definition that is wrong throughout
	maxWarnings        = 100 // of those
	locationOfNowhere  = "null"
	invalidDefinition  = "Invalid State Machine Definition: '"
	diagnosticsBetween = ", "
)

// stage is when the service looks for a problem: it tells of form before transitions,
// and of those before reachability.
type stage int8

const (
	stageForm stage = iota
	stageTargets
	stageReach
)

var stages = map[string]stage{CodeMissingTarget: stageTargets, CodeMissingEnd: stageReach}

// Diagnostics are all problems of a definition in the order in which the service tells
// them. It is the error of Compile.
type Diagnostics []Diagnostic

func (d Diagnostics) Error() string {
	lines := make([]string, len(d))
	for i := range d {
		lines[i] = d[i].String()
	}
	return strings.Join(lines, "\n")
}

// Failed says whether any of them is an error.
func (d Diagnostics) Failed() bool {
	return slices.ContainsFunc(d, func(one Diagnostic) bool { return one.Severity == SeverityError })
}

// Errors are those that keep the definition from being used.
func (d Diagnostics) Errors() Diagnostics {
	return slices.DeleteFunc(slices.Clone(d), func(one Diagnostic) bool { return one.Severity != SeverityError })
}

// Message is how CreateStateMachine and UpdateStateMachine tell of the errors.
func (d Diagnostics) Message() string {
	var b strings.Builder
	b.WriteString(invalidDefinition)
	for i, one := range d.Errors() {
		if i > 0 {
			b.WriteString(diagnosticsBetween)
		}
		b.WriteString(one.Code + ": " + one.Message + " at " + cmp.Or(one.Location, locationOfNowhere))
	}
	b.WriteByte('\'')
	return b.String()
}

// report collects diagnostics.
type report struct {
	lines    []int // offsets of line breaks
	root     *value
	list     Diagnostics
	seen     map[Diagnostic]bool
	warnings int
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

// column counts from 1.
func (r *report) column(offset int) int {
	if n := sort.SearchInts(r.lines, offset); n > 0 {
		return offset - r.lines[n-1]
	}
	return offset + 1
}

func (r *report) put(d Diagnostic) {
	if r.seen[d] || len(r.list) >= maxDiagnostics {
		return
	}
	if d.Severity == SeverityWarning {
		if r.warnings++; r.warnings > maxWarnings {
			return
		}
	}
	r.seen[d] = true
	r.list = append(r.list, d)
}

func (r *report) add(code, pointer string, offset int, format string, args ...any) {
	r.put(Diagnostic{
		Severity: SeverityError, Code: code, Message: fmt.Sprintf(format, args...),
		Pointer: pointer, Line: r.line(offset), stage: stages[code], order: offset,
	})
}

// at reports a problem of a value.
func (r *report) at(p place, code, format string, args ...any) {
	r.add(code, p.pointer, p.value.start, format, args...)
}

// within reports a problem of a field that the service finds in the object around it.
func (r *report) within(object, field place, offset int, code, format string, args ...any) {
	r.put(Diagnostic{
		Severity: SeverityError, Code: code, Message: fmt.Sprintf(format, args...),
		Location: r.locate(object.pointer), Pointer: field.pointer, Line: r.line(offset),
		stage: stages[code], order: object.value.start,
	})
}

// warn reports something of a field that is hardly meant so, in the place named by location.
func (r *report) warn(location, field place, code, format string, args ...any) {
	r.put(Diagnostic{
		Severity: SeverityWarning, Code: code, Message: fmt.Sprintf(format, args...),
		Location: r.locate(location.pointer), Pointer: field.pointer, Line: r.line(field.value.start),
		order: field.value.start,
	})
}

// sorted is the list in the service's order, every diagnostic with its location.
func (r *report) sorted() Diagnostics {
	for i := range r.list {
		switch d := &r.list[i]; {
		case d.Location != "" || d.Code == CodeMissingEnd || r.root == nil:
		default:
			d.Location = r.locate(d.Pointer)
		}
	}
	slices.SortStableFunc(r.list, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.order, b.order))
	})
	return r.list
}

// locate spells a JSON Pointer as the service spells locations.
func (r *report) locate(pointer string) string {
	if pointer == "" || r.root == nil {
		return "/"
	}
	var b strings.Builder
	v := r.root
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = unescapePointer(token)
		i, err := strconv.Atoi(token)
		if v != nil && v.kind == '[' && err == nil && i < len(v.items) {
			b.WriteString("[" + token + "]")
			v = v.items[i]
			continue
		}
		b.WriteString("/" + token)
		if v != nil {
			v = v.get(token)
		}
	}
	return b.String()
}
