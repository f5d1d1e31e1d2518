package asl

import (
	"slices"
	"strings"
)

// relations are the signs of comparisons, those first that others begin with.
var relations = []struct {
	sign  string
	holds func(a, b *node) bool
}{
	{"===", sameNode},
	{"!==", func(a, b *node) bool { return !sameNode(a, b) }},
	{"==", equalNodes},
	{"!=", func(a, b *node) bool { return !equalNodes(a, b) }},
	{"=~", nil},
	{"<=", ordered(func(c int) bool { return c <= 0 })},
	{">=", ordered(func(c int) bool { return c >= 0 })},
	{"<", ordered(func(c int) bool { return c < 0 })},
	{">", ordered(func(c int) bool { return c > 0 })},
	{"in ", among},
	{"nin ", func(a, b *node) bool { return a != nil && b != nil && b.kind == '[' && !among(a, b) }},
	{"contains ", containsNode},
	{"empty ", func(a, b *node) bool {
		return a != nil && b != nil && b.kind == 't' && (a.size() == 0) == (b.raw[0] == 't')
	}},
	{"size ", func(a, b *node) bool { return a != nil && b != nil && b.kind == '0' && a.size() == b.int() }},
}

// sameNode compares values of the same kind.
func sameNode(a, b *node) bool {
	return a != nil && b != nil && a.kind == b.kind && equalNodes(a, b)
}

// equalNodes compares values; a text and a number are equal when they read the same.
func equalNodes(a, b *node) bool {
	switch {
	case a == nil || b == nil:
		return a == b
	case a.kind == '0' && b.kind == '0':
		return compareNumbers(string(a.raw), string(b.raw)) == 0
	case a.kind == '"' && b.kind == '"', a.kind == '"' && b.kind == '0', a.kind == '0' && b.kind == '"':
		return a.text() == b.text()
	case a.kind != b.kind:
		return false
	}
	return canonical(a.json()) == canonical(b.json())
}

func ordered(holds func(int) bool) func(a, b *node) bool {
	return func(a, b *node) bool {
		switch {
		case a == nil || b == nil || a.kind != b.kind:
			return false
		case a.kind == '0':
			return holds(compareNumbers(string(a.raw), string(b.raw)))
		case a.kind == '"':
			return holds(strings.Compare(a.text(), b.text()))
		}
		return false
	}
}

func among(a, b *node) bool {
	if a == nil || b == nil || b.kind != '[' {
		return false
	}
	return slices.ContainsFunc(b.kids, func(one node) bool { return equalNodes(a, &one) })
}

func containsNode(a, b *node) bool {
	if a != nil && b != nil && a.kind == '"' && b.kind == '"' {
		return strings.Contains(a.text(), b.text())
	}
	return among(b, a)
}
