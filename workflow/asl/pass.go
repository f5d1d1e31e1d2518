package asl

import "encoding/json"

// passBody is a Pass state: its result is its Result, or its input.
type passBody struct {
	result json.RawMessage // nil when the state has no Result
}

func (p *passBody) begin(x *stepper, f *frame, s *state) verdict {
	e := &environment{x: x, f: f}
	result := p.result
	if result == nil {
		var fail *failure
		if result, fail = s.lang.arguments(e, f.input); fail != nil {
			return failed(fail)
		}
	} else if x.probe != nil {
		x.probe.Result = result
	}
	out, fail := s.lang.result(e, f.input, result)
	if fail != nil {
		return failed(fail)
	}
	return verdict{leaves: true, output: out, next: s.next}
}
