package sfn

import (
	"crypto/rand"

	"countersign/workflow"
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

	Request      *inspectedRequest  `json:"request,omitempty"`
	Response     *inspectedResponse `json:"response,omitempty"`
	ErrorDetails *errorDetails      `json:"errorDetails,omitempty"`
}

// inspectedRequest is what an HTTP task has sent, and inspectedResponse what it got.
type inspectedRequest struct {
	Protocol string `json:"protocol,omitempty"`
	Method   string `json:"method,omitempty"`
	URL      string `json:"url,omitempty"`
	Headers  string `json:"headers,omitempty"`
	Body     string `json:"body,omitempty"`
}

type inspectedResponse struct {
	Protocol      string `json:"protocol,omitempty"`
	StatusCode    string `json:"statusCode,omitempty"`
	StatusMessage string `json:"statusMessage,omitempty"`
	Headers       string `json:"headers,omitempty"`
	Body          string `json:"body,omitempty"`
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

// exchanged adds what went over the wire. What the connection has added to the request is
// shown only to who asks for it.
func (d *inspectionData) exchanged(i *workflow.Inspection, reveal bool) {
	sent := i.Request
	if reveal && i.Revealed.URL != "" {
		sent = i.Revealed
	}
	if sent.URL == "" {
		return
	}
	request := inspectedRequest(sent)
	d.Request = &request
	if i.Response.StatusCode != "" {
		response := inspectedResponse(i.Response)
		d.Response = &response
	}
}

// newSeed is what a step draws its random values from.
func newSeed() (seed asl.Seed) {
	rand.Read(seed[:]) // never fails (crypto/rand)
	return seed
}
