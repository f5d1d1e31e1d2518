package asl

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
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

// operatorNames are the operators in the order of the alphabet.
var operatorNames = slices.Sorted(maps.Keys(operators))

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
	for _, name := range slices.Collect(maps.Keys(all)) {
		if op := all[name]; op.compare != nil {
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
		f[name] = onlyJSONPath + op.kinds
	}
	return f
}

func (c *compiler) choice(p place) body {
	b := &choiceBody{otherwise: c.target(p, "Default")}
	list, ok := p.member("Choices")
	if !ok || list.value.kind != '[' {
		return b
	}
	for i := range list.value.items {
		item := list.item(i)
		if item.value.kind != '{' {
			continue
		}
		b.rules = append(b.rules, c.topRule(item, "Choices["+strconv.Itoa(i)+"]/"))
	}
	return b
}

// ruleSelectors are the fields that say what kind of rule one is.
var ruleSelectors = []string{"And", "Or", "Not", "Variable", "Condition"}

// topRule compiles a choice rule with what it does when it holds. The state's own Output
// and Assign are for its Default.
func (c *compiler) topRule(p place, within string) choiceRule {
	r := choiceRule{next: c.target(p, "Next")}
	if c.current.jsonata {
		r.test, r.label = c.condition(p, within+"Condition")
		out, _ := p.member("Output")
		lang := &jsonataLanguage{assign: c.assign(p, within, 0)}
		if out.value != nil {
			lang.out = c.queriesIn(out, within+"Output", 0)
		}
		r.lang = lang
		return r
	}
	r.test, r.label = c.rule(p)
	lang := *c.current.lang.(*jsonPath)
	lang.assign = c.assign(p, within, 0)
	r.lang = &lang
	return r
}

// condition compiles the Condition of JSONata.
func (c *compiler) condition(p place, field string) (test, string) {
	f, ok := p.member("Condition")
	switch {
	case !ok: // which the form says
	case f.value.kind == 't':
		return &condition{fixed: c.d.src[f.value.start] == 't'}, string(c.d.raw(f.value))
	case f.value.kind == '"':
		text, isQuery := queryText(f.value.text)
		if !isQuery {
			c.at(f, CodeSchema, "The value of the field 'Condition' must be a boolean or a JSONata expression")
			return nil, ""
		}
		return &condition{query: c.query(f, field, 0)}, text
	}
	return nil, ""
}

// rule compiles a choice rule's condition, and puts it in words.
func (c *compiler) rule(p place) (test, string) {
	var found []string
	for _, name := range ruleSelectors {
		if p.value.get(name) != nil {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		c.at(p, CodeSchema, "The object must have only one of the following fields, [%s]", strings.Join(ruleSelectors, ", "))
		return nil, ""
	}
	value, _ := p.member(found[0])
	switch found[0] {
	case "And":
		tests, label := c.rules(value, "and")
		return allOf(tests), label
	case "Or":
		tests, label := c.rules(value, "or")
		return anyOf(tests), label
	case "Not":
		if value.value.kind != '{' {
			return nil, ""
		}
		inner, label := c.rule(value)
		return negate{inner}, "not (" + label + ")"
	case "Variable":
		return c.comparison(p, value)
	}
	return nil, "" // the form has refused Condition
}

func (c *compiler) rules(list place, conjunction string) (tests []test, label string) {
	if list.value.kind != '[' {
		return nil, ""
	}
	var labels []string
	for i := range list.value.items {
		if item := list.item(i); item.value.kind == '{' {
			t, l := c.rule(item)
			tests, labels = append(tests, t), append(labels, l)
		}
	}
	return tests, strings.Join(labels, " "+conjunction+" ")
}

func (c *compiler) comparison(p, v place) (test, string) {
	var name string
	found := 0
	for _, m := range p.value.members {
		if _, ok := operators[m.name]; ok {
			name = m.name
			found++
		}
	}
	if found != 1 {
		c.alternatives(p, true, operatorNames...)
		return nil, ""
	}
	op := operators[name]
	variable := c.operand(v)
	value, _ := p.member(name)
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
		return &comparison{variable: variable, with: c.operand(value), compare: op.compare}, label + " " + value.value.text
	}
	if _, valid := parseTimestamp(value.value.text); op.time && !valid {
		c.at(value, CodeSchema, "String does not match RFC3339 timestamp")
	}
	return &comparison{variable: variable, value: raw, compare: op.compare}, label + " " + string(raw)
}

// operand compiles a path that a rule compares, of which the service speaks otherwise.
func (c *compiler) operand(p place) *path {
	if p.value.kind == '"' && !strings.HasPrefix(p.value.text, "$") {
		c.at(p, CodeSchema, notReference+": Reference path didn't start with '$'")
		return nil
	}
	return c.path(p, false)
}
