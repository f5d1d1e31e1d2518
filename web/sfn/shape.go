package sfn

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is what a value is in JSON.
type kind int

const (
	aText kind = iota
	aNumber
	aFlag
	aList
	aStructure
)

// shape is what the API's model demands of a value.
type shape struct {
	kind     kind
	min, max int64    // of a text's characters, a number's value, a list's items; see bounded
	bounded  bool     // max counts
	pattern  *pattern // of a text
	values   []string // of a text; none: any
	secret   bool     // not repeated in messages
	item     *shape   // of a list
	members  []member // of a structure
}

type member struct {
	name     string
	shape    *shape
	required bool
}

// pattern is a regular expression of the model, which Go's engine may not have.
type pattern struct {
	source  string
	matches func(string) bool
}

func text(least, most int64) *shape { return &shape{kind: aText, min: least, max: most, bounded: true} }

func hidden(s *shape) *shape {
	c := *s
	c.secret = true
	return &c
}

func matching(s *shape, source string, matches func(string) bool) *shape {
	c := *s
	c.pattern = &pattern{source, matches}
	return &c
}

func oneOf(values ...string) *shape { return &shape{kind: aText, values: values} }

func number(least, most int64) *shape {
	return &shape{kind: aNumber, min: least, max: most, bounded: true}
}

func list(of *shape) *shape { return &shape{kind: aList, item: of} }

func (s *shape) items(least, most int64) *shape {
	s.min, s.max, s.bounded = least, most, true
	return s
}

func structure(members ...member) *shape { return &shape{kind: aStructure, members: members} }

func required(name string, s *shape) member { return member{name, s, true} }
func optional(name string, s *shape) member { return member{name, s, false} }

// checked compares a document with its shape. What remains are the members that the shape knows
// and that are not null. A value of another type than the shape's is a SerializationException
// at once; violations of constraints are collected into one ValidationException.
func checked(s *shape, document map[string]any) (map[string]any, error) {
	c := &checker{}
	value, err := c.structure(s, document, "")
	if err != nil {
		return nil, err
	}
	if len(c.violations) > 0 {
		return nil, violated(c.violations)
	}
	return value, nil
}

// maxViolations is how many are told at once; the service stops there too.
const maxViolations = 20

func violated(violations []string) *Error {
	errors := "errors"
	if len(violations) == 1 {
		errors = "error"
	}
	return Refuse("ValidationException", "%d validation %s detected: %s", len(violations), errors, strings.Join(violations, "; "))
}

type checker struct{ violations []string }

func (c *checker) violation(s *shape, value any, at, format string, args ...any) {
	if len(c.violations) >= maxViolations {
		return
	}
	shown := "Value '" + shownAs(value) + "'"
	switch {
	case value == nil:
		shown = "Value null"
	case s.secret:
		shown = "Value"
	}
	c.violations = append(c.violations, shown+" at '"+at+"' failed to satisfy constraint: "+fmt.Sprintf(format, args...))
}

func (c *checker) value(s *shape, value any, at string) (any, error) {
	switch s.kind {
	case aText:
		v, ok := value.(string)
		if !ok {
			return nil, mistyped(value, "String")
		}
		c.text(s, v, at)
		return v, nil
	case aNumber:
		v, ok := value.(json.Number)
		if !ok {
			return nil, mistyped(value, "Integer")
		}
		c.number(s, v, at)
		return v, nil
	case aFlag:
		if _, ok := value.(bool); !ok {
			return nil, mistyped(value, "Boolean")
		}
		return value, nil
	case aList:
		v, ok := value.([]any)
		if !ok {
			return nil, mistyped(value, "List")
		}
		return c.list(s, v, at)
	}
	v, ok := value.(map[string]any)
	if !ok {
		return nil, mistyped(value, "Structure")
	}
	return c.structure(s, v, at+".")
}

