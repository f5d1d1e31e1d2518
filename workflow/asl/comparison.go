package asl

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"countersign/workflow/asl/jsontext"
)

// test is the condition of a choice rule.
type test interface {
	holds(e *environment, data json.RawMessage) (bool, *failure)
}

type (
	allOf  []test               // And
	anyOf  []test               // Or
	negate struct{ inner test } // Not
)

func (t allOf) holds(e *environment, data json.RawMessage) (bool, *failure) {
	for _, inner := range t {
		if ok, fail := inner.holds(e, data); fail != nil || !ok {
			return false, fail
		}
	}
	return true, nil
}

func (t anyOf) holds(e *environment, data json.RawMessage) (bool, *failure) {
	for _, inner := range t {
		if ok, fail := inner.holds(e, data); fail != nil || ok {
			return ok, fail
		}
	}
	return false, nil
}

func (t negate) holds(e *environment, data json.RawMessage) (bool, *failure) {
	ok, fail := t.inner.holds(e, data)
	return !ok, fail
}

// presence is IsPresent.
type presence struct {
	variable *path
	want     bool
}

func (t *presence) holds(e *environment, data json.RawMessage) (bool, *failure) {
	value, found, err := e.lookup(t.variable, data)
	if err != nil {
		found = false
	} else if found && !t.variable.definite() {
		found = !isEmptyArray(value)
	}
	return found == t.want, nil
}

func isEmptyArray(b json.RawMessage) bool {
	return len(b) > 1 && b[0] == '[' && jsontext.SkipSpace(b, 1) == len(b)-1
}

// variable reads a rule's Variable; only IsPresent bears that it is missing.
func variable(e *environment, p *path, data json.RawMessage) (json.RawMessage, *failure) {
	value, found, err := e.lookup(p, data)
	if err != nil || !found {
		return nil, runtimeFailure(e.f, "Invalid path '%s': The choice state's condition path references an invalid value.", p.text)
	}
	return value, nil
}

// typeTest is IsNull, IsNumeric, IsString, IsBoolean and IsTimestamp.
type typeTest struct {
	variable *path
	is       func(json.RawMessage) bool
	want     bool
}

func (t *typeTest) holds(e *environment, data json.RawMessage) (bool, *failure) {
	value, fail := variable(e, t.variable, data)
	if fail != nil {
		return false, fail
	}
	return t.is(value) == t.want, nil
}

var typeTests = map[string]func(json.RawMessage) bool{
	"IsNull":      func(b json.RawMessage) bool { return rawKind(b) == 'n' },
	"IsNumeric":   func(b json.RawMessage) bool { return rawKind(b) == '0' },
	"IsString":    func(b json.RawMessage) bool { return rawKind(b) == '"' },
	"IsBoolean":   func(b json.RawMessage) bool { return rawKind(b) == 't' },
	"IsTimestamp": func(b json.RawMessage) bool { _, ok := timestampOf(b); return ok },
}

// comparison compares a variable with a value or with what a path names. Values of
// different types are never equal, less or greater.
type comparison struct {
	variable *path
	value    json.RawMessage // nil when with is set
	with     *path
	compare  comparer
}

// comparer compares two JSON texts.
type comparer func(a, b json.RawMessage) bool

func (t *comparison) holds(e *environment, data json.RawMessage) (bool, *failure) {
	a, fail := variable(e, t.variable, data)
	if fail != nil {
		return false, fail
	}
	b := t.value
	if t.with != nil {
		if b, fail = variable(e, t.with, data); fail != nil {
			return false, fail
		}
	}
	return t.compare(a, b), nil
}

// orders are the five relations that strings, numbers and timestamps have.
var orders = map[string]func(int) bool{
	"Equals":            func(c int) bool { return c == 0 },
	"LessThan":          func(c int) bool { return c < 0 },
	"GreaterThan":       func(c int) bool { return c > 0 },
	"LessThanEquals":    func(c int) bool { return c <= 0 },
	"GreaterThanEquals": func(c int) bool { return c >= 0 },
}

func stringComparer(order func(int) bool) comparer {
	return func(a, b json.RawMessage) bool {
		s, ok := rawString(a)
		t, ok2 := rawString(b)
		return ok && ok2 && order(strings.Compare(s, t))
	}
}

func numericComparer(order func(int) bool) comparer {
	return func(a, b json.RawMessage) bool {
		if rawKind(a) != '0' || rawKind(b) != '0' {
			return false
		}
		return order(compareNumbers(string(a), string(b)))
	}
}

// compareNumbers compares whole numbers exactly, others as IEEE 754 doubles.
func compareNumbers(a, b string) int {
	i, err := strconv.ParseInt(a, 10, 64)
	j, err2 := strconv.ParseInt(b, 10, 64)
	if err == nil && err2 == nil {
		return compare(i, j)
	}
	f, _ := strconv.ParseFloat(a, 64)
	g, _ := strconv.ParseFloat(b, 64)
	return compare(f, g)
}

func compare[N int64 | float64](a, b N) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func timestampComparer(order func(int) bool) comparer {
	return func(a, b json.RawMessage) bool {
		t, ok := timestampOf(a)
		u, ok2 := timestampOf(b)
		return ok && ok2 && order(time.Time.Compare(t, u))
	}
}

func booleanEquals(a, b json.RawMessage) bool {
	return rawKind(a) == 't' && rawKind(b) == 't' && a[0] == b[0]
}

// matchTest is StringMatches: literal parts with anything between them.
type matchTest struct {
	variable *path
	parts    []string
}

func (t *matchTest) holds(e *environment, data json.RawMessage) (bool, *failure) {
	value, fail := variable(e, t.variable, data)
	if fail != nil {
		return false, fail
	}
	s, ok := rawString(value)
	return ok && globMatch(t.parts, s), nil
}

// globParts splits a pattern at its stars; \* and \\ stand for themselves.
func globParts(pattern string) []string {
	var parts []string
	var part strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '*':
			parts = append(parts, part.String())
			part.Reset()
			continue
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
		}
		part.WriteByte(pattern[i])
	}
	return append(parts, part.String())
}

// globMatch says whether s begins with the first part, ends with the last, and has
// the others in between in their order.
func globMatch(parts []string, s string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return s == first
	}
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	if s, ok = strings.CutSuffix(s, last); !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, s, ok = strings.Cut(s, part); !ok {
			return false
		}
	}
	return true
}
