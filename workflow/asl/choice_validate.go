package asl

import (
	"encoding/json"
	"strings"
)

// operator is a comparison operator of choice rules.
type operator struct {
	kinds   string // of its value
	byPath  bool   // its value is a path
	compare comparer
	is      func(json.RawMessage) bool
	glob    bool   // its value is a pattern
	time    bool   // its value is a timestamp
	symbol  string // for people
}

// operators has every comparison operator of the language by its name.
var operators = makeOperators()

// operatorFields are the operators as fields of a choice rule.
var operatorFields = makeOperatorFields()

func makeOperators() map[string]operator {
	all := map[string]operator{
		"BooleanEquals": {kinds: `t`, compare: booleanEquals, symbol: "="},
		"StringMatches": {kinds: `"`, glob: true, symbol: "matches"},
		"IsPresent":     {kinds: `t`, symbol: "is present"},
	}
	symbols := map[string]string{
		"Equals": "=", "LessThan": "<", "GreaterThan": ">", "LessThanEquals": "≤", "GreaterThanEquals": "≥",
	}
	for name, order := range orders {
		all["String"+name] = operator{kinds: `"`, compare: stringComparer(order), symbol: symbols[name]}
		all["Numeric"+name] = operator{kinds: `0`, compare: numericComparer(order), symbol: symbols[name]}
		all["Timestamp"+name] = operator{kinds: `"`, compare: timestampComparer(order), symbol: symbols[name], time: true}
	}
	for name, op := range all {
		if op.compare != nil {
			op.kinds, op.byPath, op.time = `"`, true, false
			all[name+"Path"] = op
		}
	}
	for name, is := range typeTests {
		all[name] = operator{kinds: `t`, is: is, symbol: "is " + strings.ToLower(name[2:])}
	}
	return all
}

func makeOperatorFields() fields {
	f := fields{}
	for name, op := range operators {
		f[name] = op.kinds
	}
	return f
}

func (c *compiler) choice(p place) body {
	b := &choiceBody{otherwise: c.target(p, "Default")}
	list, ok := p.member("Choices")
	if !ok || list.value.kind != '[' {
		return b
	}
	if len(list.value.items) == 0 {
		c.at(list, CodeSchema, "The field 'Choices' must have at least one choice rule")
	}
	for i := range list.value.items {
		item := list.item(i)
		if item.value.kind != '{' {
			continue
		}
		if item.value.get("Next") == nil {
			c.at(item, CodeSchema, "These fields are required: [Next]")
		}
		test, label := c.rule(item)
		b.rules = append(b.rules, choiceRule{test: test, next: c.target(item, "Next"), label: label})
	}
	return b
}

// rule compiles a choice rule's condition, and puts it in words.
func (c *compiler) rule(p place) (test, string) {
	var found []string
	p.each(func(name string, _ int, _ place) {
		if _, ok := operators[name]; ok || name == "And" || name == "Or" || name == "Not" {
			found = append(found, name)
		}
	})
	if len(found) != 1 {
		c.at(p, CodeSchema, "A choice rule must have exactly one comparison operator, And, Or or Not, and has %d", len(found))
		return nil, ""
	}
	name := found[0]
	value, _ := p.member(name)
	switch name {
	case "And", "Or":
		tests, label := c.rules(value, name)
		if name == "And" {
			return allOf(tests), label
		}
		return anyOf(tests), label
	case "Not":
		if value.value.kind != '{' {
			return nil, ""
		}
		inner, label := c.nested(value)
		return negate{inner}, "not (" + label + ")"
	}
	return c.comparison(p, name, value)
}

// nested compiles a rule within And, Or or Not, which names no state.
func (c *compiler) nested(p place) (test, string) {
	if next, ok := p.member("Next"); ok {
		c.at(next, CodeSchema, "The field 'Next' may stand in a topmost choice rule only")
	}
	return c.rule(p)
}

func (c *compiler) rules(list place, name string) (tests []test, label string) {
	if list.value.kind != '[' {
		return nil, ""
	}
	if len(list.value.items) == 0 {
		c.at(list, CodeSchema, "The field '%s' must have at least one choice rule", name)
	}
	var labels []string
	for i := range list.value.items {
		if item := list.item(i); item.value.kind == '{' {
			t, l := c.nested(item)
			tests, labels = append(tests, t), append(labels, l)
		}
	}
	return tests, strings.Join(labels, " "+strings.ToLower(name)+" ")
}

func (c *compiler) comparison(p place, name string, value place) (test, string) {
	op := operators[name]
	v, ok := p.member("Variable")
	if !ok {
		c.at(p, CodeSchema, "These fields are required: [Variable]")
		return nil, ""
	}
	variable := c.path(v, false)
	if !strings.Contains(op.kinds, string(value.value.kind)) {
		return nil, ""
	}
	raw := json.RawMessage(c.d.raw(value.value))
	label := v.value.text + " " + op.symbol
	switch {
	case op.glob:
		return &matchTest{variable, globParts(value.value.text)}, label + " " + string(raw)
	case op.compare == nil:
		want := raw[0] == 't'
		if !want {
			label = v.value.text + " " + strings.Replace(op.symbol, "is ", "is not ", 1)
		}
		if op.is == nil {
			return &presence{variable, want}, label
		}
		return &typeTest{variable, op.is, want}, label
	case op.byPath:
		return &comparison{variable: variable, with: c.path(value, false), compare: op.compare}, label + " " + value.value.text
	}
	if _, valid := parseTimestamp(value.value.text); op.time && !valid {
		c.at(value, CodeSchema, "String does not match RFC3339 timestamp")
	}
	return &comparison{variable: variable, value: raw, compare: op.compare}, label + " " + string(raw)
}
