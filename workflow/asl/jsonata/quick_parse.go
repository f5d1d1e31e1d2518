package jsonata

import (
	"encoding/json"

	"countersign/workflow/asl/jsontext"
)

// quickly makes a node of what the prelude says of a simple expression; nil when it is
// none.
func quickly(form json.RawMessage) node {
	var parts []json.RawMessage
	var kind string
	if form == nil || json.Unmarshal(form, &parts) != nil || len(parts) == 0 || json.Unmarshal(parts[0], &kind) != nil {
		return nil
	}
	parts = parts[1:]
	switch kind {
	case "literal":
		return literal{read(parts[0])}
	case "nothing":
		return literal{datum{kind: nothing}}
	case "path":
		p := &plain{names: make([]string, len(parts)-1)}
		for i, part := range parts {
			to := &p.variable
			if i > 0 {
				to = &p.names[i-1]
			}
			if json.Unmarshal(part, to) != nil {
				return nil
			}
		}
		return p
	case "call":
		var name string
		if argument := quickly(parts[1]); json.Unmarshal(parts[0], &name) == nil && argument != nil {
			return &call{name, argument}
		}
		return nil
	case "array":
		return quickArray(parts)
	case "object":
		return quickObject(parts)
	}
	operands := make([]node, len(parts))
	for i, part := range parts {
		if operands[i] = quickly(part); operands[i] == nil {
			return nil
		}
	}
	switch {
	case kind == "negative":
		return negative{operands[0]}
	case kind == "if":
		return &conditional{operands[0], operands[1], operands[2]}
	case len(operands) == 2:
		return &binary{kind, operands[0], operands[1]}
	}
	return nil
}

// array is an array constructor. An array that it is given becomes part of it, unless
// that is written as an array constructor itself.
type array struct {
	items []node
	whole []bool
}

func quickArray(parts []json.RawMessage) node {
	a := &array{}
	for _, part := range parts {
		var pair [2]json.RawMessage
		if json.Unmarshal(part, &pair) != nil {
			return nil
		}
		item := quickly(pair[1])
		if item == nil {
			return nil
		}
		a.items, a.whole = append(a.items, item), append(a.whole, pair[0][0] == 't')
	}
	return a
}

func (a *array) value(s Scope) datum {
	out := json.RawMessage{'['}
	for i, item := range a.items {
		v := item.value(s)
		var text json.RawMessage
		switch {
		case v.kind == unknown:
			return v
		case v.kind == nothing:
			continue
		default:
			text = v.text()
		}
		if v.kind == '[' && !a.whole[i] {
			text = text[1 : len(text)-1]
		}
		if len(text) > 0 && len(out) > 1 {
			out = append(out, ',')
		}
		if out = append(out, text...); len(out) > maxText {
			return datum{}
		}
	}
	return datum{kind: '[', raw: append(out, ']')}
}

// object is an object constructor whose names are written out.
type object struct {
	names  []string
	values []node
}

func quickObject(parts []json.RawMessage) node {
	o := &object{}
	seen := map[string]bool{}
	for _, part := range parts {
		var pair [2]json.RawMessage
		var name string
		if json.Unmarshal(part, &pair) != nil || json.Unmarshal(pair[0], &name) != nil || seen[name] {
			return nil
		}
		value := quickly(pair[1])
		if value == nil {
			return nil
		}
		seen[name] = true
		o.names, o.values = append(o.names, name), append(o.values, value)
	}
	return o
}

func (o *object) value(s Scope) datum {
	out := json.RawMessage{'{'}
	for i, value := range o.values {
		v := value.value(s)
		switch v.kind {
		case unknown:
			return v
		case nothing:
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(jsontext.AppendString(out, o.names[i]), ':')
		if out = append(out, v.text()...); len(out) > maxText {
			return datum{}
		}
	}
	return datum{kind: '{', raw: append(out, '}')}
}
