package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"countersign/workflow/asl/jsontext"
)

// maxIntrinsicDepth is how deep calls of intrinsic functions may nest.
const maxIntrinsicDepth = 10

var errIntrinsicForm = errors.New("not a call of an intrinsic function")

// intrinsicParser reads a call such as States.Format('order {}', $.id).
type intrinsicParser struct {
	text  string
	pos   int
	depth int
}

func parseIntrinsic(text string) (*intrinsic, error) {
	p := &intrinsicParser{text: text}
	call, err := p.call()
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(text) {
		return nil, fmt.Errorf("%w: unexpected %q after the call", errIntrinsicForm, text[p.pos:])
	}
	return call, nil
}

func (p *intrinsicParser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *intrinsicParser) take(c byte) bool {
	if p.space(); p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *intrinsicParser) call() (*intrinsic, error) {
	if p.depth++; p.depth > maxIntrinsicDepth {
		return nil, fmt.Errorf("calls of intrinsic functions nest deeper than %d", maxIntrinsicDepth)
	}
	defer func() { p.depth-- }()
	p.space()
	start := p.pos
	open := strings.IndexByte(p.text[p.pos:], '(')
	if open < 0 {
		return nil, errIntrinsicForm
	}
	name := strings.TrimSpace(p.text[p.pos : p.pos+open])
	f, ok := intrinsics[name]
	if !ok {
		return nil, fmt.Errorf("there is no intrinsic function '%s'", name)
	}
	p.pos += open + 1
	call := &intrinsic{function: f}
	if !p.take(')') {
		for {
			arg, err := p.argument()
			if err != nil {
				return nil, err
			}
			call.args = append(call.args, arg)
			if p.take(')') {
				break
			}
			if !p.take(',') {
				return nil, fmt.Errorf("%w: a comma or a closing parenthesis is expected in %s", errIntrinsicForm, p.text)
			}
		}
	}
	call.text = p.text[start:p.pos]
	if n := len(call.args); n < f.least || f.most >= 0 && n > f.most {
		return nil, fmt.Errorf("the intrinsic function '%s' does not take %d arguments", name, n)
	}
	return call, nil
}

func (p *intrinsicParser) argument() (argument, error) {
	if p.space(); p.pos >= len(p.text) {
		return argument{}, errIntrinsicForm
	}
	switch c := p.text[p.pos]; {
	case c == '\'':
		return p.literal()
	case c == '$':
		text := p.pathText()
		compiled, err := parsePath(text)
		if err != nil {
			return argument{}, fmt.Errorf("'%s' is %w", text, err)
		}
		return argument{path: compiled}, nil
	case strings.HasPrefix(p.text[p.pos:], "States."):
		call, err := p.call()
		return argument{call: call}, err
	}
	end := p.pos + strings.IndexAny(p.text[p.pos:]+")", ",) \t\r\n")
	value := json.RawMessage(p.text[p.pos:end])
	if k := rawKind(value); !json.Valid(value) || k == '{' || k == '[' || k == '"' {
		return argument{}, fmt.Errorf("'%s' is no argument: texts stand in single quotes", value)
	}
	p.pos = end
	return argument{value: value}, nil
}

// literal reads a text in single quotes. A backslash escapes a quote, a brace and
// itself. States.Format needs to know which braces were escaped.
func (p *intrinsicParser) literal() (argument, error) {
	var b, pattern strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		c := p.text[i]
		switch {
		case c == '\'':
			p.pos = i + 1
			return argument{value: jsontext.AppendString(nil, b.String()), pattern: pattern.String()}, nil
		case c == '\\':
			if i++; i >= len(p.text) || strings.IndexByte(`'{}\`, p.text[i]) < 0 {
				return argument{}, fmt.Errorf("a backslash must be followed by one of ' { } \\ in %s", p.text)
			}
			c = p.text[i]
			pattern.WriteByte('\\')
		}
		b.WriteByte(c)
		pattern.WriteByte(c)
	}
	return argument{}, fmt.Errorf("a text is not ended in %s", p.text)
}

// pathText is the path at the present place, up to the comma or parenthesis that
// ends the argument.
func (p *intrinsicParser) pathText() string {
	start, depth := p.pos, 0
	var quote byte
	for ; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case quote != 0:
			if c == '\\' {
				p.pos++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[' || c == '(':
			depth++
		case depth > 0 && (c == ']' || c == ')'):
			depth--
		case depth == 0 && (c == ',' || c == ')'):
			return strings.TrimSpace(p.text[start:p.pos])
		}
	}
	p.pos = min(p.pos, len(p.text))
	return strings.TrimSpace(p.text[start:p.pos])
}

// paths shows all paths in the call.
func (c *intrinsic) paths(show func(*path)) {
	c.some(func(a argument) bool {
		if a.path != nil {
			show(a.path)
		}
		return false
	})
}

// random says whether the call draws.
func (c *intrinsic) random() bool {
	return c.function.random || c.some(func(a argument) bool { return a.call != nil && a.call.function.random })
}

// some says whether is holds for any argument at any depth.
func (c *intrinsic) some(is func(argument) bool) bool {
	for _, a := range c.args {
		if is(a) || a.call != nil && a.call.some(is) {
			return true
		}
	}
	return false
}
