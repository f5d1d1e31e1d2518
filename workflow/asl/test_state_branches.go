package asl

import (
	"encoding/json"
	"strconv"

	"countersign/workflow"
)

// mockBranches stands for all that the states within the tested state do. Of a Map, what
// its iterations would be given is looked at; of a Parallel, only what is made of the result.
func (p *probe) mockBranches(x *stepper, f *frame, s *state) verdict {
	items := 0
	if b, ok := s.body.(*mapBody); ok {
		items = f.group.length
		if fail := p.inspectMap(x, f, b); fail != nil {
			f.group = nil
			return failed(fail)
		}
	}
	f.group = nil
	e := p.test.branchFailure(p, items)
	if e != nil {
		return failed(e)
	}
	out, fail := s.lang.result(&environment{x: x, f: f}, f.input, p.test.result)
	if fail != nil {
		return failed(fail)
	}
	return verdict{leaves: true, output: out, next: s.next}
}

// branchFailure is how the mocked branches or iterations fail; nil when they do not.
func (t *Test) branchFailure(p *probe, items int) *failure {
	if n := t.request.MapFailures; n != nil && t.s.kind.name == "Map" {
		if *n > items {
			p.refused = refuse("The mapIterationFailureCount must not exceed the number of items: %d is more than %d.", *n, items)
		}
		if p.exceeds(*n, items) {
			return thresholdExceeded()
		}
	}
	if mocked := t.request.Mock.Failure; mocked != nil {
		e := mocked.failure()
		e.inside, e.branch = true, true
		return e
	}
	return nil
}

func thresholdExceeded() *failure {
	return &failure{name: workflow.ErrorThresholdExceeded, inside: true, cause: "The specified tolerated failure threshold was exceeded"}
}

// exceeds says whether failures are more than a Map tolerates. One that says nothing of
// tolerance is not asked here.
func (p *probe) exceeds(failures, items int) bool {
	n, percent := p.ToleratedFailureCount, p.ToleratedFailurePercentage
	return n != nil && int64(failures) > *n || percent != nil && float64(failures)*100 > *percent*float64(items)
}

// inspectMap notes what a Map makes of its input.
func (p *probe) inspectMap(x *stepper, f *frame, b *mapBody) *failure {
	e := &environment{x: x, f: f}
	if fail := p.quantities(e, b, f.group.data); fail != nil {
		return fail
	}
	if !selects(b.lang) {
		return nil
	}
	var items []json.RawMessage
	elements(f.group.items, func(start, end int) bool {
		items = append(items, f.group.items[start:end:end])
		return true
	})
	_, fail := p.selectItems(e, b.lang, f.group.data, items)
	return fail
}

// selects says whether items are given another form.
func selects(lang iterator) bool {
	switch q := lang.(type) {
	case *jsonPathMap:
		return q.selector != nil
	case *jsonataMap:
		return q.selector != nil
	}
	return false
}

func (p *probe) quantities(e *environment, b *mapBody, data json.RawMessage) *failure {
	concurrency, _, fail := amount(b.concurrency, e, data)
	if fail != nil {
		return fail
	}
	most := int64(concurrency)
	p.MaxConcurrency = &most
	count, counted, fail := amount(b.tolerated, e, data)
	if counted && fail == nil {
		n := int64(count)
		p.ToleratedFailureCount = &n
	}
	if fail != nil {
		return fail
	}
	percent, rated, fail := amount(b.toleratedPercent, e, data)
	if rated && fail == nil {
		p.ToleratedFailurePercentage = &percent
	}
	return fail
}

// appendItem tells a state within a Map of its iteration: of the given one, or of the
// first, whose item is the input.
func (p *probe) appendItem(b []byte, iteration *frame) []byte {
	if iteration == nil {
		return append(append(b, `{"Item":{"Index":0,"Value":`...), append(p.test.request.Input, '}', '}')...)
	}
	b = strconv.AppendInt(append(b, `{"Item":{"Index":`...), int64(iteration.index), 10)
	b = append(append(b, `,"Value":`...), iteration.value()...)
	return append(b, '}', '}')
}

// iterated says whether the tested state is within a Map.
func (t *Test) iterated() bool {
	for s := t.s.within; s != nil; s = s.within {
		if s.kind.name == "Map" {
			return true
		}
	}
	return false
}

// outwards hands a failure that the tested state does not handle on to the state that it
// is within, whose branch or iteration fails with it. A Map may tolerate it, and goes on.
func (p *probe) outwards(x *stepper, f *frame, s *state, e *failure) (*frame, verdict) {
	*f = frame{vars: f.vars, state: s.name, entry: f.entry, entered: f.entered, input: f.input}
	p.test.supposeRetries(f, s)
	inner := *e
	inner.inside, inner.branch = true, true
	if b := mapOf(s); b != nil && p.test.request.MapFailures != nil {
		count, counted, fail := amount(b.tolerated, &environment{x: x, f: f}, f.input)
		switch failures := *p.test.request.MapFailures + 1; {
		case fail != nil || !counted:
		case float64(failures) > count:
			inner = *thresholdExceeded()
		default:
			x.closeFailed(f, e)
			return nil, verdict{}
		}
	}
	return x.recover(f, s, &inner)
}

// mapOf is what both modes of a Map have; nil for another state.
func mapOf(s *state) *mapBody {
	switch b := s.body.(type) {
	case *mapBody:
		return b
	case *mapRunBody:
		return &b.items
	}
	return nil
}
