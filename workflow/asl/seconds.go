package asl

import (
	"encoding/json"
	"strconv"
)

// maxSeconds is the service's upper limit for timeouts, heartbeats and waits.
const maxSeconds = 99_999_999

// seconds is a whole number of seconds that stands in the definition, is found by a
// path or is computed by an expression.
type seconds struct {
	fixed int64
	path  *path
	query *query
}

// value is the number, or 0 when the definition has none.
func (s *seconds) value(e *environment, st *state, field string) (int64, *failure) {
	switch {
	case s.query != nil:
		least := int64(1)
		if field == "Seconds" {
			least = 0
		}
		return s.query.whole(e, least, maxSeconds)
	case s.path == nil:
		return s.fixed, nil
	}
	data, fail := st.lang.effective(e, e.f.input)
	if fail != nil {
		return 0, fail
	}
	raw, found, err := e.lookup(s.path, data)
	if err != nil || !found {
		return 0, runtimeFailure(e.f, "The %sPath parameter does not reference an input value: %s", field, s.path.text)
	}
	n, ok := wholeNumber(raw)
	if !ok || n > maxSeconds || n < 0 || n == 0 && field != "Seconds" {
		return 0, runtimeFailure(e.f, "The %sPath parameter does not reference a valid number of seconds: %s == %s",
			field, s.path.text, cut(string(raw), 256))
	}
	return n, nil
}

// wholeNumber reads a JSON number without a fraction; 5.0 is one.
func wholeNumber(raw json.RawMessage) (int64, bool) {
	if rawKind(raw) != '0' {
		return 0, false
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f < -1e15 || f > 1e15 || f != float64(int64(f)) {
		return 0, false
	}
	return int64(f), true
}
