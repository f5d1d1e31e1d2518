package sfn

import (
	"crypto/rand"

	"countersign/workflow/asl"
)

// inspectionData is the data of a tested state on its way, as texts of JSON.
type inspectionData struct {
	Input               *string `json:"input,omitempty"`
	AfterInputPath      *string `json:"afterInputPath,omitempty"`
	AfterParameters     *string `json:"afterParameters,omitempty"`
	AfterArguments      *string `json:"afterArguments,omitempty"`
	Result              *string `json:"result,omitempty"`
	AfterResultSelector *string `json:"afterResultSelector,omitempty"`
	AfterResultPath     *string `json:"afterResultPath,omitempty"`
	Variables           *string `json:"variables,omitempty"`

	AfterItemsPath    *string  `json:"afterItemsPath,omitempty"`
	AfterItemsPointer *string  `json:"afterItemsPointer,omitempty"`
	AfterItemSelector *string  `json:"afterItemSelector,omitempty"`
	AfterItemBatcher  *string  `json:"afterItemBatcher,omitempty"`
	ToleratedCount    *int64   `json:"toleratedFailureCount,omitempty"`
	ToleratedPercent  *float64 `json:"toleratedFailurePercentage,omitempty"`
	MaxConcurrency    *int64   `json:"maxConcurrency,omitempty"`

	ErrorDetails *errorDetails `json:"errorDetails,omitempty"`
}

// errorDetails say who handles a failure.
type errorDetails struct {
	CatchIndex   *int   `json:"catchIndex,omitempty"`
	RetryIndex   *int   `json:"retryIndex,omitempty"`
	RetryBackoff *int64 `json:"retryBackoffIntervalSeconds,omitempty"`
}

func inspected(r asl.TestResult) *inspectionData {
	p := r.Inspection
	d := &inspectionData{
		Input: textOf(p.Input), AfterInputPath: textOf(p.AfterInputPath), AfterParameters: textOf(p.AfterParameters),
		AfterArguments: textOf(p.AfterArguments), Result: textOf(p.Result), AfterResultSelector: textOf(p.AfterResultSelector),
		AfterResultPath: textOf(p.AfterResultPath), Variables: textOf(p.Variables),
		AfterItemsPath: textOf(p.AfterItemsPath), AfterItemsPointer: textOf(p.AfterItemsPointer),
		AfterItemSelector: textOf(p.AfterItemSelector), AfterItemBatcher: textOf(p.AfterItemBatcher),
		ToleratedCount: p.ToleratedFailureCount, ToleratedPercent: p.ToleratedFailurePercentage, MaxConcurrency: p.MaxConcurrency,
	}
	switch {
	case r.Status == asl.TestRetriable:
		d.ErrorDetails = &errorDetails{RetryIndex: p.RetryIndex, RetryBackoff: &p.RetryBackoff}
	case r.Status == asl.TestCaught:
		d.ErrorDetails = &errorDetails{CatchIndex: p.CatchIndex}
	}
	return d
}

// newSeed is what a step draws its random values from.
func newSeed() (seed asl.Seed) {
	rand.Read(seed[:]) // never fails (crypto/rand)
	return seed
}