func (c *checker) structure(s *shape, document map[string]any, prefix string) (map[string]any, error) {
	known := make(map[string]any, len(document))
	for _, m := range s.members {
		at := prefix + m.name
		value := document[m.name]
		if value == nil {
			if m.required {
				c.violation(m.shape, nil, at, "Member must not be null")
			}
			continue
		}
		v, err := c.value(m.shape, value, at)
		if err != nil {
			return nil, err
		}
		known[m.name] = v
	}
	return known, nil
}

func (c *checker) list(s *shape, values []any, at string) (any, error) {
	c.length(s, values, at, int64(len(values)))
	known := make([]any, 0, len(values))
	for i, value := range values {
		where := at + "." + strconv.Itoa(i+1) + ".member"
		if value == nil {
			c.violation(s.item, nil, where, "Member must not be null")
			continue
		}
		v, err := c.value(s.item, value, where)
		if err != nil {
			return nil, err
		}
		known = append(known, v)
	}
	return known, nil
}

func (c *checker) text(s *shape, v, at string) {
	if len(s.values) > 0 && !slices.Contains(s.values, v) {
		c.violation(s, v, at, "Member must satisfy enum value set: [%s]", strings.Join(s.values, ", "))
	}
	c.length(s, v, at, int64(utf8.RuneCountInString(v)))
	if s.pattern != nil && !s.pattern.matches(v) {
		c.violation(s, v, at, "Member must satisfy regular expression pattern: %s", s.pattern.source)
	}
}

func (c *checker) length(s *shape, value any, at string, n int64) {
	if n < s.min {
		c.violation(s, value, at, "Member must have length greater than or equal to %d", s.min)
	}
	if s.bounded && n > s.max {
		c.violation(s, value, at, "Member must have length less than or equal to %d", s.max)
	}
}

func (c *checker) number(s *shape, v json.Number, at string) {
	f, err := v.Float64()
	if err != nil { // too large for a number at all
		f = math.Inf(1)
		if strings.HasPrefix(v.String(), "-") {
			f = math.Inf(-1)
		}
	}
	if f < float64(s.min) {
		c.violation(s, v, at, "Member must have value greater than or equal to %d", s.min)
	}
	if s.bounded && f > float64(s.max) {
		c.violation(s, v, at, "Member must have value less than or equal to %d", s.max)
	}
}

// truncated is a number as the service reads it where it wants an integer.
func truncated(n json.Number) int64 {
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64()
	return int64(max(math.MinInt64/2, min(math.MaxInt64/2, f)))
}

// mistyped words a value of the wrong type as the service's decoder does.
func mistyped(value any, wanted string) error {
	switch value := value.(type) {
	case map[string]any:
		return serialization("Start of structure or map found where not expected.")
	case []any:
		return serialization("Start of list found where not expected")
	case json.Number:
		return unlike("NUMBER_VALUE", wanted)
	case bool:
		return unlike(strings.ToUpper(strconv.FormatBool(value))+"_VALUE", wanted)
	}
	return unlike("STRING_VALUE", wanted)
}

func unlike(found, wanted string) error {
	switch wanted {
	case "Structure":
		return serialization("Unexpected field type")
	case "List":
		return serialization("Unexpected collection type: %s", found)
	}
	return serialization("%s can not be converted to %s", found, article(wanted))
}

func article(noun string) string {
	if strings.ContainsRune("AEIOU", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// maxShown bounds how much of a value its refusal repeats.
const maxShown = 8 << 10

// shownAs is a value as Java prints it, which is what the service shows.
func shownAs(value any) string {
	var shown string
	switch value := value.(type) {
	case string:
		shown = value
	case []any:
		parts := make([]string, len(value))
		for i, v := range value {
			parts[i] = shownAs(v)
		}
		shown = "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for name, v := range value {
			parts = append(parts, name+"="+shownAs(v))
		}
		slices.Sort(parts)
		shown = "{" + strings.Join(parts, ", ") + "}"
	default:
		shown = fmt.Sprint(value)
	}
	if len(shown) > maxShown {
		return strings.ToValidUTF8(shown[:maxShown], "") + "..."
	}
	return shown
}
