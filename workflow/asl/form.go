package asl

import (
	"slices"
	"strings"
)

// formCheck reports fields that are unknown, missing, of the other query language or of
// the wrong kind. It tells of an object's own problems before those of its values, as
// the service does.
type formCheck struct {
	*report
	jsonata bool // the state machine's query language
}

func newFormCheck(r *report, root place) *formCheck {
	return &formCheck{report: r, jsonata: inJSONata(root, false)}
}

// inJSONata says which query language an object is in: the one it names or else the
// given one. Only the exact word JSONPath means that; the service takes everything else
// for JSONata, even where it reports it.
func inJSONata(p place, otherwise bool) bool {
	q := p.value.get("QueryLanguage")
	if q == nil {
		return otherwise
	}
	return q.kind != '"' || q.text != "JSONPath"
}

// object checks one object against its table.
func (c *formCheck) object(p place, table fields, jsonata bool) {
	c.known(p, table, func(field place, at int, name, spec string) {
		language, other := "JSONPath", "JSONata"
		if jsonata {
			language, other = other, language
		}
		if jsonata && strings.Contains(spec, onlyJSONPath) || !jsonata && strings.Contains(spec, onlyJSONata) {
			c.within(p, field, at, CodeSchema, "The QueryLanguage is set to '%s', but field '%s' is only supported for the '%s' QueryLanguage",
				language, name, other)
		}
	})
	c.kinds(p, table, jsonata)
}

// known reports the fields that are not in the table and shows the others.
func (c *formCheck) known(p place, table fields, show func(field place, at int, name, spec string)) {
	p.each(func(name string, at int, field place) {
		spec, ok := table[name]
		if !ok {
			c.within(p, field, at, CodeSchema, "Field '%s' is not supported", name)
			return
		}
		show(field, at, name, spec)
	})
}

func (c *formCheck) kinds(p place, table fields, jsonata bool) {
	p.each(func(name string, _ int, field place) {
		spec, ok := table[name]
		if !ok || takes(spec, field.value, jsonata) {
			return
		}
		c.at(field, CodeSchema, "%s", expectedType([]byte(spec)...))
	})
}

// takes says whether a value is of a kind that the spec of its field allows.
func takes(spec string, v *value, jsonata bool) bool {
	if strings.IndexByte(spec, v.kind) >= 0 || v.kind == '0' && strings.IndexByte(spec, integer) >= 0 {
		return true
	}
	return jsonata && strings.IndexByte(spec, expressionToo) >= 0 && v.kind == '"' && strings.HasPrefix(v.text, "{%")
}

// expectedType names kinds as the service does.
func expectedType(spec ...byte) string {
	var names []string
	for _, k := range spec {
		if k == integer {
			return "Expected value of type Integer"
		}
		if name, ok := kindNames[k]; ok {
			names = append(names, name)
		}
	}
	return "Expected value of type [" + strings.Join(names, ", ") + "]"
}

var kindNames = map[byte]string{'{': "OBJECT", '[': "ARRAY", '"': "STRING", '0': "NUMBER", 't': "BOOLEAN", 'n': "NULL"}

