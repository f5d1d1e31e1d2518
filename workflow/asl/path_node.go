package asl

import (
	"encoding/json"

	"countersign/workflow/asl/jsontext"
)

// node is a value of a text that is searched.
type node struct {
	raw  json.RawMessage // nil of a list made by a search
	kind byte            // as rawKind says
	keys []string        // of an object
	kids []node          // of an object or array
	at   map[string]int  // of a large object, where the keys are
}

// fewKeys is up to how many keys an object is searched without an index.
const fewKeys = 8

// readNode decodes the structure of a text, which is JSON.
func readNode(b json.RawMessage) node {
	n, _ := nodeAt(b, jsontext.SkipSpace(b, 0))
	return n
}

// nodeAt decodes the value at b[i] and returns the index after it, in one pass.
func nodeAt(b json.RawMessage, i int) (n node, end int) {
	n.kind = rawKind(b[i:])
	switch n.kind {
	case '{':
		end = n.object(b, i)
	case '[':
		end = n.array(b, i)
	case '"':
		end = jsontext.SkipString(b, i)
	default:
		end = jsontext.SkipScalar(b, i)
	}
	end = min(end, len(b))
	n.raw = b[min(i, end):end:end]
	return n, end
}

func (n *node) object(b json.RawMessage, i int) int {
	for i = jsontext.SkipSpace(b, i+1); i < len(b) && b[i] == '"'; {
		end := jsontext.SkipString(b, i)
		name, _ := rawString(b[i:end])
		if i = jsontext.SkipSpace(b, jsontext.SkipSpace(b, end)+1); i >= len(b) {
			break
		}
		v, end := nodeAt(b, i)
		n.put(name, v)
		i = skipComma(b, end)
	}
	return i + 1
}

func (n *node) array(b json.RawMessage, i int) int {
	for i = jsontext.SkipSpace(b, i+1); i < len(b) && b[i] != ']'; {
		v, end := nodeAt(b, i)
		n.kids = append(n.kids, v)
		i = skipComma(b, end)
	}
	return i + 1
}

func skipComma(b []byte, i int) int {
	if i = jsontext.SkipSpace(b, i); i < len(b) && b[i] == ',' {
		i = jsontext.SkipSpace(b, i+1)
	}
	return i
}

// put adds an object's member; of duplicate keys the last one counts.
func (n *node) put(name string, v node) {
	if i := n.index(name); i >= 0 {
		n.kids[i] = v
		return
	}
	n.keys, n.kids = append(n.keys, name), append(n.kids, v)
	if n.at != nil {
		n.at[name] = len(n.keys) - 1
	} else if len(n.keys) > fewKeys {
		n.at = make(map[string]int, 2*fewKeys)
		for i, key := range n.keys {
			n.at[key] = i
		}
	}
}

// index is where a key is, or -1.
func (n *node) index(name string) int {
	if n.at != nil {
		if i, ok := n.at[name]; ok {
			return i
		}
		return -1
	}
	for i, key := range n.keys {
		if key == name {
			return i
		}
	}
	return -1
}

func (n *node) container() bool { return n.kind == '{' || n.kind == '[' }

// text is a string without its quotes, anything else as it is spelt.
func (n *node) text() string {
	if s, ok := rawString(n.raw); ok {
		return s
	}
	return string(n.raw)
}

func (n *node) int() int {
	i, ok := wholeNumber(n.raw)
	if !ok {
		return -1
	}
	return int(i)
}

// size is how many members, elements or characters a value has; -1 for others.
func (n *node) size() int {
	switch n.kind {
	case '{', '[':
		return len(n.kids)
	case '"':
		return len([]rune(n.text()))
	}
	return -1
}

// weight is about how many bytes a value has.
func (n *node) weight() (bytes int) {
	if n.raw != nil {
		return len(n.raw)
	}
	for i := range n.kids {
		bytes += n.kids[i].weight() + 1
	}
	return bytes
}

func (n *node) json() json.RawMessage {
	if n.raw != nil {
		return n.raw
	}
	out := json.RawMessage{'['}
	for i := range n.kids {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, n.kids[i].json()...)
	}
	return append(out, ']')
}
