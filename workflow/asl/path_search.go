package asl

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"

	"countersign/workflow/asl/jsontext"
)

// Bounds of a search. The payload comes from anybody, and a path with several descents
// multiplies what it finds by the depth of the data for each of them.
const (
	maxSearchResult = 4 << 20 // bytes
	maxSearchSteps  = 2 << 20 // values looked at
)

var errSearchTooLarge = errors.New("the data is too large or nests too deep for this path")

// search is one evaluation of an indefinite path. What it finds is in the order of the
// text, and spelt as it was there.
type search struct {
	root   *node
	budget *budget
	found  []*node
	inner  bool // of a filter's operand
}

type budget struct{ steps, bytes int }

func (b *budget) spent() bool { return b.steps > maxSearchSteps || b.bytes > maxSearchResult }

// search evaluates an indefinite path, or one that ends in a function. The result of the
// former is an array of what was found.
func (p *path) search(data json.RawMessage) (out json.RawMessage, found bool, err error) {
	root := readNode(data)
	s := &search{root: &root, budget: &budget{}}
	s.walk(p.tokens, &root)
	switch {
	case s.budget.spent():
		return nil, false, errSearchTooLarge
	case p.one():
		if len(s.found) != 1 {
			return nil, false, nil
		}
		return s.found[0].json(), true, nil
	}
	list := node{kind: '['}
	for _, n := range s.found {
		list.kids = append(list.kids, *n)
	}
	return list.json(), true, nil
}

// one says whether a path with tokens leads to one value nevertheless: it ends in a
// function, or in several names, which make one object.
func (p *path) one() bool {
	for i := range p.tokens {
		t := &p.tokens[i]
		last := i == len(p.tokens)-1
		if !t.single() && !(t.kind == tokenCall || last && t.kind == tokenNames && !t.descend) {
			return false
		}
	}
	return true
}

// walk follows tokens from a value. What is not there is not found, wherever it is missing.
func (s *search) walk(tokens []pathToken, n *node) {
	if s.budget.steps++; s.budget.spent() {
		return
	}
	if len(tokens) == 0 {
		if s.found = append(s.found, n); !s.inner {
			s.budget.bytes += len(n.raw)
		}
		return
	}
	t, rest := &tokens[0], tokens[1:]
	if t.descend {
		s.descend(t, rest, n)
		return
	}
	switch t.kind {
	case tokenCall:
		if v := pathFunctions[t.call](n); v != nil {
			s.walk(rest, v)
		}
	case tokenFilter:
		s.filter(t, rest, n)
	case tokenNames:
		s.names(t, rest, n)
	default:
		s.several(t, rest, n)
	}
}

// affords charges what looking at a whole value costs.
func (s *search) affords(n *node) bool {
	if n != nil {
		s.budget.steps += n.weight() / 32
	}
	return !s.budget.spent()
}

// descend applies a token to a value and all below it.
func (s *search) descend(t *pathToken, rest []pathToken, n *node) {
	if s.budget.steps++; s.budget.spent() || !n.container() {
		return
	}
	switch t.kind {
	case tokenFilter:
		if t.filter.holds(s, n) {
			s.walk(rest, n)
		}
	case tokenNames:
		s.names(t, rest, n)
	default:
		s.several(t, rest, n)
	}
	for i := range n.kids {
		s.descend(t, rest, &n.kids[i])
	}
}

func (s *search) filter(t *pathToken, rest []pathToken, n *node) {
	switch n.kind {
	case '{': // the service's library asks an object itself, not its members
		if t.filter.holds(s, n) {
			s.walk(rest, n)
		}
	case '[':
		for i := range n.kids {
			if s.budget.steps++; s.budget.spent() {
				return
			}
			if t.filter.holds(s, &n.kids[i]) {
				s.walk(rest, &n.kids[i])
			}
		}
	}
}

func (s *search) names(t *pathToken, rest []pathToken, n *node) {
	if len(t.names) > 1 && len(rest) == 0 {
		if n.kind == '{' {
			s.walk(rest, n.only(t.names))
		}
		return
	}
	for _, name := range t.names {
		if i := n.index(name); i >= 0 {
			s.walk(rest, &n.kids[i])
		}
	}
}

