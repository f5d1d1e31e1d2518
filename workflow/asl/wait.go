package asl

import (
	"math"

	"countersign/workflow/asl/jsontext"
)

// waitBody is a Wait state. Exactly one of its fields says until when it waits.
type waitBody struct {
	seconds        *seconds
	timestamp      millis // of Timestamp
	timestampPath  *path
	timestampQuery *query
}

// maxDelay is the longest wait of the service, in milliseconds.
const maxDelay = math.MaxInt32 * 1000

func (w *waitBody) begin(x *stepper, f *frame, s *state) verdict {
	until, fail := w.until(&environment{x: x, f: f}, s)
	switch {
	case fail != nil:
		return failed(fail)
	case until-x.now > maxDelay:
		return failed(runtimeFailure(f, "Wait state delay is too long."))
	case until <= x.now:
		return x.leave(f, s, f.input)
	}
	f.phase, f.due = phaseWait, until
	return verdict{}
}

func (w *waitBody) until(e *environment, s *state) (millis, *failure) {
	switch {
	case w.seconds != nil:
		n, fail := w.seconds.value(e, s, "Seconds")
		return e.x.now + millis(n)*1000, fail
	case w.timestampQuery != nil:
		return w.computed(e)
	case w.timestampPath == nil:
		return w.timestamp, nil
	}
	data, fail := s.lang.effective(e, e.f.input)
	if fail != nil {
		return 0, fail
	}
	raw, found, err := e.lookup(w.timestampPath, data)
	if err != nil || !found {
		return 0, runtimeFailure(e.f, "The TimestampPath parameter does not reference an input value: %s", w.timestampPath.text)
	}
	t, ok := timestampOf(raw)
	if !ok {
		text, isString := rawString(raw)
		if !isString {
			text = string(raw)
		}
		return 0, runtimeFailure(e.f, "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: %s == %s",
			w.timestampPath.text, cut(text, 256))
	}
	// To the millisecond, but never too early.
	return toMillis(t.Add(999_999)), nil
}

// computed is the time that an expression gives.
func (w *waitBody) computed(e *environment) (millis, *failure) {
	q := w.timestampQuery
	text, fail := q.text(e)
	if fail != nil {
		return 0, fail
	}
	t, ok := parseTimestamp(text)
	if !ok {
		return 0, q.fails(e.f, "returned an invalid value: %s. Expected a timestamp of ISO 8601", jsontext.AppendString(nil, cut(text, 256)))
	}
	return toMillis(t.Add(999_999)), nil
}
