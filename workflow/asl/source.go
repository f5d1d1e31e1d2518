package asl

import (
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
	index      map[string]*value // of many members, once it is asked for
	items      []*value
}

type memberAt struct {
	name  string
	at    int // offset of the name
	value *value
}

// get is an object's member, or nil.
func (v *value) get(name string) *value {
	if len(v.members) > fewKeys {
		return v.lookup(name)
	}
	for i := range v.members {
		if v.members[i].name == name {
			return v.members[i].value
		}
	}
	return nil
}

// lookup is get for objects with many members.
func (v *value) lookup(name string) *value {
	if v.index == nil {
		v.index = make(map[string]*value, len(v.members))
		for _, m := range v.members {
			v.index[m.name] = m.value
		}
	}
	return v.index[name]
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

func unescapePointer(token string) string {
	if !strings.Contains(token, "~") {
		return token
	}
	return strings.NewReplacer("~0", "~", "~1", "/").Replace(token)
}

// maxNesting is how deep a definition may nest. The deepest sensible one, a Choice
// rule within several Maps and Parallels, stays far below.
const maxNesting = 200

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
