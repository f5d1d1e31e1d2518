package jsonata

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"github.com/dop251/goja"
)

// reader makes values of the interpreter from JSON texts.
type reader struct {
	vm     *goja.Runtime
	b      []byte
	pos    int
	depth  int
	strict bool // the text is anybody's: refuse duplicate names and numbers too large
}

var errJSON = errors.New("jsonata: not JSON")

func (r *reader) document() (goja.Value, error) {
	if r.strict && !json.Valid(r.b) {
		return nil, errJSON
	}
	v, err := r.value()
	if err != nil {
		return nil, err
	}
	if r.space(); r.pos < len(r.b) {
		return nil, errJSON
	}
	return v, nil
}

func (r *reader) space() {
	for r.pos < len(r.b) {
		switch r.b[r.pos] {
		case ' ', '\n', '\t', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *reader) value() (goja.Value, error) {
	r.space()
	if r.pos >= len(r.b) {
		return nil, errJSON
	}
	switch r.b[r.pos] {
	case '{', '[':
		if r.depth++; r.depth > maxNesting {
			return nil, &Failure{Message: textLarge}
		}
		defer func() { r.depth-- }()
		if r.b[r.pos] == '{' {
			return r.object()
		}
		return r.array()
	case '"':
		s, err := r.string()
		return r.vm.ToValue(s), err
	case 't':
		return r.word("true", r.vm.ToValue(true))
	case 'f':
		return r.word("false", r.vm.ToValue(false))
	case 'n':
		return r.word("null", goja.Null())
	}
	return r.number()
}

func (r *reader) word(word string, v goja.Value) (goja.Value, error) {
	end := r.pos + len(word)
	if end > len(r.b) || string(r.b[r.pos:end]) != word {
		return nil, errJSON
	}
	r.pos = end
	return v, nil
}

func (r *reader) number() (goja.Value, error) {
	start, whole := r.pos, true
	for r.pos < len(r.b) {
		c := r.b[r.pos]
		if c == '.' || c == 'e' || c == 'E' {
			whole = false
		} else if c != '-' && c != '+' && (c < '0' || c > '9') {
			break
		}
		r.pos++
	}
	text := string(r.b[start:r.pos])
	if whole {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && (n != 0 || text[0] != '-') {
			return r.vm.ToValue(n), nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && (r.strict || !math.IsInf(f, 0)) {
		return nil, errJSON
	}
	return r.vm.ToValue(f), nil
}

func (r *reader) string() (string, error) {
	start := r.pos + 1
	for i := start; i < len(r.b); i++ {
		switch r.b[i] {
		case '"':
			r.pos = i + 1
			return string(r.b[start:i]), nil
		case '\\':
			return r.escaped(start - 1)
		}
	}
	return "", errJSON
}

// escaped reads a string with escape sequences.
func (r *reader) escaped(start int) (s string, err error) {
	for i := start + 1; i < len(r.b); i++ {
		switch r.b[i] {
		case '\\':
			i++
		case '"':
			r.pos = i + 1
			if json.Unmarshal(r.b[start:r.pos], &s) != nil {
				return "", errJSON
			}
			return s, nil
		}
	}
	return "", errJSON
}

// next takes the character c if it comes next.
func (r *reader) next(c byte) bool {
	if r.space(); r.pos < len(r.b) && r.b[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

func (r *reader) array() (goja.Value, error) {
	items := []any{}
	r.pos++
	if r.next(']') {
		return r.vm.NewArray(), nil
	}
	for {
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		items = append(items, v)
		if r.next(']') {
			return r.vm.NewArray(items...), nil
		}
		if !r.next(',') {
			return nil, errJSON
		}
	}
}

// object makes an object without a prototype, so that every name is one of the data.
func (r *reader) object() (goja.Value, error) {
	o := r.vm.CreateObject(nil)
	var seen map[string]bool
	if r.strict {
		seen = map[string]bool{}
	}
	r.pos++
	if r.next('}') {
		return o, nil
	}
	for {
		if r.space(); r.pos >= len(r.b) || r.b[r.pos] != '"' {
			return nil, errJSON
		}
		name, err := r.string()
		if err != nil {
			return nil, err
		}
		if r.strict && seen[name] {
			return nil, errJSON
		} else if r.strict {
			seen[name] = true
		}
		if !r.next(':') {
			return nil, errJSON
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		if err := o.Set(name, v); err != nil {
			return nil, err
		}
		if r.next('}') {
			return o, nil
		}
		if !r.next(',') {
			return nil, errJSON
		}
	}
}
