package jsonata

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Most expressions that people write compare, add and join a few values. In the
// library one takes tens of microseconds, here a fraction of one. This is no second
// implementation: whatever is not plain to see, an array where a single value is
// expected, two values of different types, a number out of bounds, gives an unknown
// value, and the library is asked after all. A test holds both against each other.

// node is a part of a simple expression.
type node interface {
	value(s Scope) datum
}

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
		return appendString(nil, d.str)
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

type literal struct{ datum }

func (l literal) value(Scope) datum { return l.datum }

// binary is an operator with two operands.
type binary struct {
	operator    string
	left, right node
}

func (b *binary) value(s Scope) datum {
	l := b.left.value(s)
	if l.kind == unknown {
		return l
	}
	if b.operator == "and" || b.operator == "or" {
		truth, known := l.truth()
		if !known || truth == (b.operator == "or") {
			return decided(truth, known)
		}
		return decided(b.right.value(s).truth())
	}
	r := b.right.value(s)
	switch {
	case r.kind == unknown:
		return r
	case b.operator == "&":
		return joined(l, r)
	case b.operator == "=" || b.operator == "!=":
		return equal(l, r, b.operator == "=")
	case l.kind == '0' && r.kind == '0' && l.finite() && r.finite():
		return b.numbers(l.number, r.number)
	case l.kind == '"' && r.kind == '"' && ascii(l.str) && ascii(r.str) && isOrder(b.operator):
		return ordered(b.operator, strings.Compare(l.str, r.str))
	case l.kind == nothing && (r.kind == '0' && r.finite() || r.kind == nothing),
		r.kind == nothing && l.kind == '0' && l.finite():
		return datum{kind: nothing}
	}
	return datum{}
}

func decided(truth, known bool) datum {
	if !known {
		return datum{}
	}
	return boolOf(truth)
}

func (b *binary) numbers(l, r float64) datum {
	switch b.operator {
	case "+":
		return numberOf(l + r)
	case "-":
		return numberOf(l - r)
	case "*":
		return numberOf(l * r)
	case "/":
		return numberOf(l / r)
	case "%":
		return numberOf(math.Mod(l, r))
	}
	switch {
	case l < r:
		return ordered(b.operator, -1)
	case l > r:
		return ordered(b.operator, 1)
	}
	return ordered(b.operator, 0)
}

func isOrder(operator string) bool { return operator[0] == '<' || operator[0] == '>' }

func ordered(operator string, c int) datum {
	switch operator {
	case "<":
		return boolOf(c < 0)
	case "<=":
		return boolOf(c <= 0)
	case ">":
		return boolOf(c > 0)
	case ">=":
		return boolOf(c >= 0)
	}
	return datum{}
}

func joined(l, r datum) datum {
	var words [2]string
	for i, d := range []datum{l, r} {
		if d.kind == nothing {
			continue
		}
		var known bool
		if words[i], known = d.word(); !known {
			return datum{}
		}
	}
	return stringOf(words[0] + words[1])
}

// equal compares scalars; nothing equals nothing, and differs from nothing.
func equal(l, r datum, want bool) datum {
	if l.kind == nothing || r.kind == nothing {
		return boolOf(false)
	}
	for _, d := range []datum{l, r} {
		if d.kind == '{' || d.kind == '[' {
			return datum{}
		}
	}
	return boolOf((l.kind == r.kind && l.str == r.str && l.number == r.number) == want)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

type negative struct{ of node }

func (n negative) value(s Scope) datum {
	switch v := n.of.value(s); {
	case v.kind == nothing:
		return v
	case v.kind == '0' && v.finite():
		return numberOf(-v.number)
	}
	return datum{}
}

type conditional struct{ condition, then, otherwise node }

func (c *conditional) value(s Scope) datum {
	truth, known := c.condition.value(s).truth()
	switch {
	case !known:
		return datum{}
	case truth:
		return c.then.value(s)
	}
	return c.otherwise.value(s)
}

// call is a function of one argument. A variable of the function's name hides it.
type call struct {
	function string
	argument node
}

func (c *call) value(s Scope) datum {
	if s.Variable(c.function) != nil {
		return datum{}
	}
	v := c.argument.value(s)
	if v.kind == unknown {
		return v
	}
	switch c.function {
	case "exists":
		return boolOf(v.kind != nothing)
	case "count":
		switch v.kind {
		case nothing:
			return numberOf(0)
		case '[':
			return numberOf(float64(items(v.raw)))
		}
		return numberOf(1)
	}
	if v.kind == nothing {
		return v
	}
	switch c.function {
	case "not", "boolean":
		truth, known := v.truth()
		return decided(truth != (c.function == "not"), known)
	case "string":
		if word, known := v.word(); known {
			return stringOf(word)
		}
	}
	return datum{}
}

// items counts the elements of an array.
func items(b []byte) (n int) {
	for i := space(b, 1); i < len(b) && b[i] != ']'; n++ {
		if i = space(b, skipValue(b, i)); i < len(b) && b[i] == ',' {
			i = space(b, i+1)
		}
	}
	return n
}