// only makes an object of some members of another.
func (n *node) only(names []string) *node {
	out := &node{kind: '{', raw: json.RawMessage{'{'}}
	for _, name := range names {
		if i := n.index(name); i >= 0 {
			if len(out.keys) > 0 {
				out.raw = append(out.raw, ',')
			}
			out.raw = append(append(jsontext.AppendString(out.raw, name), ':'), n.kids[i].raw...)
			out.put(name, n.kids[i])
		}
	}
	out.raw = append(out.raw, '}')
	return out
}

// several follows indexes, a slice or a star.
func (s *search) several(t *pathToken, rest []pathToken, n *node) {
	size := len(n.kids)
	switch {
	case t.kind == tokenAll:
		for i := range n.kids {
			s.walk(rest, &n.kids[i])
		}
	case n.kind != '[':
	case t.kind == tokenIndexes:
		for _, i := range t.indexes {
			if i < 0 {
				i += size
			}
			if i >= 0 && i < size {
				s.walk(rest, &n.kids[i])
			}
		}
	default:
		from, to := t.bounds(size)
		for i := from; i < to; i += t.step {
			s.walk(rest, &n.kids[i])
		}
	}
}

// bounds are those of a slice of an array; negative ones count from its end.
func (t *pathToken) bounds(size int) (from, to int) {
	at := func(i *int, otherwise int) int {
		switch {
		case i == nil:
			return otherwise
		case *i < 0:
			return max(0, *i+size)
		}
		return min(*i, size)
	}
	return at(t.from, 0), at(t.to, size)
}

// pathFunctions may stand at the end of a path. They answer nil where they have no meaning.
var pathFunctions = map[string]func(*node) *node{
	"length": nodeLength, "size": nodeLength,
	"keys": func(n *node) *node {
		if n.kind != '{' {
			return nil
		}
		list := &node{kind: '['}
		for _, key := range n.keys {
			list.kids = append(list.kids, node{kind: '"', raw: jsontext.AppendString(nil, key)})
		}
		return list
	},
	"first":  func(n *node) *node { return n.element(0) },
	"last":   func(n *node) *node { return n.element(len(n.kids) - 1) },
	"min":    aggregate(func(v []float64) float64 { return slices.Min(v) }),
	"max":    aggregate(func(v []float64) float64 { return slices.Max(v) }),
	"sum":    aggregate(sum),
	"avg":    aggregate(mean),
	"stddev": aggregate(deviation),
}

func nodeLength(n *node) *node {
	if !n.container() {
		return nil
	}
	return &node{kind: '0', raw: strconv.AppendInt(nil, int64(len(n.kids)), 10)}
}

func (n *node) element(i int) *node {
	if n.kind != '[' || i < 0 || i >= len(n.kids) {
		return nil
	}
	return &n.kids[i]
}

// aggregate makes a function of an array's numbers.
func aggregate(of func([]float64) float64) func(*node) *node {
	return func(n *node) *node {
		var numbers []float64
		for i := range n.kids {
			if f, err := strconv.ParseFloat(string(n.kids[i].raw), 64); err == nil && n.kids[i].kind == '0' {
				numbers = append(numbers, f)
			}
		}
		if n.kind != '[' || len(numbers) == 0 {
			return nil
		}
		f := of(numbers)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return nil
		}
		raw, _ := json.Marshal(f)
		if f == math.Trunc(f) && math.Abs(f) < 1e15 { // the service's library counts in fractions
			raw = strconv.AppendFloat(nil, f, 'f', 1, 64)
		}
		return &node{kind: '0', raw: raw}
	}
}

func sum(v []float64) (total float64) {
	for _, f := range v {
		total += f
	}
	return total
}

func mean(v []float64) float64 { return sum(v) / float64(len(v)) }

func deviation(v []float64) float64 {
	m, squares := mean(v), 0.0
	for _, f := range v {
		squares += (f - m) * (f - m)
	}
	return math.Sqrt(squares / float64(len(v)))
}
