package awsshape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// checker holds one answer against shapes. A problem is a sentence, none is empty.
type checker struct {
	shapes   map[string]shape
	required bool
	depth    int
}

// maxDepth is how far into an answer is looked. Only shapes that hold themselves go deeper.
const maxDepth = 64

// value checks a value, which is that of the named field or one of its items.
func (c *checker) value(field, name string, v json.RawMessage) string {
	s, known := c.shapes[name]
	if !known || c.depth >= maxDepth {
		return ""
	}
	c.depth++
	defer func() { c.depth-- }()
	switch s.Kind {
	case kindStructure:
		return c.structure(field, s, v)
	case kindList:
		return c.list(field, s, v)
	case kindMap:
		return c.each(field, s, v)
	case kindString:
		return c.text(field, s, v)
	case kindNumber:
		return c.number(field, s, v)
	case kindBoolean:
		if kind(v) != 't' {
			return mustBe(field, "a boolean")
		}
	}
	return ""
}

func mustBe(field, what string) string {
	if field == "" {
		return fmt.Sprintf("The result must be %s", what)
	}
	return fmt.Sprintf("Field '%s' must be %s", field, what)
}

// structure looks for members that are missing before it looks at those that are there,
// in the order of the answer's text.
func (c *checker) structure(field string, s shape, v json.RawMessage) string {
	given, names, ok := object(v)
	if !ok {
		return mustBe(field, "an object")
	}
	if c.required {
		for _, member := range s.Required {
			if _, there := given[capital(member)]; !there {
				return fmt.Sprintf("Required field '%s' is missing", capital(member))
			}
		}
	}
	spelt := make(map[string]string, len(s.Members))
	for member, of := range s.Members {
		spelt[capital(member)] = of
	}
	for _, name := range names {
		if of, known := spelt[name]; known {
			if problem := c.value(name, of, given[name]); problem != "" {
				return problem
			}
		}
	}
	return ""
}

func (c *checker) list(field string, s shape, v json.RawMessage) string {
	var items []json.RawMessage
	if kind(v) != '[' || json.Unmarshal(v, &items) != nil {
		return mustBe(field, "an array")
	}
	if problem := length(field, s, len(items)); problem != "" {
		return problem
	}
	for _, item := range items {
		if problem := c.value(field, s.Of, item); problem != "" {
			return problem
		}
	}
	return ""
}

func (c *checker) each(field string, s shape, v json.RawMessage) string {
	given, names, ok := object(v)
	if !ok {
		return mustBe(field, "an object")
	}
	for _, name := range names {
		if problem := c.value(field, s.Of, given[name]); problem != "" {
			return problem
		}
	}
	return ""
}

func (c *checker) text(field string, s shape, v json.RawMessage) string {
	var text string
	if kind(v) != '"' || json.Unmarshal(v, &text) != nil {
		return mustBe(field, "a string")
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		return fmt.Sprintf("Field '%s' is not an expected value", field)
	}
	return length(field, s, utf8.RuneCountInString(text))
}

func length(field string, s shape, n int) string {
	if s.Min != nil {
		if least, err := s.Min.Int64(); err == nil && int64(n) < least {
			return fmt.Sprintf("Field '%s' is shorter than the minimum length", field)
		}
	}
	if s.Max != nil {
		if most, err := s.Max.Int64(); err == nil && int64(n) > most {
			return fmt.Sprintf("Field '%s' exceeds the maximum length", field)
		}
	}
	return ""
}

func (c *checker) number(field string, s shape, v json.RawMessage) string {
	var n float64
	if kind(v) != '0' || json.Unmarshal(v, &n) != nil {
		return mustBe(field, "a number")
	}
	if s.Min != nil {
		if least, err := s.Min.Float64(); err == nil && n < least {
			return fmt.Sprintf("Field '%s' is less than the minimum value", field)
		}
	}
	if s.Max != nil {
		if most, err := s.Max.Float64(); err == nil && n > most {
			return fmt.Sprintf("Field '%s' exceeds the maximum value", field)
		}
	}
	return ""
}

// object is an object's members, and their names in the order of the text.
func object(v json.RawMessage) (members map[string]json.RawMessage, names []string, ok bool) {
	if kind(v) != '{' {
		return nil, nil, false
	}
	members = map[string]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(v))
	if _, err := d.Token(); err != nil {
		return nil, nil, false
	}
	for d.More() {
		key, err := d.Token()
		name, isName := key.(string)
		var value json.RawMessage
		if err != nil || !isName || d.Decode(&value) != nil {
			return nil, nil, false
		}
		if _, again := members[name]; !again {
			names = append(names, name)
		}
		members[name] = value
	}
	return members, names, true
}

// kind is { [ " 0 t n, as a value's text begins.
func kind(v json.RawMessage) byte {
	v = bytes.TrimLeft(v, " \t\r\n")
	switch {
	case len(v) == 0:
		return 0
	case v[0] == 'f':
		return 't'
	case v[0] == '-' || v[0] >= '0' && v[0] <= '9':
		return '0'
	}
	return v[0]
}
