package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ohler55/ojg/jp"
)

// path is a compiled JSONPath: $… applies to a state's data, $$… to the context object.
type path struct {
	text    string // as it stands in the definition
	context bool   // starts with $$
	// variable is the variable that the path starts with, without its $; empty for none.
	variable string
	// Of a definite path, one that names a single place, the fields and indexes to
	// follow. It is walked in the JSON text itself.
	steps []pathStep
	// Of any other path, the compiled expression; its result is always an array.
	expr jp.Expr
}

type pathStep struct {
	name  string
	index int
	array bool // index counts, not name
}

func (p *path) definite() bool { return p.expr == nil }

// root says whether the path is just $ or $$.
func (p *path) root() bool { return p.expr == nil && len(p.steps) == 0 && p.variable == "" }

// ofData says whether the path is applied to the data that it is given.
func (p *path) ofData() bool { return !p.context && p.variable == "" }

var errPathForm = errors.New("not a JSONPath")

// parsePath compiles a JSONPath. Definite paths are read here; for the others the
// names are rewritten into the one form that ojg reads without exceptions, ['name'].
func parsePath(text string) (*path, error) {
	p := &path{text: text}
	rest := text
	if strings.HasPrefix(rest, "$$") {
		p.context, rest = true, rest[1:]
	}
	if !strings.HasPrefix(rest, "$") {
		return nil, errPathForm
	}
	rest = rest[1:]
	if !p.context {
		p.variable = identifier(rest)
		rest = rest[len(p.variable):]
	}
	definite := true
	var expr strings.Builder
	expr.WriteByte('$')
	for rest != "" {
		frag, step, n, err := pathFragment(rest)
		if err != nil {
			return nil, err
		}
		if step == nil {
			definite = false
		} else {
			p.steps = append(p.steps, *step)
		}
		expr.WriteString(frag)
		rest = rest[n:]
	}
	if definite {
		return p, nil
	}
	return p, p.compile(expr.String())
}

func (p *path) compile(expr string) error {
	x, err := jp.ParseString(expr)
	if err != nil {
		return fmt.Errorf("%w: %v", errPathForm, err)
	}
	for _, f := range x {
		if _, ok := f.(*jp.Proc); ok {
			return fmt.Errorf("%w: script expressions are not supported", errPathForm)
		}
	}
	p.steps, p.expr = nil, x
	return nil
}

// pathFragment reads the first fragment of s: how ojg spells it, the step when it
// is a definite one, and its length in s.
func pathFragment(s string) (frag string, step *pathStep, n int, err error) {
	switch {
	case strings.HasPrefix(s, ".."):
		if len(s) == 2 {
			return "", nil, 0, errPathForm
		}
		if s[2] == '[' || s[2] == '*' {
			return "..", nil, 2, nil
		}
		name := pathName(s[2:])
		if name == "" {
			return "", nil, 0, errPathForm
		}
		return "..[" + quotePathName(name) + "]", nil, 2 + len(name), nil
	case strings.HasPrefix(s, ".*"):
		return "[*]", nil, 2, nil
	case s[0] == '*': // only after ..
		return "[*]", nil, 1, nil
	case s[0] == '.':
		name := pathName(s[1:])
		if name == "" {
			return "", nil, 0, errPathForm
		}
		return "[" + quotePathName(name) + "]", &pathStep{name: name}, 1 + len(name), nil
	case s[0] == '[':
		return bracketFragment(s)
	}
	return "", nil, 0, errPathForm
}

// identifier is the longest name of a variable at the start of s.
func identifier(s string) string {
	for i, r := range s {
		if !identifierStart(r) && (i == 0 || !identifierPart(r)) {
			return s[:i]
		}
	}
	return s
}

// pathName is the longest member name in dot notation at the start of s.
func pathName(s string) string {
	if i := strings.IndexAny(s, ".[]()'\"*?,:@ \t\r\n"); i >= 0 {
		return s[:i]
	}
	return s
}

var pathQuoter = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func quotePathName(name string) string { return "'" + pathQuoter.Replace(name) + "'" }

func bracketFragment(s string) (frag string, step *pathStep, n int, err error) {
	n = bracketLength(s)
	if n == 0 {
		return "", nil, 0, errPathForm
	}
	inner := strings.TrimSpace(s[1 : n-1])
	if inner == "" {
		return "", nil, 0, errPathForm
	}
	if q := inner[0]; q == '\'' || q == '"' {
		if name, rest, ok := quotedName(inner); ok && rest == "" {
			return "[" + quotePathName(name) + "]", &pathStep{name: name}, n, nil
		}
	}
	if len(inner) <= 9 { // longer ones are no index of a payload
		if i, err := strconv.Atoi(inner); err == nil && inner[0] != '+' {
			return "[" + inner + "]", &pathStep{index: i, array: true}, n, nil
		}
	}
	if longNumber(inner) {
		return "", nil, 0, errPathForm
	}
	return s[:n], nil, n, nil
}

// bracketLength finds the ] that closes s[0] == '[', minding quotes and nesting.
func bracketLength(s string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// quotedName reads 'name' or "name" with backslash escapes.
func quotedName(s string) (name, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == s[0]:
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// longNumber keeps numbers away from ojg that would overflow in its parser.
func longNumber(s string) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			digits = 0
		} else if digits++; digits > 18 {
			return true
		}
	}
	return false
}

// reference says whether p is a Reference Path (specification, "Reference Paths"):
// definite, and not into the context object.
func (p *path) reference() bool { return p.definite() && !p.context }

// in follows the path through a JSON text. found is false when a definite path
// names a place that is not there.
func (p *path) in(data json.RawMessage) (value json.RawMessage, found bool, err error) {
	if p.expr != nil {
		value, err = p.search(data)
		return value, err == nil, err
	}
	for i := range p.steps {
		var start, end int
		if st := &p.steps[i]; st.array {
			start, end, found = element(data, st.index)
		} else {
			start, end, found = member(data, st.name)
		}
		if !found {
			return nil, false, nil
		}
		data = data[start:end:end]
	}
	return data, true, nil
}

// normal spells the first n steps of a definite path the way the service's error texts do.
func (p *path) normal(n int) string {
	var b strings.Builder
	b.WriteString("$" + p.variable)
	for _, st := range p.steps[:n] {
		if st.array {
			fmt.Fprintf(&b, "[%d]", st.index)
		} else {
			fmt.Fprintf(&b, "['%s']", st.name)
		}
	}
	return b.String()
}
