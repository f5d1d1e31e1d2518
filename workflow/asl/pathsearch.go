package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/workflow"

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
	r := &treeReader{b: data}
	root := r.read()
	most, err := r.affords(p.expr)
	if err != nil {
		return nil, fmt.Errorf("evaluating %s: %w", p.text, err)
	}
	places := p.expr.Locate(root, most+1)
	if len(places) > most {
		return nil, fmt.Errorf("evaluating %s: %w", p.text, errSearchTooLarge)
	}
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
			return nil, fmt.Errorf("evaluating %s: %w", p.text, errSearchTooLarge)
		}
	}
	return append(out, ']'), nil
}

// Bounds of a search. The payload comes from anybody, and a path with several
// descents multiplies what it finds by the depth of the data for each of them.
const (
	maxSearchResult = 4 << 20 // bytes
	maxSearchSteps  = 1e8     // places looked at, roughly
	maxSearchCells  = 4 << 20 // names and indexes of all places found
)

var errSearchTooLarge = errors.New("the data is too large or nests too deep for this path")

// affords says how many places a search may find, or that it must not be tried.
func (r *treeReader) affords(x jp.Expr) (most int, err error) {
	steps := float64(r.values)
	for range max(0, strings.Count(x.String(), "..")-1) {
		steps *= float64(r.deepest)
	}
	if steps > maxSearchSteps {
		return 0, errSearchTooLarge
	}
	return min(workflow.MaxPayload, maxSearchCells/(r.deepest+1)), nil
}

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
