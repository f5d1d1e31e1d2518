package fulfilment

import (
	_ "embed"
	"slices"

	"countersign/workflow"
)

// StateMachineName is the name of the state machine that fulfils orders.
const StateMachineName = "OrderFulfillmentWorkflow"

//go:embed order_fulfilment.asl.json
var definition []byte

// Definition is the state machine's definition in the Amazon States Language.
func Definition() []byte { return slices.Clone(definition) }

// ExecutionName is the name of the one execution that may fulfil an order. The
// name is unique within the state machine, so an order is never fulfilled twice.
func ExecutionName(id workflow.OrderID) string { return "order-" + string(id) }

// Names of states that more than one place here must know.
const (
	stateValidateOrder    = "ValidateOrder"
	stateProcessPayment   = "ProcessPayment"
	stateCheckInventory   = "CheckInventory"
	stateHumanApproval    = "HumanApproval"
	stateCapturePayment   = "CapturePayment"
	stateShipOrder        = "ShipOrder"
	stateSendConfirmation = "SendConfirmation"
	stateReleaseInventory = "ReleaseInventory"
	stateRefundPayment    = "RefundPayment"
	stateNotifyCustomer   = "NotifyCustomer"
	stateOrderFailed      = "OrderFailed"
	stateOrderRejected    = "OrderRejected"
	stateOrderCancelled   = "OrderCancelled"
)

// functionApproveOrder is the only function whose name is not its state's.
const functionApproveOrder = "ApproveOrder"
