package asl

import (
	"strconv"
	"strings"
)

// pathToken is one step of a path: which values below the present one it leads to.
type pathToken struct {
	kind    tokenKind
	descend bool // preceded by ..: applied to the present value and all below it
	names   []string
	indexes []int
	from    *int // of a slice
	to      *int
	step    int
	filter  predicate
	call    string // name of the function
}

type tokenKind int8

const (
	tokenNames tokenKind = iota
	tokenIndexes
	tokenSlice
	tokenAll
	tokenFilter
	tokenCall
)

// single says whether the token leads to one value at most.
func (t *pathToken) single() bool {
	return !t.descend && (t.kind == tokenNames && len(t.names) == 1 || t.kind == tokenIndexes && len(t.indexes) == 1)
}

// maxPathDepth is how deep the parentheses and paths of a filter may nest.
const maxPathDepth = 32

// pathParser reads paths as the service's library for them does.
type pathParser struct {
	s     string
	bytes []byte // s again, once a literal of JSON is met
	i     int
	depth int
	inner bool // within a filter, where a name ends earlier
}

func (p *pathParser) more() bool { return p.i < len(p.s) }

func (p *pathParser) peek(prefix string) bool { return strings.HasPrefix(p.s[p.i:], prefix) }

func (p *pathParser) take(prefix string) bool {
	if p.peek(prefix) {
		p.i += len(prefix)
		return true
	}
	return false
}

func (p *pathParser) space() {
	for p.more() && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

// tokens reads as many tokens as there are. Nothing may follow a function.
func (p *pathParser) tokens() (tokens []pathToken, err error) {
	for p.peek(".") || p.peek("[") {
		if len(tokens) > 0 && tokens[len(tokens)-1].kind == tokenCall {
			return nil, errPathForm
		}
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
	}
	return tokens, nil
}

func (p *pathParser) token() (t pathToken, err error) {
	descend := p.take("..")
	if !descend {
		p.take(".")
	}
	switch {
	case p.take("*"):
		t.kind = tokenAll
	case p.take("["):
		t, err = p.bracket()
	default:
		t, err = p.name()
	}
	if t.descend = descend; descend && t.kind == tokenCall {
		return t, errPathForm
	}
	return t, err
}

// Characters that end a name in dot notation.
const (
	afterName      = ".[]()'\"*?, \t\r\n"
	afterInnerName = afterName + "=!<>&|~"
)

// name reads a name in dot notation, or the call of a function.
func (p *pathParser) name() (t pathToken, err error) {
	end := afterName
	if p.inner {
		end = afterInnerName
	}
	name := p.s[p.i:]
	if n := strings.IndexAny(name, end); n >= 0 {
		name = name[:n]
	}
	if name == "" {
		return t, errPathForm
	}
	p.i += len(name)
	if !p.peek("(") {
		return pathToken{names: []string{name}}, nil
	}
	if _, ok := pathFunctions[name]; !ok || !p.take("()") {
		return t, errPathForm
	}
	return pathToken{kind: tokenCall, call: name}, nil
}

// bracket reads what stands between brackets, the first of which is taken.
func (p *pathParser) bracket() (t pathToken, err error) {
	p.space()
	switch {
	case p.take("*"):
		t.kind = tokenAll
	case p.take("?"):
		t.kind = tokenFilter
		if p.space(); !p.peek("(") {
			return t, errPathForm
		}
		t.filter, err = p.condition()
	case p.peek("'") || p.peek(`"`):
		t.names, err = p.quotedNames()
	default:
		err = p.numbers(&t)
	}
	if p.space(); err != nil || !p.take("]") {
		return t, errPathForm
	}
	return t, nil
}

func (p *pathParser) quotedNames() (names []string, err error) {
	for {
		name, err := p.quoted()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if p.space(); !p.take(",") {
			return names, nil
		}
		p.space()
	}
}

// quoted reads a text in single or double quotes with backslash escapes.
func (p *pathParser) quoted() (string, error) {
	if !p.more() || p.s[p.i] != '\'' && p.s[p.i] != '"' {
		return "", errPathForm
	}
	quote := p.s[p.i]
	var b strings.Builder
	for p.i++; p.more(); p.i++ {
		switch c := p.s[p.i]; {
		case c == quote:
			p.i++
			return b.String(), nil
		case c == '\\' && p.i+1 < len(p.s):
			p.i++
			b.WriteByte(p.s[p.i])
		default:
			b.WriteByte(c)
		}
	}
	return "", errPathForm
}

// numbers reads indexes, or a slice.
func (p *pathParser) numbers(t *pathToken) error {
	n, given := p.number()
	if p.space(); !p.peek(":") {
		t.kind = tokenIndexes
		for given {
			t.indexes = append(t.indexes, n)
			if p.space(); !p.take(",") {
				return nil
			}
			p.space()
			n, given = p.number()
		}
		return errPathForm
	}
	t.kind, t.step = tokenSlice, 1
	if given {
		t.from = &n
	}
	p.take(":")
	p.space()
	if to, ok := p.number(); ok {
		t.to = &to
	}
	if p.space(); p.take(":") {
		p.space()
		if step, ok := p.number(); ok {
			t.step = step
		}
	}
	if t.step <= 0 {
		return errPathForm
	}
	return nil
}

// number reads a whole number. Longer ones are no index of a payload.
func (p *pathParser) number() (n int, ok bool) {
	end := p.i
	for end < len(p.s) && (p.s[end] >= '0' && p.s[end] <= '9' || end == p.i && p.s[end] == '-') {
		end++
	}
	n, err := strconv.Atoi(p.s[p.i:end])
	if err != nil || end-p.i > 9 {
		return 0, false
	}
	p.i = end
	return n, true
}
