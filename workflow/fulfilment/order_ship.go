package fulfilment

import (
	"context"
	"fmt"

	"countersign/workflow"
)

// CarrierName is who ships our parcels.
const CarrierName = "Sandbox Parcel"

// booking is the output of ShipOrder.
type booking struct {
	Carrier        string `json:"carrier"`
	TrackingNumber string `json:"trackingNumber"`
	Parcels        int    `json:"parcels"`
}

// ShipOrder books the parcels. Its record is refused when the customer has cancelled
// meanwhile; the function is then called again and withdraws the booking.
func (f *Functions) ShipOrder(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	_, o, err := f.order(ctx, call)
	if err != nil {
		return workflow.Result{}, err
	}
	if o.CancelRequested {
		return workflow.Result{}, f.withdrawAndCancel(ctx, call)
	}
	shipped, ok, err := f.Books.Shipment(ctx, o.ID)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("read shipment of order %s: %w", o.ID, err)
	}
	if ok {
		return answer(booking{shipped.Carrier, shipped.TrackingNumber, shipped.Parcels})
	}
	bounded, cancel := f.patience(ctx)
	defer cancel()
	s := Shipment{OrderID: o.ID, Carrier: CarrierName, Parcels: Parcels(o.Lines), BookedAt: f.Now()}
	s.TrackingNumber, err = f.Carrier.Book(bounded, operationKey(call.Execution.ID, operationShip), o.Address, s.Parcels)
	if err != nil {
		return workflow.Result{}, carrierFailure(ctx, err, ErrorShipmentRefused)
	}
	return answer(booking{s.Carrier, s.TrackingNumber, s.Parcels}, f.Books.SaveShipment(s))
}

func (f *Functions) withdrawAndCancel(ctx context.Context, call workflow.Call) error {
	if err := f.withdraw(ctx, call); err != nil {
		return err
	}
	return cancelled()
}

// withdraw makes sure that nothing is shipped under this execution's key.
func (f *Functions) withdraw(ctx context.Context, call workflow.Call) error {
	bounded, cancel := f.patience(ctx)
	defer cancel()
	if err := f.Carrier.Cancel(bounded, operationKey(call.Execution.ID, operationShip)); err != nil {
		return carrierFailure(ctx, err, ErrorWithdrawalRefused)
	}
	return nil
}
