package asl

import (
	"encoding/json"
	"unicode/utf8"

	"countersign/workflow/asl/jsontext"
)

// The functions of this file look into JSON texts without decoding them, as package
// jsontext does.

var (
	rawNull  = json.RawMessage("null")
	rawEmpty = json.RawMessage("{}")
)

// trim removes the white space around a JSON text.
func trim(b json.RawMessage) json.RawMessage {
	i, j := jsontext.SkipSpace(b, 0), len(b)
	for j > i && (b[j-1] == ' ' || b[j-1] == '\n' || b[j-1] == '\t' || b[j-1] == '\r') {
		j--
	}
	return b[i:j:j]
}

// members calls yield with each member of an object: its key as written, quotes
// included, and its value's bounds. It stops when yield returns false.
func members(b []byte, yield func(key []byte, start, end int) bool) {
	i := jsontext.SkipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return
	}
	for i = jsontext.SkipSpace(b, i+1); i < len(b) && b[i] == '"'; {
		k := jsontext.SkipString(b, i)
		start := jsontext.SkipSpace(b, k)
		if start >= len(b) || b[start] != ':' {
			return
		}
		start = jsontext.SkipSpace(b, start+1)
		end := jsontext.SkipValue(b, start)
		if !yield(b[i:k], start, end) {
			return
		}
		if i = jsontext.SkipSpace(b, end); i < len(b) && b[i] == ',' {
			i = jsontext.SkipSpace(b, i+1)
		}
	}
}

// elements calls yield with the bounds of each element of an array.
func elements(b []byte, yield func(start, end int) bool) {
	i := jsontext.SkipSpace(b, 0)
	if i >= len(b) || b[i] != '[' {
		return
	}
	for i = jsontext.SkipSpace(b, i+1); i < len(b) && b[i] != ']'; {
		end := jsontext.SkipValue(b, i)
		if end == i || !yield(i, end) {
			return
		}
		if i = jsontext.SkipSpace(b, end); i < len(b) && b[i] == ',' {
			i = jsontext.SkipSpace(b, i+1)
		}
	}
}

// keyIs compares a key as written with a name.
func keyIs(key []byte, name string) bool {
	if len(key) < 2 {
		return false
	}
	inner := key[1 : len(key)-1]
	if string(inner) == name {
		return true
	}
	for _, c := range inner {
		if c == '\\' {
			s, ok := rawString(key)
			return ok && s == name
		}
	}
	return false
}

// member finds an object's member; of duplicate keys the last one counts.
func member(b []byte, name string) (start, end int, ok bool) {
	members(b, func(key []byte, s, e int) bool {
		if keyIs(key, name) {
			start, end, ok = s, e, true
		}
		return true
	})
	return start, end, ok
}

// element finds an array's element; a negative index counts from the end.
func element(b []byte, index int) (start, end int, ok bool) {
	if index < 0 {
		n := 0
		elements(b, func(int, int) bool { n++; return true })
		if index += n; index < 0 {
			return 0, 0, false
		}
	}
	n := 0
	elements(b, func(s, e int) bool {
		if n == index {
			start, end, ok = s, e, true
			return false
		}
		n++
		return true
	})
	return start, end, ok
}

// rawString decodes a JSON string; ok is false when b is not one.
func rawString(b []byte) (s string, ok bool) {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return "", false
	}
	inner := b[1 : len(b)-1]
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' || inner[i] >= utf8.RuneSelf {
			if err := json.Unmarshal(b, &s); err != nil {
				return "", false
			}
			return s, true
		}
	}
	return string(inner), true
}

// maxPayloadNesting is how deep a payload may nest. It is the service's limit, and it
// keeps stored snapshots far from the depth that encoding/json refuses to read.
const maxPayloadNesting = 1000

// deep says whether a text nests deeper than allowed.
func deep(b []byte) bool {
	for i, depth := 0, 0; i < len(b); {
		switch b[i] {
		case '"':
			i = jsontext.SkipString(b, i)
			continue
		case '{', '[':
			if depth++; depth > maxPayloadNesting {
				return true
			}
		case '}', ']':
			depth--
		}
		i++
	}
	return false
}

// rawKind is the kind of a JSON value by its first byte: one of { [ " 0 t n,
// with 0 for numbers and t for both booleans.
func rawKind(b []byte) byte {
	if len(b) == 0 {
		return 'n'
	}
	switch c := b[0]; c {
	case '{', '[', '"', 'n':
		return c
	case 't', 'f':
		return 't'
	}
	return '0'
}
