package fulfilment

import (
	"context"
	"errors"
	"fmt"

	"countersign/workflow"
)

// refund is the output of RefundPayment.
type refund struct {
	Status   workflow.PaymentStatus `json:"status"`
	Charged  workflow.Money         `json:"charged"`
	Refunded workflow.Money         `json:"refunded"`
}

// RefundPayment undoes CapturePayment and ProcessPayment by what the gateway's own
// ledger says, not by ours: an answer that was lost may have left more there. A request to
// authorise that is still on its way comes too late.
func (f *Functions) RefundPayment(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	in, o, err := f.order(ctx, call)
	if err != nil {
		return workflow.Result{}, err
	}
	p, err := f.Books.Payment(ctx, o.ID)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("read payment of order %s: %w", o.ID, err)
	}
	p.OrderID = o.ID
	switch p.Status {
	case workflow.PaymentDeclined, workflow.PaymentVoided, workflow.PaymentRefunded:
		return answer(refunded(p, o))
	}
	bounded, cancel := f.patience(ctx)
	defer cancel()
	p.AuthoriseKey = authoriseKey(p, call.Execution.ID)
	var ledger GatewayPayment
	var ok bool
	if err = f.Gateway.VoidByKey(bounded, p.AuthoriseKey); err == nil {
		ledger, ok, err = f.Gateway.Lookup(bounded, p.AuthoriseKey)
	}
	switch {
	case err != nil && nothingAsked(p, in.Failure, err):
		return answer(refunded(p, o))
	case err != nil:
		failed, _ := gatewayFailure(ctx, err, ErrorRefundRefused)
		return workflow.Result{}, failed
	case !ok:
		return f.nothingHeld(p, o)
	}
	return f.giveBack(ctx, call, o, p, ledger)
}

// nothingAsked says whether the gateway may be left alone although it cannot be asked:
// no request of ours went without an answer, and its last one was "not now". A request that may
// have been cut off has left its mark in the record (doubted).
func nothingAsked(p workflow.Payment, why failure, answer error) bool {
	var refusal *GatewayError
	return p.Status == workflow.PaymentNone && errors.As(answer, &refusal) && !refusal.Final &&
		(why.Error == ErrorGatewayUnavailable || why.Error == ErrorOrderCancelled)
}

// nothingHeld is for an order whose authorisation the gateway has never performed.
func (f *Functions) nothingHeld(p workflow.Payment, o workflow.Order) (workflow.Result, error) {
	switch before := p.Status; {
	case before == workflow.PaymentNone:
		return answer(refunded(p, o))
	case before == workflow.PaymentUnknown && p.Reference == "":
		p.Status = workflow.PaymentNone
		return answer(refunded(p, o), f.Books.SavePayment(p, before))
	}
	return workflow.Result{}, workflow.Failf(ErrorRefundRefused,
		"The payment gateway does not know payment %s of order %s.", p.Reference, o.ID)
}

// giveBack refunds what was captured of a payment whose hold is voided.
func (f *Functions) giveBack(
	ctx context.Context, call workflow.Call, o workflow.Order, p workflow.Payment, ledger GatewayPayment,
) (workflow.Result, error) {
	before := p.Status
	p.Reference, p.Authorised = ledger.Reference, ledger.Authorised
	p.Captured, p.Refunded = ledger.Captured, ledger.Captured
	var err error
	bounded, cancel := f.patience(ctx)
	defer cancel()
	switch owed := ledger.Captured.Amount - ledger.Refunded.Amount; {
	case owed > 0:
		p.Status = workflow.PaymentRefunded
		err = f.Gateway.Refund(bounded, operationKey(call.Execution.ID, operationRefund), p.Reference,
			workflow.Money{Amount: owed, Currency: ledger.Captured.Currency})
	case ledger.Captured.Amount > 0:
		p.Status = workflow.PaymentRefunded
	default:
		p.Status = workflow.PaymentVoided
	}
	if err != nil {
		failed, _ := gatewayFailure(ctx, err, ErrorRefundRefused)
		return workflow.Result{}, failed
	}
	return answer(refunded(p, o), f.Books.SavePayment(p, before))
}

func refunded(p workflow.Payment, o workflow.Order) refund {
	r := refund{p.Status, p.Captured, p.Refunded}
	for _, m := range []*workflow.Money{&r.Charged, &r.Refunded} {
		if m.Currency == "" {
			m.Currency = o.Total.Currency
		}
	}
	return r
}
