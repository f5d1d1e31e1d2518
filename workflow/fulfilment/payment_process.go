package fulfilment

import (
	"context"
	"fmt"

	"countersign/workflow"
)

// authorisation is the output of ProcessPayment.
type authorisation struct {
	Status    workflow.PaymentStatus `json:"status"`
	Amount    workflow.Money         `json:"amount"`
	Reference string                 `json:"reference"`
}

// ProcessPayment holds the total on the customer's card. An answer that does not
// come is recorded as UNKNOWN, with the key under which the gateway knows better.
func (f *Functions) ProcessPayment(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	o, err := f.wanted(ctx, call)
	if err != nil && !(call.Repeated && isError(err, ErrorOrderCancelled)) {
		return workflow.Result{}, err
	}
	p, readErr := f.Books.Payment(ctx, o.ID)
	if readErr != nil {
		return workflow.Result{}, fmt.Errorf("read payment of order %s: %w", o.ID, readErr)
	}
	if err != nil {
		return workflow.Result{Effects: f.doubted(call, o, p)}, err
	}
	switch p.Status {
	case workflow.PaymentNone, workflow.PaymentUnknown:
		return f.authorise(ctx, call, o, p)
	case workflow.PaymentAuthorised, workflow.PaymentCaptured:
		return answer(authorisation{p.Status, p.Authorised, p.Reference})
	}
	return workflow.Result{}, workflow.Failf(ErrorPaymentDeclined, "The payment of order %s is %s already.", o.ID, p.Status)
}

func (f *Functions) authorise(ctx context.Context, call workflow.Call, o workflow.Order, before workflow.Payment) (workflow.Result, error) {
	nothing := workflow.Money{Currency: o.Total.Currency}
	p := workflow.Payment{
		OrderID: o.ID, Authorised: nothing, Captured: nothing, Refunded: nothing,
		AuthoriseKey: authoriseKey(before, call.Execution.ID),
	}
	bounded, cancel := f.patience(ctx)
	defer cancel()
	reference, err := f.Gateway.Authorise(bounded, p.AuthoriseKey, o.Card, o.Total, "Order "+string(o.ID))
	if err == nil {
		p.Status, p.Authorised, p.Reference = workflow.PaymentAuthorised, o.Total, reference
		return answer(authorisation{p.Status, p.Authorised, p.Reference}, f.Books.SavePayment(p, before.Status))
	}
	failed, unknown := gatewayFailure(ctx, err, ErrorPaymentDeclined)
	switch {
	case isError(failed, ErrorPaymentDeclined):
		p.Status = workflow.PaymentDeclined
	case unknown:
		p.Status = workflow.PaymentUnknown
	default: // the gateway is down: the record stands as it is
		return workflow.Result{Effects: f.doubted(call, o, before)}, failed
	}
	return workflow.Result{Effects: []workflow.Effect{f.Books.SavePayment(p, before.Status)}}, failed
}

// doubted records that the gateway may hold what an earlier call has asked for, of which nobody
// knows: the undo then does not end before the gateway has said.
func (f *Functions) doubted(call workflow.Call, o workflow.Order, p workflow.Payment) []workflow.Effect {
	if !call.Repeated || p.Status != workflow.PaymentNone {
		return nil
	}
	nothing := workflow.Money{Currency: o.Total.Currency}
	before := p.Status
	p = workflow.Payment{OrderID: o.ID, Status: workflow.PaymentUnknown, Authorised: nothing, Captured: nothing, Refunded: nothing,
		AuthoriseKey: authoriseKey(p, call.Execution.ID)}
	return []workflow.Effect{f.Books.SavePayment(p, before)}
}
