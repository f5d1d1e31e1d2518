package asl

import (
	"encoding/json"
	"fmt"
	"slices"

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
	root := decodeTree(data)
	places := p.expr.Locate(root, 0)
	found := make([]span, len(places))
	for i, place := range places {
		if found[i], err = follow(root, span{0, len(data)}, place); err != nil {
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

// maxSearchResult bounds what a descent into deeply nested data can multiply into.
const maxSearchResult = 4 << 20

func filters(x jp.Expr) bool {
	return slices.ContainsFunc(x, func(f jp.Frag) bool { _, ok := f.(*jp.Filter); return ok })
}

// follow walks a normalised path, one of names and indexes only.
func follow(root any, at span, place jp.Expr) (span, error) {
	for _, f := range place {
		i, box := -1, (*container)(nil)
		switch f := f.(type) {
		case jp.Root:
			continue
		case jp.Child:
			if o, ok := root.(*object); ok {
				if n, ok := o.index[string(f)]; ok {
					i, box = n, &o.container
				}
			}
		case jp.Nth:
			if a, ok := root.(*array); ok {
				if i, box = int(f), &a.container; i < 0 {
					i += len(a.values)
				}
			}
		}
		if box == nil || i < 0 || i >= len(box.values) {
			return at, fmt.Errorf("no value at %s", place)
		}
		root, at = box.values[i], box.spans[i]
	}
	return at, nil
}
