package asl

import (
	"regexp"
	"strings"

	"countersign/workflow/asl/jsontext"
)

// pathOrNull compiles a path field that may be null.
func (c *compiler) pathOrNull(p place, field string, reference bool) (compiled *path, null bool) {
	f, ok := p.member(field)
	if !ok {
		return nil, false
	}
	if f.value.kind == 'n' {
		return nil, true
	}
	compiled = c.path(f, reference)
	if reference && compiled != nil && compiled.variable != "" {
		c.at(f, CodeSchema, notReference) // a result cannot be put into a variable
		return nil, false
	}
	if compiled != nil && compiled.root() && !compiled.context {
		compiled = nil // $ is what is done without the field
	}
	return compiled, false
}

// pathField compiles a path field that may be absent.
func (c *compiler) pathField(p place, field string) *path {
	f, ok := p.member(field)
	if !ok {
		return nil
	}
	return c.path(f, false)
}

var (
	intrinsicCall = regexp.MustCompile(`^\s*States\.\w+\s*\(`)
)

// What the service says of a text that is no path, or not one to a single place.
const (
	notPath      = "Value must be a valid JSONPath."
	notReference = "Value is not a Reference Path"
)

// path compiles a path; nil when it is none, which is reported.
func (c *compiler) path(p place, reference bool) *path {
	if p.value.kind != '"' {
		return nil // a wrong kind is the form's business
	}
	text := p.value.text
	if intrinsicCall.MatchString(text) {
		c.at(p, CodeSchema, notPath)
		return nil
	}
	compiled, err := parsePath(text)
	switch {
	case err != nil:
		c.at(p, CodeSchema, notPath)
		return nil
	case reference && !compiled.reference():
		c.at(p, CodeSchema, notReference)
		return nil
	}
	c.note(compiled)
	return compiled
}

// note keeps what a path reads besides the state's data.
func (c *compiler) note(p *path) {
	c.reads = c.reads || p.readsInput()
	if p.variable != "" {
		c.refer(p.variable)
	}
}

// readsInput says whether the path may see $$.Execution.Input.
func (p *path) readsInput() bool {
	if !p.context {
		return false
	}
	if !p.definite() || len(p.steps) == 0 {
		return true
	}
	return p.steps[0].name == "Execution" && (len(p.steps) == 1 || p.steps[1].name == "Input")
}

// template compiles a payload template.
func (c *compiler) template(p place, field string) *template {
	f, ok := p.member(field)
	if !ok || f.value.kind != '{' {
		return nil
	}
	t := &templateCompiler{compiler: c, base: f}
	t.value(f)
	t.flush(nil)
	return &template{t.pieces, t.random}
}

// payload compiles the value of one field of a payload template.
func (c *compiler) payload(base, p place, name string) *template {
	t := &templateCompiler{compiler: c, base: base}
	if strings.HasSuffix(name, ".$") {
		if e := t.expression(name, p); e != nil {
			t.flush(e)
		}
	} else {
		t.value(p)
	}
	t.flush(nil)
	return &template{t.pieces, t.random}
}

type templateCompiler struct {
	*compiler
	base    place // the whole template, where the service finds its problems
	literal []byte
	pieces  []piece
	random  bool
}

func (t *templateCompiler) flush(e expression) {
	t.pieces = append(t.pieces, piece{string(t.literal), e})
	t.literal = t.literal[:0]
}

func (t *templateCompiler) value(p place) {
	switch p.value.kind {
	case '{':
		t.object(p)
	case '[':
		t.literal = append(t.literal, '[')
		for i := range p.value.items {
			if i > 0 {
				t.literal = append(t.literal, ',')
			}
			t.value(p.item(i))
		}
		t.literal = append(t.literal, ']')
	default:
		t.literal = append(t.literal, t.d.raw(p.value)...)
	}
}

func (t *templateCompiler) object(p place) {
	t.literal = append(t.literal, '{')
	first := true
	p.each(func(name string, at int, field place) {
		if !first {
			t.literal = append(t.literal, ',')
		}
		first = false
		plain, dynamic := strings.CutSuffix(name, ".$")
		if !dynamic {
			t.literal = append(jsontext.AppendString(t.literal, name), ':')
			t.value(field)
			return
		}
		if p.value.get(plain) != nil {
			t.within(t.base, field, at, CodeSchema, "Duplicate field '%s'", plain)
		}
		t.literal = append(jsontext.AppendString(t.literal, plain), ':')
		if e := t.expression(name, field); e != nil {
			t.flush(e)
		}
	})
	t.literal = append(t.literal, '}')
}

// expression compiles the value of a field whose name ends in ".$".
func (t *templateCompiler) expression(name string, p place) expression {
	if p.value.kind != '"' || !strings.HasPrefix(p.value.text, "$") && !intrinsicCall.MatchString(p.value.text) {
		return t.refuse(name, p)
	}
	if intrinsicCall.MatchString(p.value.text) {
		call, err := parseIntrinsic(p.value.text)
		if err != nil {
			return t.refuse(name, p)
		}
		call.paths(t.note)
		t.random = t.random || call.random()
		return call
	}
	compiled, err := parsePath(p.value.text)
	if err != nil {
		return t.refuse(name, p)
	}
	t.note(compiled)
	return &pathExpression{name, compiled}
}

// refuse reports a field that names no value to take.
func (t *templateCompiler) refuse(name string, p place) expression {
	t.within(t.base, p, p.value.start, CodeSchema, "The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call", name)
	return nil
}

// intrinsic compiles a call; nil when it is none, which is reported.
func (c *compiler) intrinsic(p place) *intrinsic {
	call, err := parseIntrinsic(p.value.text)
	if err != nil {
		c.at(p, CodeSchema, notPath)
		return nil
	}
	call.paths(c.note)
	return call
}

// secondsField reads a fixed number of seconds; 0 when it is absent or wrong.
func (c *compiler) secondsField(p place, field string, least int64) int64 {
	f, ok := p.member(field)
	if !ok || f.value.kind != '0' {
		return 0
	}
	return int64(c.number(p, field, 0, float64(least), maxSeconds, true))
}

// seconds reads FIELD or FIELDPath, of which there may be one.
func (c *compiler) seconds(p place, field string, least int64) seconds {
	return seconds{fixed: c.secondsField(p, field, least), path: c.pathField(p, field+"Path"), query: c.queryField(p, field)}
}

// queryField compiles a field that may be an expression of JSONata.
func (c *compiler) queryField(p place, field string) *query {
	f, ok := p.member(field)
	if !ok || !c.current.jsonata {
		return nil
	}
	return c.query(f, c.fieldAt(f), 0)
}

// fieldAt is how the service names a field within its state. Elements of arrays are named
// otherwise; whoever compiles those says how.
func (c *compiler) fieldAt(p place) string {
	return strings.TrimPrefix(p.pointer, c.current.pointer+"/")
}
