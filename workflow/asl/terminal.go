package asl

// succeedBody is a Succeed state.
type succeedBody struct{}

func (succeedBody) begin(x *stepper, f *frame, s *state) verdict {
	return x.leave(f, s, f.input)
}

// failBody is a Fail state: its failure ends the execution, and nothing retries or
// catches it there.
type failBody struct {
	err, cause         string
	errPath, causePath *source
}

func (b *failBody) begin(x *stepper, f *frame, _ *state) verdict {
	e := &environment{x: x, f: f}
	out := &failure{name: b.err, cause: b.cause}
	var fail *failure
	if b.errPath != nil {
		if out.name, fail = failText(e, b.errPath, "ErrorPath"); fail != nil {
			return failed(fail)
		}
	}
	if b.causePath != nil {
		if out.cause, fail = failText(e, b.causePath, "CausePath"); fail != nil {
			return failed(fail)
		}
	}
	return failed(told(out.name, out.cause))
}

// source is a path, a call of an intrinsic function or an expression of JSONata.
type source struct {
	path  *path
	call  *intrinsic
	query *query
}

// failText reads ErrorPath or CausePath, which must give a string.
func failText(e *environment, from *source, field string) (string, *failure) {
	if from.query != nil {
		return from.query.text(e)
	}
	if from.call != nil {
		raw, fail := from.call.value(e, e.f.input)
		if fail != nil {
			return "", fail
		}
		s, ok := rawString(raw)
		if !ok {
			return "", runtimeFailure(e.f, "The %s parameter does not give a string: %s", field, cut(string(raw), 256))
		}
		return s, nil
	}
	p := from.path
	raw, found, err := e.lookup(p, e.f.input)
	if err != nil || !found {
		return "", runtimeFailure(e.f, "The %s parameter does not reference an input value: %s", field, p.text)
	}
	s, ok := rawString(raw)
	if !ok {
		return "", runtimeFailure(e.f, "The %s parameter does not reference a string: %s == %s", field, p.text, cut(string(raw), 256))
	}
	return s, nil
}
