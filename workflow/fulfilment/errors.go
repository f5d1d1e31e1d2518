package fulfilment

import (
	"context"
	"errors"

	"countersign/workflow"
)

// Error names that the functions raise; the definition's Retry and Catch match them.
const (
	ErrorOrderInvalid          = "OrderInvalid"          // final
	ErrorOrderCancelled        = "OrderCancelled"        // final: the customer asked for it
	ErrorOrderRejected         = "OrderRejected"         // an approver's answer to HumanApproval
	ErrorPaymentDeclined       = "PaymentDeclined"       // final
	ErrorInsufficientInventory = "InsufficientInventory" // final
	ErrorCaptureFailed         = "CaptureFailed"         // final
	ErrorShipmentRefused       = "ShipmentRefused"       // final: nothing is booked
	ErrorWithdrawalRefused     = "WithdrawalRefused"     // final: a parcel may be on its way, a person must act
	ErrorRefundRefused         = "RefundRefused"         // a person must act
	ErrorGatewayUnavailable    = "GatewayUnavailable"    // the gateway says "not now"; nothing was done
	ErrorGatewayTimeout        = "GatewayTimeout"        // no answer: the gateway may or may not have done it
	ErrorCarrierUnavailable    = "CarrierUnavailable"
	ErrorCarrierTimeout        = "CarrierTimeout"
	ErrorMailUnavailable       = "MailUnavailable"
)

// ErrorApprovalExpired is the error of an order that nobody decided about in time. No
// function raises it: NotifyCustomer puts it in the place of the wait's States.Timeout.
const ErrorApprovalExpired = "ApprovalExpired"

// gatewayFailure turns a failed request to the gateway into the task's error; final
// is the name of a refusal that asking again will not change. unknown says that the
// gateway may have done what it was asked.
func gatewayFailure(ctx context.Context, err error, final string) (failed error, unknown bool) {
	var refusal *GatewayError
	switch {
	case errors.As(err, &refusal) && refusal.Final:
		return workflow.Failf(final, "%s", refusal.Message), false
	case errors.As(err, &refusal):
		return workflow.Failf(ErrorGatewayUnavailable, "%s", refusal.Message), false
	case ctx.Err() != nil:
		return ctx.Err(), true // nobody waits for this answer any more
	}
	return workflow.Failf(ErrorGatewayTimeout, "The payment gateway did not answer: %v.", err), true
}

// carrierFailure is gatewayFailure for the carrier.
func carrierFailure(ctx context.Context, err error, final string) error {
	var refusal *CarrierError
	switch {
	case errors.As(err, &refusal) && refusal.Final:
		return workflow.Failf(final, "%s", refusal.Message)
	case errors.As(err, &refusal):
		return workflow.Failf(ErrorCarrierUnavailable, "%s", refusal.Message)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return workflow.Failf(ErrorCarrierTimeout, "The carrier did not answer: %v.", err)
}

func isError(err error, name string) bool {
	var failed *workflow.TaskError
	return errors.As(err, &failed) && failed.Name == name
}
