package jsonata

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"countersign/workflow/asl/jsontext"
)

// datum is a value. The zero datum is unknown.
type datum struct {
	kind   byte // unknown, nothing or the first byte of a JSON text: { [ " 0 t n
	raw    json.RawMessage
	str    string  // of a string
	number float64 // of a number; a boolean is 0 or 1
}

const (
	unknown byte = 0
	nothing byte = 'u'
)

// read looks at a JSON text.
func read(text json.RawMessage) datum {
	b := bytes.Trim(text, " \t\r\n")
	if len(b) == 0 {
		return datum{}
	}
	d := datum{raw: b, kind: b[0]}
	switch b[0] {
	case '{', '[', 'n':
	case 't':
		d.number = 1
	case 'f':
		d.kind = 't'
	case '"':
		d.str = string(b[1 : len(b)-1])
		if strings.IndexByte(d.str, '\\') >= 0 && json.Unmarshal(b, &d.str) != nil {
			return datum{}
		}
	default:
		d.kind = '0'
		var err error
		if d.number, err = strconv.ParseFloat(string(b), 64); err != nil {
			return datum{}
		}
	}
	return d
}

// text is the value as a JSON text.
func (d datum) text() json.RawMessage {
	switch {
	case d.kind == '"':
		return jsontext.AppendString(nil, d.str)
	case d.raw != nil:
		return normal(d.raw)
	}
	return appendNumber(nil, d.number)
}

func numberOf(f float64) datum { return datum{kind: '0', number: f} }

func stringOf(s string) datum {
	if len(s) > maxText {
		return datum{}
	}
	return datum{kind: '"', str: s}
}

func boolOf(b bool) datum {
	if b {
		return datum{kind: 't', number: 1, raw: json.RawMessage("true")}
	}
	return datum{kind: 't', raw: json.RawMessage("false")}
}

// truth is what a condition makes of a value; known is false for containers.
func (d datum) truth() (truth, known bool) {
	switch d.kind {
	case nothing, 'n':
		return false, true
	case 't', '0':
		return d.number != 0, d.finite()
	case '"':
		return d.str != "", true
	}
	return false, false
}

func (d datum) finite() bool { return !math.IsInf(d.number, 0) && !math.IsNaN(d.number) }

// word is what & and $string make of a value.
func (d datum) word() (string, bool) {
	switch d.kind {
	case '"':
		return d.str, true
	case 't', 'n':
		return string(d.raw), true
	case '0':
		if !d.finite() {
			return "", false
		}
		f := d.number
		if f != math.Trunc(f) { // to 15 digits
			f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
		}
		return string(appendNumber(nil, f)), true
	}
	return "", false
}
