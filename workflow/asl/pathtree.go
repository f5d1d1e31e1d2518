package asl

import (
	"strconv"

	"github.com/ohler55/ojg/jp"
)

// span is where a value stands in a text.
type span struct{ start, end int }

// container is what objects and arrays have in common: their values in the order
// of the text, and where each stands in it.
type container struct {
	values []any
	spans  []span
}

// object and array are JSON containers as ojg sees them.
type object struct {
	container
	keys  []string
	index map[string]int
}

type array struct{ container }

var (
	_ jp.Keyed   = (*object)(nil)
	_ jp.Indexed = (*array)(nil)
)

func (o *object) ValueForKey(key string) (any, bool) {
	if i, ok := o.index[key]; ok {
		return o.values[i], true
	}
	return nil, false
}
func (o *object) SetValueForKey(string, any) {}
func (o *object) RemoveValueForKey(string)   {}
func (o *object) Keys() []string             { return o.keys }

func (a *array) ValueAtIndex(i int) any {
	if i < 0 || i >= len(a.values) {
		return nil
	}
	return a.values[i]
}
func (a *array) SetValueAtIndex(int, any) {}
func (a *array) Size() int                { return len(a.values) }

// treeReader decodes a text for searching and takes its measure.
type treeReader struct {
	b       []byte
	values  int
	depth   int // present
	deepest int
}

func (r *treeReader) read() any {
	v, _ := r.at(skipSpace(r.b, 0))
	return v
}

// at decodes the value at b[i] and returns the index after it. Numbers become int64
// where they fit and float64 otherwise, which is what filters compare.
func (r *treeReader) at(i int) (any, int) {
	r.values++
	r.depth++
	r.deepest = max(r.deepest, r.depth)
	defer func() { r.depth-- }()
	b := r.b
	switch rawKind(b[i:]) {
	case '{':
		return r.object(i)
	case '[':
		return r.array(i)
	case '"':
		end := skipString(b, i)
		s, _ := rawString(b[i:end])
		return s, end
	}
	end := skipScalar(b, i)
	switch rawKind(b[i:]) {
	case 't':
		return b[i] == 't', end
	case 'n':
		return nil, end
	}
	if n, err := strconv.ParseInt(string(b[i:end]), 10, 64); err == nil {
		return n, end
	}
	f, _ := strconv.ParseFloat(string(b[i:end]), 64)
	return f, end
}

func (r *treeReader) object(i int) (*object, int) {
	o, b := &object{index: map[string]int{}}, r.b
	for i = skipSpace(b, i+1); i < len(b) && b[i] == '"'; {
		end := skipString(b, i)
		name, _ := rawString(b[i:end])
		i = skipSpace(b, end)
		if i = skipSpace(b, i+1); i >= len(b) {
			break
		}
		v, end := r.at(i)
		if n, dup := o.index[name]; dup {
			o.values[n], o.spans[n] = v, span{i, end}
		} else {
			o.index[name] = len(o.keys)
			o.keys = append(o.keys, name)
			o.add(v, span{i, end})
		}
		i = skipComma(b, end)
	}
	return o, min(i+1, len(b))
}

func (r *treeReader) array(i int) (*array, int) {
	a, b := &array{}, r.b
	for i = skipSpace(b, i+1); i < len(b) && b[i] != ']'; {
		v, end := r.at(i)
		a.add(v, span{i, end})
		i = skipComma(b, end)
	}
	return a, min(i+1, len(b))
}

func (c *container) add(v any, at span) {
	c.values = append(c.values, v)
	c.spans = append(c.spans, at)
}

func skipComma(b []byte, i int) int {
	if i = skipSpace(b, i); i < len(b) && b[i] == ',' {
		i = skipSpace(b, i+1)
	}
	return i
}
