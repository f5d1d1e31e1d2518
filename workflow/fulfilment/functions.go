package fulfilment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/workflow"
)

// DefaultPatience is how long a function waits for the gateway or the carrier. It is
// shorter than the tasks' TimeoutSeconds, so that the function itself still gets to
// record that the outcome is unknown.
const DefaultPatience = 5 * time.Second

// Options are what the functions need of the world. Books, Gateway and Carrier are
// required.
type Options struct {
	Books    Books
	Gateway  Gateway
	Carrier  Carrier
	Switches Switchboard      // nil: mail never fails
	Now      func() time.Time // nil: the clock
	Patience time.Duration    // 0: DefaultPatience
}

// Functions are the order workflow's functions over one set of books and parties.
type Functions struct {
	Options
}

// New makes the functions.
func New(o Options) *Functions {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	return &Functions{o}
}

// Handlers are the functions by the name that the definition calls them.
func (f *Functions) Handlers() map[string]workflow.Handler {
	return map[string]workflow.Handler{
		stateValidateOrder:    f.ValidateOrder,
		stateProcessPayment:   f.ProcessPayment,
		stateCheckInventory:   f.CheckInventory,
		functionApproveOrder:  f.ApproveOrder,
		stateCapturePayment:   f.CapturePayment,
		stateShipOrder:        f.ShipOrder,
		stateSendConfirmation: f.SendConfirmation,
		stateReleaseInventory: f.ReleaseInventory,
		stateRefundPayment:    f.RefundPayment,
		stateNotifyCustomer:   f.NotifyCustomer,
	}
}

// payload is what a function reads of its input. A nil member is one that no
// earlier state has put there.
type payload struct {
	Order struct {
		ID         workflow.OrderID `json:"orderId"`
		CustomerID string           `json:"customerId"`
	} `json:"order"`
	Validated   *validated      `json:"validated"`
	Reservation json.RawMessage `json:"reservation"`
	Approval    json.RawMessage `json:"approval"`
	Capture     *capture        `json:"capture"`
	Shipment    *booking        `json:"shipment"`
	Failure     failure         `json:"failure"`

	// ApproveOrder's own parameters.
	Total     workflow.Money     `json:"total"`
	Reason    string             `json:"reason"`
	TaskToken workflow.TaskToken `json:"taskToken"`
}

// failure is an error output as Catch writes it.
type failure struct {
	Error string `json:"Error"`
	Cause string `json:"Cause"`
}

// read fills in what it can even when it returns an error.
func read(call workflow.Call) (payload, error) {
	var p payload
	if err := json.Unmarshal(call.Payload, &p); err != nil {
		return p, workflow.Failf(ErrorOrderInvalid, "The function's input is not an order: %v.", err)
	}
	if p.Order.ID == "" {
		return p, workflow.Failf(ErrorOrderInvalid, "The function's input names no order.")
	}
	return p, nil
}

// order reads the call's payload and the order that it names.
func (f *Functions) order(ctx context.Context, call workflow.Call) (payload, workflow.Order, error) {
	p, err := read(call)
	if err != nil {
		return payload{}, workflow.Order{}, err
	}
	o, err := f.Books.Order(ctx, p.Order.ID)
	if errors.Is(err, workflow.ErrNotFound) {
		return p, workflow.Order{}, workflow.Failf(ErrorOrderInvalid, "There is no order %s.", p.Order.ID)
	}
	if err != nil {
		return p, workflow.Order{}, fmt.Errorf("read order %s: %w", p.Order.ID, err)
	}
	return p, o, nil
}

// wanted is order, but an order that its customer has asked to cancel is an
// OrderCancelled error. Every function on the way forward begins with it.
func (f *Functions) wanted(ctx context.Context, call workflow.Call) (workflow.Order, error) {
	_, o, err := f.order(ctx, call)
	if err != nil {
		return o, err
	}
	if o.CancelRequested {
		return o, cancelled()
	}
	return o, nil
}

func cancelled() error {
	return workflow.Failf(ErrorOrderCancelled, "The customer cancelled the order.")
}

// patience bounds one request to an outside party.
func (f *Functions) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, f.Patience)
}

// answer encodes a function's output.
func answer(output any, effects ...workflow.Effect) (workflow.Result, error) {
	b, err := json.Marshal(output)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("encode output: %w", err)
	}
	return workflow.Result{Output: b, Effects: effects}, nil
}
