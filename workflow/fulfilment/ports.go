package fulfilment

import (
	"context"
	"time"

	"countersign/workflow"
)

// Books is what the functions read of our own records, and the conditional
// changes to them. A change is returned as an effect; the engine commits it with
// the history event of the function's answer.
type Books interface {
	Order(ctx context.Context, id workflow.OrderID) (workflow.Order, error)
	Items(ctx context.Context, ids []string) (map[string]workflow.Item, error)
	// Payment of an order; status NONE when nothing was asked of the gateway yet.
	Payment(ctx context.Context, id workflow.OrderID) (workflow.Payment, error)
	Shipment(ctx context.Context, id workflow.OrderID) (shipment Shipment, ok bool, err error)
	Reserved(ctx context.Context, id workflow.OrderID) (lines []workflow.Line, err error) // none when nothing is held
	Settings(ctx context.Context) (workflow.Settings, error)

	// PlaceOrder inserts the order in status RECEIVED; refused when its id exists.
	PlaceOrder(o workflow.Order, execution workflow.ExecutionID) workflow.Effect
	// PriceOrder sets names, unit prices and total as validated.
	PriceOrder(id workflow.OrderID, lines []workflow.Line, total workflow.Money) workflow.Effect
	// SavePayment writes the payment; refused unless its stored status is one of from.
	SavePayment(p workflow.Payment, from ...workflow.PaymentStatus) workflow.Effect
	// Reserve takes all lines from the available stock or is refused; once per order.
	Reserve(id workflow.OrderID, lines []workflow.Line) workflow.Effect
	// Release gives back what the order holds; nothing when it holds nothing.
	Release(id workflow.OrderID) workflow.Effect
	// SaveShipment records the booking and takes the reserved goods off the shelf;
	// refused when the customer has asked to cancel.
	SaveShipment(s Shipment) workflow.Effect
	// OpenApproval asks for a decision; asking again for the same token changes nothing.
	// Refused when the customer has asked to cancel: nobody would end that wait.
	OpenApproval(a ApprovalRequest) workflow.Effect
	// CloseApproval ends a pending approval that an execution has asked for and nobody
	// decided; nothing when none is pending.
	CloseApproval(id workflow.OrderID, by workflow.ExecutionID, as workflow.ApprovalStatus, at time.Time) workflow.Effect
	// SetOrderStatus moves an order on, if it is the execution's own; reason is what people read when it has failed.
	// attention marks an order whose undo failed; leaving that state clears the mark.
	SetOrderStatus(id workflow.OrderID, by workflow.ExecutionID, status workflow.OrderStatus, reason string, attention bool, at time.Time) workflow.Effect
	// PostMail puts a mail into the outbox; once per key.
	PostMail(m Mail) workflow.Effect
}

// Older names of words that live with the vocabulary, so that a store need not
// import this package.
type (
	Shipment        = workflow.Shipment
	ApprovalRequest = workflow.ApprovalRequest
	Mail            = workflow.Mail
)

// Gateway moves money. Every request that changes something carries an
// idempotency key; the gateway performs a key once and answers it the same again.
// Errors: *GatewayError when the gateway has answered; anything else leaves the
// outcome unknown.
type Gateway interface {
	Authorise(ctx context.Context, key string, card workflow.Card, amount workflow.Money, note string) (reference string, err error)
	Capture(ctx context.Context, key, reference string, amount workflow.Money) error
	// VoidByKey gives up what was authorised under a key, and what may be yet: what is held is
	// released, and a request to authorise that comes later is refused for good. What was captured
	// stays. Asking again changes nothing.
	VoidByKey(ctx context.Context, authoriseKey string) error
	Refund(ctx context.Context, key, reference string, amount workflow.Money) error
	// Lookup finds the payment that was authorised under a key, if there is one.
	Lookup(ctx context.Context, authoriseKey string) (p GatewayPayment, ok bool, err error)
}

// GatewayPayment is a payment as the gateway's own ledger has it.
type GatewayPayment struct {
	Reference  string
	Authorised workflow.Money
	Captured   workflow.Money
	Refunded   workflow.Money
	Voided     bool
}

// GatewayError is the gateway's own refusal.
type GatewayError struct {
	Final   bool // asking again will not help
	Message string
}

func (e *GatewayError) Error() string { return e.Message }

// Carrier ships parcels, with idempotency keys like Gateway.
type Carrier interface {
	Book(ctx context.Context, key string, to workflow.Address, parcels int) (trackingNumber string, err error)
	// Cancel withdraws a booking made under a key; nothing when there is none.
	Cancel(ctx context.Context, bookKey string) error
}

// CarrierError is the carrier's own refusal.
type CarrierError struct {
	Final   bool
	Message string
}

func (e *CarrierError) Error() string { return e.Message }

// Switchboard says which failures an operator has turned on.
type Switchboard interface {
	Switches(ctx context.Context) (workflow.Switches, error)
}
