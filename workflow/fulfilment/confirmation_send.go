package fulfilment

import (
	"context"
	"fmt"

	"countersign/workflow"
)

// mailed is the output of SendConfirmation.
type mailed struct {
	Mailed bool   `json:"mailed"`
	To     string `json:"to,omitempty"`
}

// SendConfirmation tells the customer that the parcels are on their way.
func (f *Functions) SendConfirmation(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	in, o, err := f.order(ctx, call)
	if err != nil {
		return workflow.Result{}, err
	}
	if err := f.mailWorks(ctx); err != nil {
		return workflow.Result{}, err
	}
	if in.Shipment == nil || in.Capture == nil {
		return workflow.Result{}, fmt.Errorf("the input says nothing of a shipment of order %s to confirm", o.ID)
	}
	if o.CustomerEmail == "" {
		return answer(mailed{})
	}
	return answer(mailed{true, o.CustomerEmail}, f.Books.PostMail(confirmationMail(o, *in.Shipment, in.Capture.Amount, f.Now())))
}

func (f *Functions) mailWorks(ctx context.Context) error {
	if f.Switches == nil {
		return nil
	}
	switches, err := f.Switches.Switches(ctx)
	if err != nil {
		return fmt.Errorf("read switches: %w", err)
	}
	if switches.MailUnavailable {
		return workflow.Failf(ErrorMailUnavailable, "The mail server cannot be reached.")
	}
	return nil
}
