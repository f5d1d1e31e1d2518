package asl

import (
	"encoding/json"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
)

// TestItems knows how documents become items and items become batches; a Map Run does it
// in the same way. Its errors are failures of the state.
type TestItems interface {
	Read(r *ItemReader, document string) ([]json.RawMessage, *workflow.TaskError)
	Batch(run *MapRun, items []json.RawMessage) ([]json.RawMessage, *workflow.TaskError)
}

// mockRun stands for the Map Run of a Map in DISTRIBUTED mode.
func (t *Test) mockRun(x *stepper, f *frame, b *mapRunBody, run *MapRun) {
	e := &environment{x: x, f: f}
	items, fail := t.runItems(e, b, run)
	if fail == nil {
		fail = t.probe.inspectRun(e, b, run, items)
	}
	if fail == nil {
		fail = t.branchFailure(t.probe, len(items))
	}
	if fail != nil {
		x.endTask(f, failed(fail))
		return
	}
	out, fail := t.s.lang.result(e, f.input, t.result)
	if fail != nil {
		x.endTask(f, failed(fail))
		return
	}
	x.endTask(f, verdict{leaves: true, output: out, next: t.s.next})
}

// runItems are the items of a Map Run. What a reader would read is in the request, or in
// the input as if it had been read already.
func (t *Test) runItems(e *environment, b *mapRunBody, run *MapRun) ([]json.RawMessage, *failure) {
	items := run.Items
	reader := run.Reader
	if reader != nil && (t.request.ItemData != nil || reader.Pointer != "") && t.request.Items != nil {
		document := string(e.f.input)
		if t.request.ItemData != nil {
			document = *t.request.ItemData
		}
		read, err := t.request.Items.Read(reader, document)
		if err != nil {
			return nil, told(err.Name, err.Cause)
		}
		if reader.Pointer != "" {
			t.probe.AfterItemsPointer = arrayOf(read)
		}
		return read, nil
	}
	if reader != nil {
		data, fail := t.s.lang.effective(e, e.f.input)
		if fail == nil {
			items, fail = b.items.lang.items(e, data, false)
		}
		if fail != nil {
			return nil, fail
		}
	}
	var list []json.RawMessage
	elements(items, func(start, end int) bool {
		list = append(list, items[start:end:end])
		return true
	})
	return list, nil
}

// inspectRun notes what the child executions would be given.
func (p *probe) inspectRun(e *environment, b *mapRunBody, run *MapRun, items []json.RawMessage) *failure {
	p.MaxConcurrency = &run.MaxConcurrency
	if b.items.tolerated != nil {
		p.ToleratedFailureCount = &run.ToleratedFailureCount
	}
	if b.items.toleratedPercent != nil {
		p.ToleratedFailurePercentage = &run.ToleratedFailurePercentage
	}
	data, fail := p.test.s.lang.effective(e, e.f.input)
	if fail != nil {
		return fail
	}
	if selects(b.items.lang) {
		if items, fail = p.selectItems(e, b.items.lang, data, items); fail != nil {
			return fail
		}
	}
	if b.batcher == nil || p.test.request.Items == nil {
		return nil
	}
	batches, err := p.test.request.Items.Batch(run, items)
	if err != nil {
		return told(err.Name, err.Cause)
	}
	for i, batch := range batches {
		batches[i] = quoteItems(batch)
	}
	p.AfterItemBatcher = arrayOf(batches)
	return nil
}

// selectItems gives the items their form, each in its own iteration.
func (p *probe) selectItems(e *environment, lang iterator, data json.RawMessage, items []json.RawMessage) ([]json.RawMessage, *failure) {
	selected := make([]json.RawMessage, len(items))
	size := 0
	for i, item := range items {
		outer := *e.f
		outer.group = &group{items: item}
		iteration := &frame{parent: &outer, index: i, itemEnd: len(item)}
		of := &environment{x: e.x, f: &outer, iteration: iteration, chance: e.chance}
		out, fail := lang.item(of, data, item)
		if fail != nil {
			return nil, fail
		}
		if size += len(out); size > maxRendered {
			return nil, tooLarge(e.f.state)
		}
		selected[i] = out
	}
	p.AfterItemSelector = arrayOf(selected)
	return selected, nil
}

// arrayOf is an array of values.
func arrayOf(values []json.RawMessage) json.RawMessage {
	out := json.RawMessage{'['}
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	return append(out, ']')
}

// quoteItems shows a batch as the service does: its items are texts of JSON.
func quoteItems(batch json.RawMessage) json.RawMessage {
	start, end, ok := member(batch, "Items")
	if !ok {
		return batch
	}
	var texts []json.RawMessage
	elements(batch[start:end], func(from, to int) bool {
		texts = append(texts, jsontext.AppendString(nil, string(batch[start+from:start+to])))
		return true
	})
	out := append(json.RawMessage{}, batch[:start]...)
	return append(append(out, arrayOf(texts)...), batch[end:]...)
}
