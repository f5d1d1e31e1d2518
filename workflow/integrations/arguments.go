package integrations

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"countersign/workflow"
)

// member is one member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members are those of a JSON object in their order; ok is false for anything else.
func members(object json.RawMessage) (list []member, ok bool) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		t, err := d.Token()
		name, isName := t.(string)
		var value json.RawMessage
		if err != nil || !isName || d.Decode(&value) != nil {
			return nil, false
		}
		list = append(list, member{name, value})
	}
	return list, true
}

// unescaped is a value as JSON in which <, > and & stand as they are.
func unescaped(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}

// textOf is a JSON string's text.
func textOf(value json.RawMessage) (text string, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	return text, json.Unmarshal(value, &text) == nil
}

// scalarText is a string's text, or a number or boolean as it stands.
func scalarText(value json.RawMessage) (text string, ok bool) {
	switch {
	case len(value) == 0, value[0] == '{', value[0] == '[':
		return "", false
	case value[0] == '"':
		return textOf(value)
	case string(value) == "null":
		return "", true
	}
	return string(value), true
}

// arguments are a task's arguments by name. It keeps the first problem: every method after
// that answers with nothing.
type arguments struct {
	call   workflow.Call
	values map[string]json.RawMessage
	failed error
}

// readArguments refuses members that the integration does not know, as Step Functions does.
func readArguments(call workflow.Call, known ...string) *arguments {
	a := &arguments{call: call, values: map[string]json.RawMessage{}}
	list, ok := members(call.Payload)
	if !ok {
		a.refuse("The Parameters must be a JSON object")
	}
	for _, m := range list {
		if !slices.Contains(known, m.name) {
			a.refuse("The field '%s' is not supported by Step Functions", m.name)
		}
		a.values[m.name] = m.value
	}
	return a
}

// refuse is how the service words arguments that no task can be started with.
func (a *arguments) refuse(format string, args ...any) {
	if a.failed == nil {
		a.failed = runtimeFailure(a.call, "The Parameters '%s' could not be used to start the Task: [%s]",
			shortened(string(a.call.Payload), maxCause/2), fmt.Sprintf(format, args...))
	}
}

func (a *arguments) invalid(name string) {
	a.refuse("The value of the field '%s' has an invalid format", name)
}

func (a *arguments) raw(name string) json.RawMessage {
	if a.failed != nil {
		return nil
	}
	return a.values[name]
}

// text of an optional argument.
func (a *arguments) text(name string) string {
	value := a.raw(name)
	if value == nil {
		return ""
	}
	text, ok := textOf(value)
	if !ok {
		a.invalid(name)
	}
	return text
}

// required is text that must be there.
func (a *arguments) required(name string) string {
	if a.failed == nil && a.values[name] == nil {
		a.refuse("The field '%s' is required", name)
	}
	return a.text(name)
}

func runtimeFailure(call workflow.Call, format string, args ...any) *workflow.TaskError {
	return workflow.Failf(workflow.ErrorRuntime, "An error occurred while executing the state '%s' (entered at the event id #%d). %s",
		call.State, call.Entry, fmt.Sprintf(format, args...))
}
