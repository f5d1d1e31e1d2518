package sfn

import (
	"encoding/json"
	"errors"
	"strings"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/items"
)

// testItems makes items and batches as a Map Run does.
type testItems struct{}

func (testItems) Read(r *asl.ItemReader, document string) (read []json.RawMessage, failure *workflow.TaskError) {
	err := items.Read(items.Config{
		InputType: r.InputType, HeaderLocation: r.HeaderLocation, Headers: r.Headers, Delimiter: r.Delimiter,
		MaxItems: r.MaxItems, Pointer: r.Pointer,
	}, strings.NewReader(document), func(item json.RawMessage) error {
		read = append(read, item)
		return nil
	})
	return read, taskError(err)
}

func (testItems) Batch(run *asl.MapRun, list []json.RawMessage) (batches []json.RawMessage, failure *workflow.TaskError) {
	b := items.Batcher{
		Batches: items.Batches{MaxItems: run.MaxItemsPerBatch, MaxBytes: run.MaxInputBytesPerBatch, Input: run.BatchInput},
		Emit: func(input json.RawMessage, _ int64) error {
			batches = append(batches, input)
			return nil
		},
	}
	for _, item := range list {
		if err := b.Add(item); err != nil {
			return nil, taskError(err)
		}
	}
	return batches, taskError(b.Flush())
}

func taskError(err error) *workflow.TaskError {
	var failure *workflow.TaskError
	if err != nil && !errors.As(err, &failure) {
		failure = items.Failed("%v", err)
	}
	return failure
}
