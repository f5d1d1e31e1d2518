package pages

import (
	"time"

	"countersign/views/components"
	"countersign/workflow"
)

// SandboxBooks is what the sandbox parties have in their own books, which are not ours: what
// stands here and in our records must agree.
type SandboxBooks struct {
	Now       time.Time
	Payments  []GatewayPayment // newest first
	Shipments []CarrierShipment
	Limit     int // how many of each are shown at most
}

// GatewayPayment is one payment at the sandbox gateway.
type GatewayPayment struct {
	Reference  string
	OrderID    workflow.OrderID // empty when the gateway's note names none
	Card       string           // the card's token, or what the gateway shows of it
	Authorised workflow.Money
	Captured   workflow.Money
	Refunded   workflow.Money
	Voided     bool
	Operations []GatewayOperation // in the order in which they were asked for
	At         time.Time
}

// GatewayOperation is one request that the gateway has performed, or refused for good.
type GatewayOperation struct {
	Kind    string // authorise, capture, void, refund
	Amount  workflow.Money
	Key     string // idempotency key
	Refused string // why; empty when it was performed
}

// CarrierShipment is one consignment at the sandbox carrier.
type CarrierShipment struct {
	TrackingNumber string
	Key            string // idempotency key
	To             workflow.Address
	Parcels        int
	Withdrawn      bool
	At             time.Time
}

func (p GatewayPayment) status() components.Status {
	switch {
	case p.Voided:
		return components.PaymentStatus(workflow.PaymentVoided)
	case p.Refunded.Amount > 0 && p.Refunded.Amount == p.Captured.Amount:
		return components.PaymentStatus(workflow.PaymentRefunded)
	case p.Captured.Amount > 0:
		return components.PaymentStatus(workflow.PaymentCaptured)
	case p.Authorised.Amount > 0:
		return components.PaymentStatus(workflow.PaymentAuthorised)
	case len(p.Operations) > 0 && p.Operations[0].Refused != "":
		return components.PaymentStatus(workflow.PaymentDeclined)
	}
	return components.PaymentStatus(workflow.PaymentNone)
}

// net is what the customer has really paid.
func (p GatewayPayment) net() workflow.Money {
	return workflow.Money{Amount: p.Captured.Amount - p.Refunded.Amount, Currency: p.Captured.Currency}
}

func (s CarrierShipment) status() components.Status {
	if s.Withdrawn {
		return components.Status{Text: "Withdrawn", Icon: components.IconUndone, Tone: components.Neutral}
	}
	return components.Status{Text: "Booked", Icon: components.IconShipping, Tone: components.Success}
}
