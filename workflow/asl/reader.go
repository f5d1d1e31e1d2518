package asl

import (
	"errors"
	"fmt"
	"strconv"

	"countersign/workflow/asl/jsontext"
)

// reader reads a definition's JSON, noting places and duplicate names.
type reader struct {
	src    []byte
	pos    int
	depth  int
	limit  int // of depth
	report *report
}

// syntaxError ends the reading. Its message is in the words of the service's parser.
type syntaxError struct {
	at      int
	deep    bool
	message string
}

func (e *syntaxError) Error() string { return e.message }

func (r *reader) fail(at int, format string, args ...any) error {
	return &syntaxError{at: at, message: fmt.Sprintf(format, args...)}
}

// SyntaxError says what keeps a text from being JSON as the service says it, or nothing.
func SyntaxError(text []byte) string {
	r := &reader{src: text, limit: maxPayloadNesting, report: newReport(nil)}
	_, err := r.document()
	var syntax *syntaxError
	if errors.As(err, &syntax) {
		return syntax.message
	}
	return ""
}

func (r *reader) document() (*value, error) {
	if r.pos = jsontext.SkipSpace(r.src, r.pos); r.pos >= len(r.src) {
		return nil, r.fail(r.pos, "No content to map due to end-of-input")
	}
	v, err := r.read("")
	if err != nil {
		return nil, err
	}
	if r.pos = jsontext.SkipSpace(r.src, r.pos); r.pos < len(r.src) {
		if err := r.scan(&value{start: r.pos, kind: rawKind(r.src[r.pos:])}, ""); err != nil {
			return nil, err
		}
		return nil, r.fail(r.pos, "Trailing text found after the value: not allowed")
	}
	return v, nil
}

func (r *reader) read(pointer string) (*value, error) {
	if r.depth++; r.depth > r.limit {
		return nil, &syntaxError{at: r.pos, deep: true, message: fmt.Sprintf("The text nests deeper than %d levels", r.limit)}
	}
	defer func() { r.depth-- }()
	v := &value{start: r.pos, kind: rawKind(r.src[r.pos:])}
	err := r.scan(v, pointer)
	v.end = r.pos
	return v, err
}

func (r *reader) scan(v *value, pointer string) (err error) {
	switch v.kind {
	case '{':
		return r.object(v, pointer)
	case '[':
		return r.array(v, pointer)
	case '"':
		v.text, err = r.string("string value")
		return err
	}
	return r.scalar()
}

// next skips white space and takes the character c if it comes next.
func (r *reader) next(c byte) bool {
	if r.pos = jsontext.SkipSpace(r.src, r.pos); r.pos < len(r.src) && r.src[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

// within goes on to the next character of a container that starts at start, or says
// that the text ends before the container does.
func (r *reader) within(what string, start int) error {
	if r.pos = jsontext.SkipSpace(r.src, r.pos); r.pos < len(r.src) {
		return nil
	}
	return r.fail(r.pos, "Unexpected end-of-input: expected close marker for %s (start marker at [line: %d, column: %d])",
		what, lineOf(r.src, start), columnOf(r.src, start))
}

func (r *reader) object(v *value, pointer string) error {
	seen := map[string]bool{}
	r.pos++
	if r.next('}') {
		return nil
	}
	for {
		if err := r.within("Object", v.start); err != nil {
			return err
		}
		at := r.pos
		if r.src[at] != '"' {
			return r.unexpected("was expecting double-quote to start field name")
		}
		name, err := r.string("name")
		if err != nil {
			return err
		}
		if err := r.within("Object", v.start); err != nil {
			return err
		}
		if !r.next(':') {
			return r.unexpected("was expecting a colon to separate field name and value")
		}
		if err := r.within("Object", v.start); err != nil {
			return err
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
		if err := r.within("Object", v.start); err != nil {
			return err
		}
		if !r.next(',') {
			return r.unexpected("was expecting comma to separate Object entries")
		}
	}
}

func (r *reader) array(v *value, pointer string) error {
	r.pos++
	if r.next(']') {
		return nil
	}
	for {
		if err := r.within("Array", v.start); err != nil {
			return err
		}
		child, err := r.read(pointer + "/" + strconv.Itoa(len(v.items)))
		if err != nil {
			return err
		}
		v.items = append(v.items, child)
		if r.next(']') {
			return nil
		}
		if err := r.within("Array", v.start); err != nil {
			return err
		}
		if !r.next(',') {
			return r.unexpected("was expecting comma to separate Array entries")
		}
	}
}