func (c *formCheck) require(p place, names ...string) {
	var missing []string
	for _, n := range names {
		if p.value.get(n) == nil {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		c.at(p, CodeSchema, "These fields are required: [%s]", strings.Join(missing, ", "))
	}
}

// alternatives demands one of some fields, or at most one.
func (r *report) alternatives(p place, required bool, names ...string) {
	n := 0
	for _, name := range names {
		if p.value.get(name) != nil {
			n++
		}
	}
	list := strings.Join(names, ", ")
	switch {
	case n > 1:
		r.at(p, CodeSchema, "There should only be one of the following fields: [%s]", list)
	case n == 0 && required:
		r.at(p, CodeSchema, "This object should have only one of the following fields: [%s]", list)
	}
}

// oneOf demands that a string field is one of some words.
func (c *formCheck) oneOf(p place, name string, words ...string) {
	if f, ok := p.member(name); ok && f.value.kind == '"' && !slices.Contains(words, f.value.text) {
		c.at(f, CodeSchema, "Value should be one of the following: [%s]", strings.Join(words, ", "))
	}
}

func (c *formCheck) machine(p place) {
	c.require(p, "StartAt", "States")
	c.object(p, machineFields, c.jsonata)
	c.oneOf(p, "Version", "1.0")
	c.oneOf(p, "QueryLanguage", queryLanguages...)
	c.states(p)
}

var queryLanguages = []string{"JSONPath", "JSONata"}

// states checks the states of the machine, of a branch or of a processor.
func (c *formCheck) states(p place) {
	states, ok := p.member("States")
	if !ok || states.value.kind != '{' {
		return
	}
	if len(states.value.members) == 0 {
		c.at(states, CodeSchema, emptyValue)
	}
	states.each(func(_ string, _ int, state place) {
		if state.value.kind != '{' {
			c.at(state, CodeSchema, "%s", expectedType('{'))
			return
		}
		c.state(state)
	})
}

const emptyValue = "Value cannot be empty"

func (c *formCheck) state(p place) {
	typ, ok := p.member("Type")
	if !ok {
		c.require(p, "Type")
		return
	}
	table, ok := stateFields[typ.value.text]
	if !ok || typ.value.kind != '"' {
		c.at(typ, CodeSchema, "The field 'Type' should have one of these values: [%s]", strings.Join(stateTypes, ", "))
		return
	}
	jsonata := inJSONata(p, c.jsonata)
	if c.jsonata && !jsonata {
		// The state's fields are judged by neither language then.
		c.at(p, CodeSchema, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
		c.known(p, table, func(place, int, string, string) {})
		c.kinds(p, table, false)
	} else {
		c.object(p, table, jsonata)
	}
	c.oneOf(p, "QueryLanguage", queryLanguages...)
	c.require(p, requiredFields[typ.value.text]...)
	c.pairs(p)
	c.list(p, "Retry", false, func(item place) {
		c.object(item, retryFields, jsonata)
		c.require(item, "ErrorEquals")
		c.oneOf(item, "JitterStrategy", "NONE", "FULL")
	})
	c.list(p, "Catch", false, func(item place) {
		c.object(item, catchFields, jsonata)
		c.require(item, "ErrorEquals", "Next")
	})
	if !jsonata {
		c.hints(p)
	}
	switch typ.value.text {
	case "Choice":
		c.list(p, "Choices", true, func(item place) { c.topRule(item, jsonata) })
	case "Parallel":
		c.list(p, "Branches", true, func(item place) {
			c.object(item, branchFields, jsonata)
			c.require(item, "StartAt", "States")
			c.states(item)
		})
	case "Map":
		c.mapState(p, jsonata)
	case "Task":
		c.credentials(p)
	}
}

// list checks the objects of an array field.
func (c *formCheck) list(p place, name string, filled bool, check func(place)) {
	field, ok := p.member(name)
	if !ok || field.value.kind != '[' {
		return
	}
	if filled && len(field.value.items) == 0 {
		c.at(field, CodeSchema, emptyValue)
	}
	for i := range field.value.items {
		item := field.item(i)
		if item.value.kind != '{' {
			c.at(item, CodeSchema, "%s", expectedType('{'))
			continue
		}
		check(item)
	}
}

func (c *formCheck) credentials(p place) {
	cred, ok := p.member("Credentials")
	if !ok || cred.value.kind != '{' {
		return
	}
	if cred.value.get("RoleArn") == nil && cred.value.get("RoleArn.$") == nil {
		c.at(cred, CodeSchema, "The field 'RoleArn' is required but was missing")
	}
}

func (c *formCheck) topRule(p place, jsonata bool) {
	c.object(p, topRuleFields, jsonata)
	c.require(p, "Next")
	if jsonata {
		c.require(p, "Condition")
		return
	}
	c.nested(p)
}

// nested checks the rules within And, Or and Not.
func (c *formCheck) nested(p place) {
	for _, name := range []string{"And", "Or"} {
		c.list(p, name, true, c.rule)
	}
	if not, ok := p.member("Not"); ok && not.value.kind == '{' {
		c.rule(not)
	}
}

func (c *formCheck) rule(p place) {
	c.object(p, ruleFields, false)
	c.nested(p)
}
