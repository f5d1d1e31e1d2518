package asl

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// value is a JSON value with its place in the definition's text.
type value struct {
	kind       byte // as rawKind says
	start, end int
	text       string // of a string, decoded
	members    []memberAt
	items      []*value
}

type memberAt struct {
	name  string
	at    int // offset of the name
	value *value
}

// get is an object's member, or nil.
func (v *value) get(name string) *value {
	for i := range v.members {
		if v.members[i].name == name {
			return v.members[i].value
		}
	}
	return nil
}

// place is a value and how to get there.
type place struct {
	value   *value
	pointer string
}

func (p place) member(name string) (place, bool) {
	if v := p.value.get(name); v != nil {
		return place{v, p.pointer + "/" + escapePointer(name)}, true
	}
	return place{}, false
}

func (p place) item(i int) place {
	return place{p.value.items[i], p.pointer + "/" + strconv.Itoa(i)}
}

// each visits an object's members in the order of the text.
func (p place) each(visit func(name string, at int, p place)) {
	for _, m := range p.value.members {
		visit(m.name, m.at, place{m.value, p.pointer + "/" + escapePointer(m.name)})
	}
}

func escapePointer(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// maxNesting is how deep a definition may nest. The deepest sensible one, a Choice
// rule within several Maps and Parallels, stays far below.
const maxNesting = 200

// reader reads a definition's JSON, noting places and duplicate names.
type reader struct {
	src    []byte
	pos    int
	depth  int
	report *report
}

// syntaxError ends the reading.
type syntaxError struct {
	at      int
	message string
}

func (e *syntaxError) Error() string { return e.message }

func (r *reader) fail(at int, format string, args ...any) error {
	return &syntaxError{at, fmt.Sprintf(format, args...)}
}

func (r *reader) document() (*value, error) {
	v, err := r.read("")
	if err != nil {
		return nil, err
	}
	if r.pos = skipSpace(r.src, r.pos); r.pos < len(r.src) {
		return nil, r.fail(r.pos, "Unexpected text after the end of the definition")
	}
	return v, nil
}

func (r *reader) read(pointer string) (*value, error) {
	r.pos = skipSpace(r.src, r.pos)
	if r.pos >= len(r.src) {
		return nil, r.fail(r.pos, "Unexpected end of the definition")
	}
	if r.depth++; r.depth > maxNesting {
		return nil, r.fail(r.pos, "The definition nests deeper than %d levels", maxNesting)
	}
	defer func() { r.depth-- }()
	v := &value{start: r.pos, kind: rawKind(r.src[r.pos:])}
	var err error
	switch v.kind {
	case '{':
		err = r.object(v, pointer)
	case '[':
		err = r.array(v, pointer)
	case '"':
		v.text, err = r.string()
	default:
		err = r.scalar()
	}
	v.end = r.pos
	return v, err
}

func (r *reader) scalar() error {
	end := skipScalar(r.src, r.pos)
	if !json.Valid(r.src[r.pos:end]) {
		return r.fail(r.pos, "Unexpected %s", strconv.QuoteToGraphic(cut(string(r.src[r.pos:end]), 40)))
	}
	r.pos = end
	return nil
}

func (r *reader) string() (string, error) {
	end := skipString(r.src, r.pos)
	var s string
	if err := json.Unmarshal(r.src[r.pos:end], &s); err != nil {
		return "", r.fail(r.pos, "A string is not ended or has a character that must be escaped")
	}
	r.pos = end
	return s, nil
}

// next skips white space and takes the character c if it comes next.
func (r *reader) next(c byte) bool {
	if r.pos = skipSpace(r.src, r.pos); r.pos < len(r.src) && r.src[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

func (r *reader) object(v *value, pointer string) error {
	seen := map[string]bool{}
	r.pos++
	if r.next('}') {
		return nil
	}
	for {
		r.pos = skipSpace(r.src, r.pos)
		at := r.pos
		if at >= len(r.src) || r.src[at] != '"' {
			return r.fail(at, "A field name in double quotes is expected")
		}
		name, err := r.string()
		if err != nil {
			return err
		}
		if !r.next(':') {
			return r.fail(r.pos, "A colon is expected after the field name '%s'", name)
		}
		inner := pointer + "/" + escapePointer(name)
		child, err := r.read(inner)
		if err != nil {
			return err
		}
		if seen[name] {
			r.report.add(CodeInvalidJSON, inner, at, "Duplicate field '%s'", name)
		} else {
			seen[name] = true
			v.members = append(v.members, memberAt{name, at, child})
		}
		if r.next('}') {
			return nil
		}
		if !r.next(',') {
			return r.fail(r.pos, "A comma or a closing brace is expected")
		}
	}
}

func (r *reader) array(v *value, pointer string) error {
	r.pos++
	if r.next(']') {
		return nil
	}
	for {
		child, err := r.read(pointer + "/" + strconv.Itoa(len(v.items)))
		if err != nil {
			return err
		}
		v.items = append(v.items, child)
		if r.next(']') {
			return nil
		}
		if !r.next(',') {
			return r.fail(r.pos, "A comma or a closing bracket is expected")
		}
	}
}

// invalidUTF8 is the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		c, n := utf8.DecodeRune(b[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}
