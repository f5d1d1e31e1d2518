package fulfilment

import (
	"context"
	"fmt"

	"countersign/workflow"
)

// capture is the output of CapturePayment.
type capture struct {
	Status workflow.PaymentStatus `json:"status"`
	Amount workflow.Money         `json:"amount"`
}

// CapturePayment charges what was authorised.
func (f *Functions) CapturePayment(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	o, err := f.wanted(ctx, call)
	if err != nil {
		return workflow.Result{}, err
	}
	p, err := f.Books.Payment(ctx, o.ID)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("read payment of order %s: %w", o.ID, err)
	}
	switch {
	case p.Status == workflow.PaymentCaptured:
		return answer(capture{p.Status, p.Captured})
	case p.Reference == "" || p.Status != workflow.PaymentAuthorised && p.Status != workflow.PaymentUnknown:
		return workflow.Result{}, workflow.Failf(ErrorCaptureFailed,
			"The payment of order %s is %s, so nothing can be charged.", o.ID, p.Status)
	}
	bounded, cancel := f.patience(ctx)
	defer cancel()
	before := p.Status
	err = f.Gateway.Capture(bounded, operationKey(call.Execution.ID, operationCapture), p.Reference, p.Authorised)
	if err == nil {
		p.Status, p.Captured = workflow.PaymentCaptured, p.Authorised
		return answer(capture{p.Status, p.Captured}, f.Books.SavePayment(p, before))
	}
	failed, unknown := gatewayFailure(ctx, err, ErrorCaptureFailed)
	if !unknown {
		return workflow.Result{}, failed
	}
	p.Status = workflow.PaymentUnknown
	return workflow.Result{Effects: []workflow.Effect{f.Books.SavePayment(p, before)}}, failed
}
