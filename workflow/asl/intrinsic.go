package asl

import (
	"encoding/json"
	"errors"
	"fmt"

	"countersign/workflow"
)

// intrinsic is a compiled call of an intrinsic function.
type intrinsic struct {
	text     string
	function function
	args     []argument
}

// argument is exactly one of its fields, but for pattern, which goes with a value.
type argument struct {
	value   json.RawMessage
	pattern string // of a text: as it was, escapes included
	path    *path
	call    *intrinsic
}

// function is an intrinsic function.
type function struct {
	least, most int  // arguments; most -1 is any number
	random      bool // it draws
	do          func(in *invocation) (json.RawMessage, error)
}

// intrinsics are all intrinsic functions (specification, Appendix B, and the service's own).
var intrinsics = map[string]function{
	"States.Array":          {most: -1, do: intrinsicArray},
	"States.ArrayContains":  {least: 2, most: 2, do: intrinsicArrayContains},
	"States.ArrayGetItem":   {least: 2, most: 2, do: intrinsicArrayGetItem},
	"States.ArrayLength":    {least: 1, most: 1, do: intrinsicArrayLength},
	"States.ArrayPartition": {least: 2, most: 2, do: intrinsicArrayPartition},
	"States.ArrayRange":     {least: 3, most: 3, do: intrinsicArrayRange},
	"States.ArrayUnique":    {least: 1, most: 1, do: intrinsicArrayUnique},
	"States.Base64Decode":   {least: 1, most: 1, do: intrinsicBase64Decode},
	"States.Base64Encode":   {least: 1, most: 1, do: intrinsicBase64Encode},
	"States.Format":         {least: 1, most: -1, do: intrinsicFormat},
	"States.Hash":           {least: 2, most: 2, do: intrinsicHash},
	"States.JsonMerge":      {least: 2, most: 3, do: intrinsicJSONMerge},
	"States.JsonToString":   {least: 1, most: 1, do: intrinsicJSONToString},
	"States.MathAdd":        {least: 2, most: 2, do: intrinsicMathAdd},
	"States.MathRandom":     {least: 2, most: 3, random: true, do: intrinsicMathRandom},
	"States.StringSplit":    {least: 2, most: 2, do: intrinsicStringSplit},
	"States.StringToJson":   {least: 1, most: 1, do: intrinsicStringToJSON},
	"States.UUID":           {random: true, do: intrinsicUUID},
}

// invocation is one call in progress.
type invocation struct {
	e        *environment
	args     []json.RawMessage
	patterns []string
}

// maxIntrinsicBytes bounds what all calls within one template may produce together.
const maxIntrinsicBytes = 16 << 20

// maxWhole keeps sums of whole numbers exact and within bounds.
const maxWhole = 1 << 53

var errIntrinsicTooLarge = errors.New("the results of the intrinsic functions are too large")

// value makes intrinsic an expression.
func (c *intrinsic) value(e *environment, data json.RawMessage) (json.RawMessage, *failure) {
	out, err := c.evaluate(e, data)
	if err != nil {
		name := workflow.ErrorIntrinsicFailure
		var missing missingArgument
		if errors.As(err, &missing) { // to the service that is a failure of the path
			name = workflow.ErrorRuntime
		}
		fail := inState(e.f, name, "The function '%s' had the following error: %v", cut(c.text, 1024), err)
		fail.also = workflow.ErrorIntrinsicFailure
		return nil, fail
	}
	return out, nil
}

func (c *intrinsic) evaluate(e *environment, data json.RawMessage) (json.RawMessage, error) {
	in := &invocation{e: e, args: make([]json.RawMessage, len(c.args)), patterns: make([]string, len(c.args))}
	for i, a := range c.args {
		var err error
		switch {
		case a.call != nil:
			in.args[i], err = a.call.evaluate(e, data)
		case a.path != nil:
			in.args[i], err = pathArgument(e, a.path, data)
		default:
			in.args[i], in.patterns[i] = a.value, a.pattern
		}
		if err != nil {
			return nil, err
		}
	}
	out, err := c.function.do(in)
	if err != nil {
		return nil, err
	}
	if e.produced += len(out); e.produced > maxIntrinsicBytes {
		return nil, errIntrinsicTooLarge
	}
	return out, nil
}

func pathArgument(e *environment, p *path, data json.RawMessage) (json.RawMessage, error) {
	value, found, err := e.lookup(p, data)
	if err == nil && !found {
		err = missingArgument(fmt.Sprintf("The JsonPath argument for the field '%s' could not be found in the input '%s'", p.text, cut(string(data), 8192)))
	}
	return value, err
}

// missingArgument is an error in the service's words.
type missingArgument string

func (e missingArgument) Error() string { return string(e) }

// text is argument i, which must be a string.
func (in *invocation) text(i int) (string, error) {
	s, ok := rawString(in.args[i])
	if !ok {
		return "", fmt.Errorf("argument %d must be a string", i+1)
	}
	return s, nil
}

// whole is argument i, which must be a number, rounded half up to a whole one.
func (in *invocation) whole(i int) (int64, error) {
	n, ok := wholeNumber(in.args[i])
	if !ok {
		var err error
		if n, err = roundHalfUp(in.args[i], i); err != nil {
			return 0, err
		}
	}
	if n > maxWhole || n < -maxWhole {
		return 0, fmt.Errorf("argument %d is too large", i+1)
	}
	return n, nil
}

// list is argument i, which must be an array, as its elements.
func (in *invocation) list(i int) ([]json.RawMessage, error) {
	b := in.args[i]
	if rawKind(b) != '[' {
		return nil, fmt.Errorf("argument %d must be an array", i+1)
	}
	var items []json.RawMessage
	elements(b, func(s, e int) bool {
		items = append(items, b[s:e:e])
		return true
	})
	return items, nil
}

// joined makes an array.
func joined(items []json.RawMessage) (json.RawMessage, error) {
	out := json.RawMessage{'['}
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		if out = append(out, item...); len(out) > maxIntrinsicBytes {
			return nil, errIntrinsicTooLarge
		}
	}
	return append(out, ']'), nil
}
