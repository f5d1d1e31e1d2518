package asl

import (
	"regexp"
	"slices"
	"strings"

	"countersign/workflow/asl/jsontext"
)

// predicate is what a filter asks of a value.
type predicate interface {
	holds(s *search, n *node) bool
}

type (
	everyCondition []predicate
	someCondition  []predicate
	notCondition   struct{ predicate }
	existsCheck    struct{ operand *operand }
	relation       struct {
		left, right *operand
		holds       func(a, b *node) bool
	}
	match struct {
		left  *operand
		regex *regexp.Regexp
	}
)

func (c everyCondition) holds(s *search, n *node) bool {
	return !slices.ContainsFunc(c, func(one predicate) bool { return !one.holds(s, n) })
}

func (c someCondition) holds(s *search, n *node) bool {
	return slices.ContainsFunc(c, func(one predicate) bool { return one.holds(s, n) })
}

func (c notCondition) holds(s *search, n *node) bool { return !c.predicate.holds(s, n) }

func (c existsCheck) holds(s *search, n *node) bool { return c.operand.value(s, n) != nil }

func (c *match) holds(s *search, n *node) bool {
	v := c.left.value(s, n)
	if v == nil || v.kind != '"' {
		return false
	}
	s.budget.steps += v.weight() / 2 // a match looks at every character several times
	return !s.budget.spent() && c.regex.MatchString(v.text())
}

// comparisonOf makes a relation a condition.
type comparisonOf struct{ relation }

func (c comparisonOf) holds(s *search, n *node) bool {
	a, b := c.left.value(s, n), c.right.value(s, n)
	return s.affords(a) && s.affords(b) && c.relation.holds(a, b)
}

// operand is a value that stands in the filter, or a path from the value in question or
// from the whole document.
type operand struct {
	literal *node
	path    []pathToken
	root    bool
	single  bool
}

// value is nil when there is none.
func (o *operand) value(s *search, n *node) *node {
	if o.literal != nil {
		return o.literal
	}
	if o.root {
		n = s.root
	}
	inner := &search{root: s.root, budget: s.budget, inner: true}
	inner.walk(o.path, n)
	switch {
	case o.single && len(inner.found) == 1:
		return inner.found[0]
	case o.single || len(inner.found) == 0:
		return nil
	}
	list := &node{kind: '['}
	for _, one := range inner.found {
		list.kids = append(list.kids, *one)
	}
	return list
}

// condition reads a condition; && binds closer than ||.
func (p *pathParser) condition() (predicate, error) {
	return p.joined("||", func(c []predicate) predicate { return someCondition(c) }, func() (predicate, error) {
		return p.joined("&&", func(c []predicate) predicate { return everyCondition(c) }, p.unary)
	})
}

func (p *pathParser) joined(by string, join func([]predicate) predicate, read func() (predicate, error)) (predicate, error) {
	var all []predicate
	for {
		c, err := read()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		if p.space(); !p.take(by) {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return join(all), nil
}

func (p *pathParser) unary() (predicate, error) {
	if p.depth++; p.depth > maxPathDepth {
		return nil, errPathForm
	}
	defer func() { p.depth-- }()
	p.space()
	switch {
	case p.take("!"):
		c, err := p.unary()
		return notCondition{c}, err
	case p.take("("):
		c, err := p.condition()
		if p.space(); err != nil || !p.take(")") {
			return nil, errPathForm
		}
		return c, nil
	}
	return p.relation()
}

// relation reads a comparison, or a path alone, which asks for its existence.
func (p *pathParser) relation() (predicate, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	p.space()
	for _, r := range relations {
		if !p.take(r.sign) {
			continue
		}
		p.space()
		if r.sign == "=~" {
			regex, err := p.regex()
			return &match{left, regex}, err
		}
		right, err := p.operand()
		return comparisonOf{relation{left, right, r.holds}}, err
	}
	if left.literal != nil {
		return nil, errPathForm
	}
	return existsCheck{left}, nil
}

func (p *pathParser) operand() (*operand, error) {
	if !p.more() {
		return nil, errPathForm
	}
	switch c := p.s[p.i]; {
	case c == '@' || c == '$':
		p.i++
		inner := p.inner
		p.inner = true
		tokens, err := p.tokens()
		p.inner = inner
		o := &operand{path: tokens, root: c == '$', single: true}
		for i := range tokens {
			o.single = o.single && (tokens[i].single() || tokens[i].kind == tokenCall)
		}
		return o, err
	case c == '\'':
		text, err := p.quoted()
		return &operand{literal: &node{kind: '"', raw: jsontext.AppendString(nil, text)}}, err
	case c == '[':
		list, err := p.list()
		return &operand{literal: list}, err
	}
	if p.bytes == nil {
		p.bytes = []byte(p.s)
	}
	r := &reader{src: p.bytes, pos: p.i, limit: maxPathDepth, report: newReport(nil)}
	if _, err := r.read(""); err != nil {
		return nil, errPathForm
	}
	literal := readNode(r.src[p.i:r.pos:r.pos])
	p.i = r.pos
	return &operand{literal: &literal}, nil
}

// list reads an array of literals.
func (p *pathParser) list() (*node, error) {
	if p.depth++; p.depth > maxPathDepth {
		return nil, errPathForm
	}
	defer func() { p.depth-- }()
	list := &node{kind: '['}
	p.take("[")
	for p.space(); !p.take("]"); p.space() {
		if len(list.kids) > 0 {
			if !p.take(",") {
				return nil, errPathForm
			}
			p.space()
		}
		o, err := p.operand()
		if err != nil || o.literal == nil {
			return nil, errPathForm
		}
		list.kids = append(list.kids, *o.literal)
	}
	return list, nil
}

// regex reads /pattern/ with flags. It must match the whole text.
func (p *pathParser) regex() (*regexp.Regexp, error) {
	if !p.take("/") {
		return nil, errPathForm
	}
	var b strings.Builder
	for p.more() && p.s[p.i] != '/' {
		if p.s[p.i] == '\\' && p.i+1 < len(p.s) {
			if p.s[p.i+1] != '/' {
				b.WriteByte('\\')
			}
			p.i++
		}
		b.WriteByte(p.s[p.i])
		p.i++
	}
	if !p.take("/") || b.Len() > 1000 {
		return nil, errPathForm
	}
	flags := ""
	for p.more() && strings.IndexByte("imsu", p.s[p.i]) >= 0 {
		if p.s[p.i] != 'u' {
			flags += p.s[p.i : p.i+1]
		}
		p.i++
	}
	if flags != "" {
		flags = "(?" + flags + ")"
	}
	regex, err := regexp.Compile(flags + "^(?:" + b.String() + ")$")
	if err != nil {
		return nil, errPathForm
	}
	return regex, nil
}
