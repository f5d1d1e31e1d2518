package asl

import (
	"encoding/json"

	"countersign/workflow"
)

// MapRun is what a Distributed Map asks for: a child execution for each item, or for
// each batch of them.
type MapRun struct {
	ARN   workflow.ARN
	Label string // names the state machine of the child executions
	Type  workflow.StateMachineType

	Items  json.RawMessage // an array; nil when there is a Reader
	Reader *ItemReader
	// Select makes a child's item of an item (ItemSelector). It depends on the snapshot
	// that asked and may be called from any goroutine, one call at a time.
	Select func(index int64, item json.RawMessage) (json.RawMessage, *workflow.TaskError)

	MaxItemsPerBatch      int64 // 0 for no limit; without either there are no batches
	MaxInputBytesPerBatch int64
	BatchInput            json.RawMessage // nil for none

	MaxConcurrency             int64 // 0 for as many as is sensible
	ToleratedFailureCount      int64
	ToleratedFailurePercentage float64

	Writer *ResultWriter // nil for none
}

// ItemReader says where the items are.
type ItemReader struct {
	Resource       string // "s3:getObject" or "s3:listObjectsV2"
	Arguments      json.RawMessage
	InputType      string
	HeaderLocation string
	Headers        []string
	Delimiter      string
	MaxItems       int64 // 0 for all
	Pointer        string
}

// ResultWriter says where the results go, and in which form.
type ResultWriter struct {
	Resource       string          // "s3:putObject"; empty when the results are the state's
	Arguments      json.RawMessage // of Resource
	Transformation string          // NONE, COMPACT or FLATTEN
	OutputType     string          // JSON or JSONL
}
