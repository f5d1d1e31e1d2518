package asl

import (
	"slices"
	"strings"
)

// The tables of this file say which fields there are, and with which kinds of
// values: { object, [ array, " string, 0 number, t boolean, n null.

type fields map[string]string

const anyKind = `{["0tn`

var machineFields = fields{
	"Comment": `"`, "StartAt": `"`, "States": `{`, "Version": `"`, "TimeoutSeconds": `0`, "QueryLanguage": `"`,
}

var commonFields = fields{"Type": `"`, "Comment": `"`, "QueryLanguage": `"`}

// stateFields are the fields of each type of state besides commonFields.
var stateFields = map[string]fields{
	"Pass": {
		"InputPath": `"n`, "OutputPath": `"n`, "ResultPath": `"n`, "Parameters": `{`, "Result": anyKind,
		"Next": `"`, "End": `t`,
	},
	"Task": {
		"InputPath": `"n`, "OutputPath": `"n`, "ResultPath": `"n`, "Parameters": `{`, "ResultSelector": `{`,
		"Next": `"`, "End": `t`, "Resource": `"`, "Retry": `[`, "Catch": `[`,
		"TimeoutSeconds": `0`, "TimeoutSecondsPath": `"`, "HeartbeatSeconds": `0`, "HeartbeatSecondsPath": `"`,
		"Credentials": `{`,
	},
	"Choice": {"InputPath": `"n`, "OutputPath": `"n`, "Choices": `[`, "Default": `"`},
	"Wait": {
		"InputPath": `"n`, "OutputPath": `"n`, "Next": `"`, "End": `t`,
		"Seconds": `0`, "SecondsPath": `"`, "Timestamp": `"`, "TimestampPath": `"`,
	},
	"Parallel": {
		"InputPath": `"n`, "OutputPath": `"n`, "ResultPath": `"n`, "Parameters": `{`, "ResultSelector": `{`,
		"Next": `"`, "End": `t`, "Branches": `[`, "Retry": `[`, "Catch": `[`,
	},
	"Map": {
		"InputPath": `"n`, "OutputPath": `"n`, "ResultPath": `"n`, "Parameters": `{`, "ResultSelector": `{`,
		"Next": `"`, "End": `t`, "Iterator": `{`, "ItemProcessor": `{`, "Retry": `[`, "Catch": `[`,
		"ItemsPath": `"`, "ItemSelector": `{`, "MaxConcurrency": `0`, "MaxConcurrencyPath": `"`,
		"ToleratedFailureCount": `0`, "ToleratedFailureCountPath": `"`,
		"ToleratedFailurePercentage": `0`, "ToleratedFailurePercentagePath": `"`,
		"Label": `"`, "ItemReader": `{`, "ItemBatcher": `{`, "ResultWriter": `{`,
	},
	"Succeed": {"InputPath": `"n`, "OutputPath": `"n`},
	"Fail":    {"Error": `"`, "Cause": `"`, "ErrorPath": `"`, "CausePath": `"`},
}

// laterFields belong to the language but not yet to this interpreter; the value says to what.
var laterFields = map[string]string{
	"Assign": "Variables", "Arguments": "JSONata", "Output": "JSONata", "Items": "JSONata", "Condition": "JSONata",
}

var retryFields = fields{
	"ErrorEquals": `[`, "IntervalSeconds": `0`, "MaxAttempts": `0`, "BackoffRate": `0`,
	"MaxDelaySeconds": `0`, "JitterStrategy": `"`, "Comment": `"`,
}

var catchFields = fields{"ErrorEquals": `[`, "Next": `"`, "ResultPath": `"n`, "Comment": `"`}

// ruleFields are those of a choice rule besides its operators.
var ruleFields = fields{"Variable": `"`, "And": `[`, "Or": `[`, "Not": `{`, "Next": `"`, "Comment": `"`}

// stateTypes are all of the language; the service's message lists them in this order.
var stateTypes = []string{"Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"}

// formCheck reports fields that are unknown, missing or of the wrong kind.
type formCheck struct{ *report }

// object checks one object against its table.
func (c *formCheck) object(p place, what string, tables ...fields) {
	p.each(func(name string, at int, field place) {
		for _, t := range tables {
			if kinds, ok := t[name]; ok {
				c.kind(field, name, kinds)
				return
			}
		}
		if later, ok := laterFields[name]; ok {
			c.add(CodeNotSupported, field.pointer, at, "The field '%s' is not supported yet (%s)", name, later)
			return
		}
		c.add(CodeSchema, field.pointer, at, "The field '%s' is not supported in %s", name, what)
	})
}

func (c *formCheck) kind(p place, name, kinds string) bool {
	if strings.IndexByte(kinds, p.value.kind) >= 0 {
		return true
	}
	var names []string
	for _, k := range []byte(kinds) {
		names = append(names, kindNames[k])
	}
	c.at(p, CodeSchema, "The field '%s' must be %s", name, strings.Join(names, " or "))
	return false
}

var kindNames = map[byte]string{
	'{': "an object", '[': "an array", '"': "a string", '0': "a number", 't': "a boolean", 'n': "null",
}

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

func (c *formCheck) machine(p place) {
	c.require(p, "StartAt", "States")
	c.object(p, "a state machine", machineFields)
	if isJSONata(p) {
		return
	}
	c.states(p)
}

func (c *formCheck) states(p place) {
	if states, ok := p.member("States"); ok && states.value.kind == '{' {
		states.each(func(name string, at int, state place) {
			if c.kind(state, name, `{`) {
				c.state(state)
			}
		})
	}
}

func (c *formCheck) state(p place) {
	typ, ok := p.member("Type")
	if !ok {
		c.require(p, "Type")
		return
	}
	if typ.value.kind != '"' || !slices.Contains(stateTypes, typ.value.text) {
		c.at(typ, CodeSchema, "The field 'Type' should have one of these values: [%s]", strings.Join(stateTypes, ", "))
		return
	}
	table, ok := stateFields[typ.value.text]
	if !ok {
		c.at(typ, CodeNotSupported, "The state type '%s' is not supported yet", typ.value.text)
		return
	}
	c.branches(p)
	if isJSONata(p) {
		return // the fields are another language's; Validate says so
	}
	c.object(p, "a "+typ.value.text+" state", commonFields, table)
	switch typ.value.text {
	case "Task":
		c.require(p, "Resource")
	case "Choice":
		c.require(p, "Choices")
	case "Parallel":
		c.require(p, "Branches")
	}
	c.objects(p, "Retry", func(item place) {
		c.object(item, "a retrier", retryFields)
		c.require(item, "ErrorEquals")
	})
	c.objects(p, "Catch", func(item place) {
		c.object(item, "a catcher", catchFields)
		c.require(item, "ErrorEquals", "Next")
	})
	c.objects(p, "Choices", func(item place) { c.rule(item) })
}

// objects checks the objects of an array field.
func (c *formCheck) objects(p place, name string, check func(place)) {
	field, ok := p.member(name)
	if !ok || field.value.kind != '[' {
		return
	}
	for i := range field.value.items {
		if item := field.item(i); c.kind(item, name, `{`) {
			check(item)
		}
	}
}

func (c *formCheck) rule(p place) {
	c.object(p, "a choice rule", ruleFields, operatorFields)
	c.objects(p, "And", c.rule)
	c.objects(p, "Or", c.rule)
	if not, ok := p.member("Not"); ok && not.value.kind == '{' {
		c.rule(not)
	}
}

func isJSONata(p place) bool {
	q := p.value.get("QueryLanguage")
	return q != nil && q.text == "JSONata"
}
