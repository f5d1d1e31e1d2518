package asl

import (
	"bytes"
	"encoding/json"
	"math"

	"countersign/workflow"
)

// mapBody is a Map state in INLINE mode: an iteration for each element of an array,
// and the array of their results.
type mapBody struct {
	lang iterator
	// how many iterations may be active at the same time, and how many may fail
	concurrency, tolerated, toleratedPercent quantity
}

// iterator is what a Map state needs of its query language besides.
type iterator interface {
	// items is the array to iterate over, in the state's effective input; or an object,
	// where that is allowed.
	items(e *environment, data json.RawMessage, object bool) (json.RawMessage, *failure)
	// item is what an iteration is given. The environment knows the iteration.
	item(e *environment, data, value json.RawMessage) (json.RawMessage, *failure)
}

// quantity is a number that stands in the definition or is found when the state
// begins; nil when the state has none.
type quantity interface {
	value(e *environment, data json.RawMessage) (float64, *failure)
}

// maxIterations is how many iterations the service has active at the same time.
const maxIterations = 40

func (b *mapBody) begin(x *stepper, f *frame, s *state) verdict { return b.again(x, f, s) }

func (b *mapBody) again(x *stepper, f *frame, s *state) verdict {
	e := &environment{x: x, f: f}
	g, fail := b.group(e, s)
	if fail != nil {
		return failed(fail)
	}
	f.group, f.children = g, nil
	length := g.length
	g.began = x.emit(f, workflow.EventMapStateStarted, workflow.Details{Length: &length})
	return x.begun(f, s)
}

func (b *mapBody) group(e *environment, s *state) (*group, *failure) {
	data, fail := s.lang.effective(e, e.f.input)
	if fail != nil {
		return nil, fail
	}
	g := &group{limit: maxIterations, allow: thresholdless, data: data}
	if n, given, fail := amount(b.concurrency, e, data); fail != nil {
		return nil, fail
	} else if given && n > 0 && n < maxIterations {
		g.limit = int(n)
	}
	if g.items, fail = b.lang.items(e, data, false); fail != nil {
		return nil, fail
	}
	g.length, g.itemsAt = lengthOf(g.items), bytes.Index(e.f.input, g.items)
	count, counted, fail := amount(b.tolerated, e, data)
	if fail != nil {
		return nil, fail
	}
	percent, rated, fail := amount(b.toleratedPercent, e, data)
	if fail != nil {
		return nil, fail
	}
	// Of two thresholds the lower one counts. Without one, or with none to tolerate,
	// the state fails with its iteration's own error.
	allow := math.Inf(1)
	if counted {
		allow = count
	}
	if rated {
		allow = min(allow, math.Floor(percent*float64(g.length)/100))
	}
	if allow > 0 && (counted || rated) {
		g.allow = int(min(allow, float64(g.length)))
	}
	return g, nil
}

func amount(q quantity, e *environment, data json.RawMessage) (n float64, given bool, fail *failure) {
	if q == nil {
		return 0, false, nil
	}
	n, fail = q.value(e, data)
	return n, true, fail
}

func (b *mapBody) scope(s *state, _ int) *scope { return s.scopes[0] }

func (b *mapBody) events() branchEvents {
	return branchEvents{
		workflow.EventMapIterationStarted, workflow.EventMapIterationSucceeded,
		workflow.EventMapIterationFailed, workflow.EventMapIterationAborted,
	}
}

func (b *mapBody) input(x *stepper, f, child *frame, s *state) (json.RawMessage, *failure) {
	e := &environment{x: x, f: f, iteration: child}
	if f.group.data == nil {
		data, fail := s.lang.effective(e, f.input)
		if fail != nil {
			return nil, fail
		}
		f.group.data = data
	}
	return b.lang.item(e, f.group.data, child.value())
}
