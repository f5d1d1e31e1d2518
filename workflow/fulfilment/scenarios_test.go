package fulfilment_test

import (
	"strings"
	"time"

	"countersign/workflow"
)

const (
	wayTo     = "OrderReceived ValidateOrder ProcessPayment CheckInventory ApprovalRequired "
	undone    = " ReleaseInventory RefundPayment NotifyCustomer OrderOutcome "
	completed = "CapturePayment ShipOrder SendConfirmation OrderCompleted"
)

func small() []workflow.Line { return []workflow.Line{line("item1", 2)} }
func big() []workflow.Line   { return []workflow.Line{line("item2", 2)} }

// scenario is one order from its beginning to its end.
type scenario struct {
	name     string
	card     string
	lines    []workflow.Line
	switches workflow.Switches
	prepare  func(d *drive)

	states   string
	status   workflow.OrderStatus
	err      string // of the execution
	reason   string // a part of what people read
	payment  workflow.PaymentStatus
	charged  int64
	mail     string // its kind; empty for none
	approval workflow.ApprovalStatus
	within   time.Duration // how long it takes, by the clock of the timers
}

var scenarios = []scenario{
	{
		name: "below the limit", card: goodCard, lines: small(), states: wayTo + completed,
		status: workflow.OrderCompleted, payment: workflow.PaymentCaptured, charged: 2500, mail: "confirmation",
	},
	{
		name: "approved", card: goodCard, lines: big(), prepare: func(d *drive) { d.asked = d.approve },
		states: wayTo + "HumanApproval " + completed, approval: workflow.ApprovalApproved,
		status: workflow.OrderCompleted, payment: workflow.PaymentCaptured, charged: 124000, mail: "confirmation",
	},
	{
		name: "rejected", card: goodCard, lines: big(), prepare: func(d *drive) { d.asked = d.reject },
		states: wayTo + "HumanApproval" + undone + "OrderRejected", approval: workflow.ApprovalRejected,
		status: workflow.OrderRejected, err: "OrderRejected", reason: "Too dear.", payment: workflow.PaymentVoided, mail: "rejected",
	},
	{
		name: "nobody decides", card: goodCard, lines: big(),
		states: wayTo + "HumanApproval" + undone + "OrderRejected", approval: workflow.ApprovalExpired, within: 24 * time.Hour,
		status: workflow.OrderRejected, err: "ApprovalExpired", reason: "before the deadline", payment: workflow.PaymentVoided, mail: "rejected",
	},
	{
		name: "a deadline of one minute", card: goodCard, lines: big(),
		prepare: func(d *drive) { d.settings.ApprovalDeadline = time.Minute },
		states:  wayTo + "HumanApproval" + undone + "OrderRejected", approval: workflow.ApprovalExpired, within: time.Minute,
		status: workflow.OrderRejected, err: "ApprovalExpired", reason: "before the deadline", payment: workflow.PaymentVoided, mail: "rejected",
	},
	{
		name: "declined", card: declinedCard, lines: small(),
		states: "OrderReceived ValidateOrder ProcessPayment NotifyCustomer OrderOutcome OrderFailed",
		status: workflow.OrderFailed, err: "PaymentDeclined", reason: "declined", payment: workflow.PaymentDeclined, mail: "failed",
	},
	{
		name: "three attempts", card: thirdTimeCard, lines: small(), within: 15 * time.Second,
		states: strings.Replace(wayTo, "ProcessPayment", "ProcessPayment×3", 1) + completed,
		status: workflow.OrderCompleted, payment: workflow.PaymentCaptured, charged: 2500, mail: "confirmation",
	},
	{
		name: "silent gateway", card: silentCard, lines: small(), within: 35 * time.Second,
		states: "OrderReceived ValidateOrder ProcessPayment×4 RefundPayment NotifyCustomer OrderOutcome OrderFailed",
		status: workflow.OrderFailed, err: "GatewayTimeout", reason: "did not answer", payment: workflow.PaymentVoided, mail: "failed",
	},
	{
		name: "gateway away and back", card: goodCard, lines: small(), switches: workflow.Switches{GatewayUnavailable: true}, within: 5 * time.Second,
		prepare: func(d *drive) { d.tick = func() { d.memory.SetSwitches(workflow.Switches{}) } },
		states:  strings.Replace(wayTo, "ProcessPayment", "ProcessPayment×2", 1) + completed,
		status:  workflow.OrderCompleted, payment: workflow.PaymentCaptured, charged: 2500, mail: "confirmation",
	},
	{
		name: "out of stock", card: goodCard, lines: []workflow.Line{line("item1", 1), line("last", 2)},
		states: "OrderReceived ValidateOrder ProcessPayment CheckInventory RefundPayment NotifyCustomer OrderOutcome OrderFailed",
		status: workflow.OrderFailed, err: "InsufficientInventory", reason: "Desk lamp: 2 ordered, only 1 in stock.",
		payment: workflow.PaymentVoided, mail: "failed",
	},
	{
		name: "not valid", card: goodCard, lines: []workflow.Line{line("nothing", 1)},
		states: "OrderReceived ValidateOrder NotifyCustomer OrderOutcome OrderFailed",
		status: workflow.OrderFailed, err: "OrderInvalid", reason: "There is no item nothing", payment: "", mail: "failed",
	},
	{
		name: "capture fails", card: noCaptureCard, lines: small(), states: wayTo + "CapturePayment" + undone + "OrderFailed",
		status: workflow.OrderFailed, err: "CaptureFailed", reason: "refused to charge", payment: workflow.PaymentVoided, mail: "failed",
	},
	{
		name: "carrier refuses", card: goodCard, lines: small(), switches: workflow.Switches{CarrierRefusesShipment: true},
		states: wayTo + "CapturePayment ShipOrder" + undone + "OrderFailed",
		status: workflow.OrderFailed, err: "ShipmentRefused", reason: "does not deliver", payment: workflow.PaymentRefunded, charged: 2500, mail: "failed",
	},
	{
		name: "carrier away", card: goodCard, lines: small(), switches: workflow.Switches{CarrierUnavailable: true}, within: 35 * time.Second,
		states: wayTo + "CapturePayment ShipOrder×4" + undone + "OrderFailed",
		status: workflow.OrderFailed, err: "CarrierUnavailable", reason: "did not answer", payment: workflow.PaymentRefunded, charged: 2500, mail: "failed",
	},
	{
		name: "mail fails", card: goodCard, lines: small(), switches: workflow.Switches{MailUnavailable: true}, within: 14 * time.Second,
		states: strings.Replace(wayTo+completed, "SendConfirmation", "SendConfirmation×4", 1),
		status: workflow.OrderCompleted, payment: workflow.PaymentCaptured, charged: 2500,
	},
}
