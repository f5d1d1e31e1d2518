package asl

import (
	"encoding/json"
	"fmt"
	"strconv"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
)

// jsonPath is the query language JSONPath: the five fields that shape a state's data.
type jsonPath struct {
	inputPath  *path // nil is $
	noInput    bool  // InputPath is null
	parameters *template
	selector   *template
	resultPath *path // nil is $
	noResult   bool  // ResultPath is null
	outputPath *path // nil is $
	noOutput   bool  // OutputPath is null
	assign     assignment
}

func (q *jsonPath) effective(e *environment, input json.RawMessage) (json.RawMessage, *failure) {
	input, fail := applyPath(e, q.inputPath, q.noInput, input)
	if p := e.x.probe; p != nil {
		p.AfterInputPath = input
	}
	return input, fail
}

func (q *jsonPath) arguments(e *environment, input json.RawMessage) (json.RawMessage, *failure) {
	input, fail := q.effective(e, input)
	if fail == nil && q.parameters != nil {
		input, fail = q.parameters.render(e, input)
	}
	if p := e.x.probe; p != nil && fail == nil {
		p.AfterParameters = input
	}
	return input, fail
}

func (q *jsonPath) random() bool { return q.parameters != nil && q.parameters.random }

func (q *jsonPath) result(e *environment, input, result json.RawMessage) (json.RawMessage, *failure) {
	if fail := q.assign.evaluate(e, result); fail != nil {
		return nil, fail
	}
	if q.selector != nil {
		var fail *failure
		if result, fail = q.selector.render(e, result); fail != nil {
			return nil, fail
		}
	}
	if p := e.x.probe; p != nil {
		p.AfterResultSelector = result
	}
	if q.noResult {
		result = input
	} else if q.resultPath != nil {
		var fail *failure
		if result, fail = placeResult(q.resultPath, input, result); fail != nil {
			return nil, fail
		}
	}
	if p := e.x.probe; p != nil {
		p.AfterResultPath = result
	}
	return applyPath(e, q.outputPath, q.noOutput, result)
}

func (q *jsonPath) output(e *environment, input json.RawMessage) (json.RawMessage, *failure) {
	input, fail := q.effective(e, input)
	if fail == nil {
		fail = q.assign.evaluate(e, input)
	}
	if fail != nil {
		return nil, fail
	}
	return applyPath(e, q.outputPath, q.noOutput, input)
}

// applyPath applies InputPath or OutputPath. Null stands for the empty object.
func applyPath(e *environment, p *path, null bool, data json.RawMessage) (json.RawMessage, *failure) {
	if null {
		return rawEmpty, nil
	}
	if p == nil {
		return data, nil
	}
	if rawKind(data) == 'n' && p.ofData() {
		return nil, nullInput(e.f)
	}
	value, found, err := e.lookup(p, data)
	switch {
	case err != nil:
		return nil, runtimeFailure(e.f, "Invalid path '%s' : %v", p.text, err)
	case !found:
		return nil, runtimeFailure(e.f, "Invalid path '%s' : %s", p.text, p.missing(e.source(p, data)))
	}
	return value, nil
}

// placeResult puts a result into the input at a reference path, making the objects
// on the way there.
func placeResult(p *path, input, result json.RawMessage) (json.RawMessage, *failure) {
	if p.root() {
		return result, nil
	}
	out := make(json.RawMessage, 0, len(input)+len(result)+16)
	out, conflict := appendPlaced(out, input, p.steps, result)
	if conflict == nil {
		return out, nil
	}
	if kind := rawKind(input); kind != '{' && kind != '[' {
		return nil, pathConflict("Unable to apply ReferencePath %s to input %s", p.text, input)
	}
	return nil, pathConflict("Unable to apply step \"%s\" to input %s", conflict.String(), input)
}

// pathConflict is the failure of a reference path that does not fit the data, of which
// the service says no more than that.
func pathConflict(format, path string, input json.RawMessage) *failure {
	return &failure{
		name: "States.ReferencePathConflict", cause: cut(fmt.Sprintf(format, path, input), maxCause),
		also: workflow.ErrorResultPathMatchFailure,
	}
}

func (st *pathStep) String() string {
	if st.array {
		return strconv.Itoa(st.index)
	}
	return st.name
}

// appendPlaced writes an altered text, or says which step has no place in it.
func appendPlaced(dst, into []byte, steps []pathStep, value []byte) ([]byte, *pathStep) {
	if len(steps) == 0 {
		return append(dst, value...), nil
	}
	step := &steps[0]
	var start, end int
	var found bool
	if step.array {
		if start, end, found = element(into, step.index); !found {
			return nil, step
		}
	} else {
		if rawKind(into) != '{' {
			return nil, step
		}
		start, end, found = member(into, step.name)
	}
	if found {
		dst = append(dst, into[:start]...)
		dst, conflict := appendPlaced(dst, into[start:end], steps[1:], value)
		if conflict != nil {
			return nil, conflict
		}
		return append(dst, into[end:]...), nil
	}
	if jsontext.SkipSpace(into, 1) == len(into)-1 { // an empty object
		dst = append(dst, '{')
	} else {
		dst = append(append(dst, into[:len(into)-1]...), ',')
	}
	dst = append(jsontext.AppendString(dst, step.name), ':')
	dst, conflict := appendPlaced(dst, rawEmpty, steps[1:], value)
	if conflict != nil {
		return nil, conflict
	}
	return append(dst, '}'), nil
}
