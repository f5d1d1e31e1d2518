package items

import (
	"encoding/json"

	"countersign/workflow"
)

// Batches says how items are put together (ItemBatcher). Without limits there is one
// item to a batch, as it is.
type Batches struct {
	MaxItems int64           // per batch; 0 for no limit
	MaxBytes int64           // of a batch's input; 0 for the limit of an input
	Input    json.RawMessage // BatchInput; nil for none
}

// On says whether there are batches at all.
func (b Batches) On() bool { return b.MaxItems > 0 || b.MaxBytes > 0 }

// Batcher puts items together in the order in which they come.
type Batcher struct {
	Batches
	// Emit takes each input of a child execution, and how many items it holds.
	Emit func(input json.RawMessage, count int64) error

	items []json.RawMessage
	size  int64 // bytes of items with their commas
}

const frame = len(`{"BatchInput":,"Items":[]}`)

// Add takes an item. One that fits into no batch is a failure of the Map.
func (b *Batcher) Add(item json.RawMessage) error {
	if !b.On() {
		if len(item) > workflow.MaxPayload {
			return Failed("An item has %d bytes, more than an execution's input may have (%d).", len(item), workflow.MaxPayload)
		}
		return b.Emit(item, 1)
	}
	limit := int64(workflow.MaxPayload)
	if b.MaxBytes > 0 {
		limit = min(limit, b.MaxBytes)
	}
	limit -= int64(frame + len(b.Input))
	grown := int64(len(item) + 1)
	if grown > limit {
		return Failed("An item has %d bytes, more than a batch may have.", len(item))
	}
	if b.size+grown > limit || b.MaxItems > 0 && int64(len(b.items)) == b.MaxItems {
		if err := b.Flush(); err != nil {
			return err
		}
	}
	b.items, b.size = append(b.items, item), b.size+grown
	return nil
}

// Flush emits what has been put together.
func (b *Batcher) Flush() error {
	if len(b.items) == 0 {
		return nil
	}
	input := make(json.RawMessage, 0, int(b.size)+frame+len(b.Input))
	input = append(input, '{')
	if b.Input != nil {
		input = append(append(append(input, `"BatchInput":`...), b.Input...), ',')
	}
	input = append(input, `"Items":[`...)
	for i, item := range b.items {
		if i > 0 {
			input = append(input, ',')
		}
		input = append(input, item...)
	}
	n := int64(len(b.items))
	b.items, b.size = b.items[:0], 0
	return b.Emit(append(input, `]}`...), n)
}
