package fulfilment

import (
	"cmp"

	"countersign/workflow"
)

// conclude says how an order ends that could not be fulfilled, and why, in words
// for people. A customer's wish to cancel outweighs whatever else went wrong.
func conclude(in payload, o workflow.Order) notice {
	why := in.Failure
	switch {
	case o.CancelRequested || why.Error == ErrorOrderCancelled:
		return notice{workflow.OrderCancelled, ErrorOrderCancelled, "The customer cancelled the order.", false}
	case why.Error == ErrorOrderRejected:
		return notice{workflow.OrderRejected, ErrorOrderRejected, cmp.Or(why.Cause, "The order was not approved."), false}
	case why.Error == workflow.ErrorTimeout && waitedForApproval(in):
		return notice{workflow.OrderRejected, ErrorApprovalExpired, "Nobody approved the order before the deadline.", false}
	}
	return notice{workflow.OrderFailed, cmp.Or(why.Error, ErrorOrderInvalid), failureCause(why), false}
}

// waitedForApproval says whether the failure is HumanApproval's: it comes after
// CheckInventory and before CapturePayment, and leaves no approval behind.
func waitedForApproval(in payload) bool {
	return in.Validated != nil && in.Validated.Approval.Required && in.Reservation != nil && in.Approval == nil
}

// failureCause is the cause for people. Our functions' own words are; those of the
// engine or of a broken function are for operators, who find them in the history.
func failureCause(why failure) string {
	switch why.Error {
	case ErrorOrderInvalid, ErrorPaymentDeclined, ErrorInsufficientInventory, ErrorCaptureFailed, ErrorShipmentRefused:
		if why.Cause != "" {
			return why.Cause
		}
	case ErrorGatewayUnavailable, ErrorGatewayTimeout:
		return "The payment could not be made because the payment service did not answer."
	case ErrorCarrierUnavailable, ErrorCarrierTimeout:
		return "The order could not be shipped because the carrier did not answer."
	case workflow.ErrorTimeout:
		return "The order could not be processed in time."
	}
	return "The order could not be processed because of a fault on our side."
}
