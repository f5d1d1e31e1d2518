package fulfilment

import (
	"context"
	"errors"
	"fmt"

	"countersign/workflow"
)

// release is the output of ReleaseInventory.
type release struct {
	Units int64 `json:"units"` // put back
}

// ReleaseInventory undoes ShipOrder and CheckInventory: it makes sure that no parcel
// leaves and puts back what the order holds.
func (f *Functions) ReleaseInventory(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	p, o, err := f.order(ctx, call)
	if err != nil {
		return workflow.Result{}, err
	}
	if err := f.withdrawBooking(ctx, call, p, o); err != nil {
		return workflow.Result{}, err
	}
	held, err := f.Books.Reserved(ctx, o.ID)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("read reservation of order %s: %w", o.ID, err)
	}
	if len(held) == 0 {
		return answer(release{})
	}
	return answer(release{Units(held)}, f.Books.Release(o.ID))
}

// withdrawBooking cancels at the carrier when ShipOrder may have booked. When the
// carrier's last word was "not now", there is most likely nothing to withdraw, and the
// customer's refund does not wait for the carrier to come back; when there was no
// word, the goods do not go back on the shelf before the carrier has answered.
func (f *Functions) withdrawBooking(ctx context.Context, call workflow.Call, p payload, o workflow.Order) error {
	shipOrderEntered := p.Capture != nil
	if !shipOrderEntered || p.Failure.Error == ErrorShipmentRefused {
		return nil
	}
	err := f.withdraw(ctx, call)
	var refusal *workflow.TaskError
	if errors.As(err, &refusal) && refusal.Name == ErrorCarrierUnavailable &&
		p.Failure.Error == ErrorCarrierUnavailable && !o.CancelRequested {
		return nil
	}
	return err
}
