package asl

import (
	"encoding/json"
	"errors"

	"countersign/workflow/asl/jsontext"
)

func intrinsicStringToJSON(in *invocation) (json.RawMessage, error) {
	s, err := in.text(0)
	if err != nil {
		return nil, err
	}
	if !json.Valid([]byte(s)) {
		return nil, errors.New("the string is not JSON")
	}
	return trim(json.RawMessage(s)), nil
}

func intrinsicJSONToString(in *invocation) (json.RawMessage, error) {
	return jsontext.AppendString(nil, string(compact(in.args[0]))), nil
}

// intrinsicJSONMerge puts the second object's members over the first's.
func intrinsicJSONMerge(in *invocation) (json.RawMessage, error) {
	first, second := in.args[0], in.args[1]
	if rawKind(first) != '{' || rawKind(second) != '{' {
		return nil, errors.New("only objects can be merged")
	}
	if len(in.args) == 3 && string(in.args[2]) != "false" {
		return nil, errors.New("the third argument must be false: objects are merged at their first level only")
	}
	var names []string
	values := map[string]json.RawMessage{}
	take := func(b json.RawMessage) {
		members(b, func(key []byte, s, e int) bool {
			name, _ := rawString(key)
			if _, had := values[name]; !had {
				names = append(names, name)
			}
			values[name] = b[s:e]
			return true
		})
	}
	take(first)
	take(second)
	out := append(make(json.RawMessage, 0, len(first)+len(second)), '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(jsontext.AppendString(out, name), ':'), values[name]...)
	}
	return append(out, '}'), nil
}
