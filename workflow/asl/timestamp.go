package asl

import (
	"encoding/json"
	"time"
)

// parseTimestamp reads the profile of ISO 8601 that the specification asks for:
// RFC 3339 with an upper-case T, and Z where there is no offset.
func parseTimestamp(s string) (time.Time, bool) {
	const shape = "2006-01-02T15:04:05"
	if len(s) <= len(shape) || s[10] != 'T' {
		return time.Time{}, false
	}
	if c := s[len(shape)]; c != '.' && c != 'Z' && c != '+' && c != '-' { // time.Parse would take a comma
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

func timestampOf(raw json.RawMessage) (time.Time, bool) {
	s, ok := rawString(raw)
	if !ok {
		return time.Time{}, false
	}
	return parseTimestamp(s)
}
