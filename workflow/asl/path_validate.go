package asl

import (
	"encoding/json"
	"regexp"
	"strings"
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
	variableName  = regexp.MustCompile(`^\$([A-Za-z_]\w*)`)
)

// path compiles a path; nil when it is none, which is reported.
func (c *compiler) path(p place, reference bool) *path {
	if p.value.kind != '"' {
		return nil // a wrong kind is the form's business
	}
	text := p.value.text
	if intrinsicCall.MatchString(text) {
		c.at(p, CodeSchema, "An intrinsic function cannot stand here: '%s'", text)
		return nil
	}
	if name := variableName.FindStringSubmatch(text); name != nil {
		c.at(p, CodeNotSupported, "The variable '%s' cannot be read: variables are not supported yet", name[1])
		return nil
	}
	compiled, err := parsePath(text)
	switch {
	case err != nil && reference:
		c.at(p, CodeSchema, "Value is not a Reference Path: '%s'", text)
		return nil
	case err != nil:
		c.at(p, CodeSchema, "Value is not a valid JSONPath: '%s'", text)
		return nil
	case reference && !compiled.reference():
		c.at(p, CodeSchema, "Value is not a Reference Path: '%s'", text)
		return nil
	}
	c.reads = c.reads || compiled.readsInput()
	return compiled
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
	t := &templateCompiler{compiler: c}
	t.value(f)
	t.flush(nil)
	return &template{t.pieces, t.random}
}

type templateCompiler struct {
	*compiler
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
			t.literal = append(appendString(t.literal, name), ':')
			t.value(field)
			return
		}
		if p.value.get(plain) != nil {
			t.add(CodeSchema, field.pointer, at, "The field '%s' is given twice: with and without '.$'", plain)
		}
		t.literal = append(appendString(t.literal, plain), ':')
		if e := t.expression(name, field); e != nil {
			t.flush(e)
		}
	})
	t.literal = append(t.literal, '}')
}

// expression compiles the value of a field whose name ends in ".$".
func (t *templateCompiler) expression(name string, p place) expression {
	if p.value.kind != '"' || !strings.HasPrefix(p.value.text, "$") && !intrinsicCall.MatchString(p.value.text) {
		t.at(p, CodeSchema, "The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call", name)
		return nil
	}
	if intrinsicCall.MatchString(p.value.text) {
		call := t.intrinsic(p)
		if call == nil {
			return nil
		}
		t.random = t.random || call.random()
		return call
	}
	compiled := t.path(p, false)
	if compiled == nil {
		return nil
	}
	return &pathExpression{name, compiled}
}

// intrinsic compiles a call; nil when it is none, which is reported.
func (c *compiler) intrinsic(p place) *intrinsic {
	call, err := parseIntrinsic(p.value.text)
	if err != nil {
		c.at(p, CodeSchema, "Value is not a valid intrinsic function call: %v", err)
		return nil
	}
	c.reads = c.reads || call.readsInput()
	return call
}

// secondsField reads a fixed number of seconds; 0 when it is absent or wrong.
func (c *compiler) secondsField(p place, field string, least int64) int64 {
	f, ok := p.member(field)
	if !ok || f.value.kind != '0' {
		return 0
	}
	n, whole := wholeNumber(json.RawMessage(c.d.raw(f.value)))
	if !whole || n < least || n > maxSeconds {
		c.at(f, CodeSchema, "The field '%s' must be a whole number from %d to %d", field, least, maxSeconds)
		return 0
	}
	return n
}

// seconds reads FIELD or FIELDPath, of which there may be one.
func (c *compiler) seconds(p place, field string, least int64) seconds {
	s := seconds{fixed: c.secondsField(p, field, least), path: c.pathField(p, field+"Path")}
	if p.value.get(field) != nil && p.value.get(field+"Path") != nil {
		c.at(p, CodeSchema, "Only one of the fields '%s' and '%sPath' may be given", field, field)
	}
	return s
}
