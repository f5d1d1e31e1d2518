package asl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/ohler55/ojg/jp"
)

// search evaluates a path with wildcards, slices, filters, unions or descents.
// The result is an array of what was found, in the order of the text. ojg only
// says where things are; the values are cut out of the text, spelt as they were.
func (p *path) search(data json.RawMessage) (out json.RawMessage, err error) {
	// ojg evaluates arbitrary expressions over arbitrary data; a defect in there must
	// not take the process down.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("evaluating %s: %v", p.text, r)
		}
	}()
	places := p.expr.Locate(decodeOrdered(data), 0)
	found := make([]span, len(places))
	for i, place := range places {
		if found[i], err = follow(data, place); err != nil {
			return nil, fmt.Errorf("evaluating %s: %w", p.text, err)
		}
	}
	if filters(p.expr) { // ojg locates what a filter lets through back to front
		slices.SortStableFunc(found, func(a, b span) int { return a.start - b.start })
	}
	out = append(out, '[')
	for i, at := range found {
		if i > 0 {
			out = append(out, ',')
		}
		if out = append(out, data[at.start:at.end]...); len(out) > maxSearchResult {
			return nil, fmt.Errorf("evaluating %s: the result is too large", p.text)
		}
	}
	return append(out, ']'), nil
}

// span is where a value stands in a text.
type span struct{ start, end int }

func filters(x jp.Expr) bool {
	return slices.ContainsFunc(x, func(f jp.Frag) bool { _, ok := f.(*jp.Filter); return ok })
}

// maxSearchResult bounds what a descent into deeply nested data can multiply into.
const maxSearchResult = 4 << 20

// follow walks a normalised path, one of names and indexes only.
func follow(data json.RawMessage, place jp.Expr) (span, error) {
	at := span{0, len(data)}
	for _, f := range place {
		var start, end int
		var ok bool
		switch f := f.(type) {
		case jp.Root:
			continue
		case jp.Child:
			start, end, ok = member(data[at.start:at.end], string(f))
		case jp.Nth:
			start, end, ok = element(data[at.start:at.end], int(f))
		}
		if !ok {
			return at, fmt.Errorf("no value at %s", place)
		}
		at = span{at.start + start, at.start + end}
	}
	return at, nil
}

// object and array are JSON containers as ojg sees them, their members in the
// order of the text.
type object struct {
	keys   []string
	values map[string]any
}

type array []any

var (
	_ jp.Keyed   = (*object)(nil)
	_ jp.Indexed = (array)(nil)
)

func (o *object) ValueForKey(key string) (any, bool) { v, ok := o.values[key]; return v, ok }
func (o *object) SetValueForKey(string, any)         {}
func (o *object) RemoveValueForKey(string)           {}
func (o *object) Keys() []string                     { return o.keys }

func (a array) ValueAtIndex(i int) any {
	if i < 0 || i >= len(a) {
		return nil
	}
	return a[i]
}
func (a array) SetValueAtIndex(int, any) {}
func (a array) Size() int                { return len(a) }

// decodeOrdered decodes for searching. Numbers become int64 where they fit and
// float64 otherwise, which is what filters compare.
func decodeOrdered(b []byte) any {
	switch rawKind(b) {
	case '{':
		o := &object{values: map[string]any{}}
		members(b, func(key []byte, s, e int) bool {
			name, _ := rawString(key)
			if _, dup := o.values[name]; !dup {
				o.keys = append(o.keys, name)
			}
			o.values[name] = decodeOrdered(b[s:e])
			return true
		})
		return o
	case '[':
		a := array{}
		elements(b, func(s, e int) bool {
			a = append(a, decodeOrdered(b[s:e]))
			return true
		})
		return a
	case '"':
		s, _ := rawString(b)
		return s
	case 't':
		return b[0] == 't'
	case 'n':
		return nil
	}
	if i, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return i
	}
	f, _ := strconv.ParseFloat(string(b), 64)
	return f
}
