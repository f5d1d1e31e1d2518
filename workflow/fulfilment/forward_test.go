package fulfilment_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

func TestEveryFunctionOnTheWayForwardHeedsCancel(t *testing.T) {
	for _, function := range []string{"ValidateOrder", "ProcessPayment", "CheckInventory", "ApproveOrder", "CapturePayment", "ShipOrder"} {
		s := newShop(t)
		id := s.priced(t, goodCard, line("item1", 1))
		succeed(t, s.commit(requestCancel(id)))
		_, err := s.call(t, function, nil)
		wantError(t, err, "OrderCancelled")
		if len(s.memory.Documents("gateway")) > 0 || len(s.reserved) > 0 || len(s.approvals) > 0 || len(s.shipments) > 0 {
			t.Errorf("%s did something all the same", function)
		}
	}
}

func TestProcessPayment(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2))
	for range 3 { // called again after a crash: one authorisation
		out, err := s.call(t, "ProcessPayment", nil)
		succeed(t, err)
		if out["status"] != "AUTHORISED" || out["reference"] != s.held(t).Reference {
			t.Errorf("output: %v", out)
		}
	}
	if p := s.payments[id]; p.Status != workflow.PaymentAuthorised || p.Authorised != eur(2500) || p.AuthoriseKey != "77/authorise" {
		t.Errorf("payment: %+v", p)
	}
	if n := len(s.memory.Documents("gateway")); n != 1 {
		t.Errorf("%d payments at the gateway", n)
	}
}

func TestProcessPaymentDeclined(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, declinedCard, line("item1", 2))
	for range 2 {
		_, err := s.call(t, "ProcessPayment", nil)
		cause := wantError(t, err, "PaymentDeclined")
		if s.payments[id].Status != workflow.PaymentDeclined || cause == "" {
			t.Errorf("payment: %+v, cause %q", s.payments[id], cause)
		}
	}
}

func TestProcessPaymentNeedsThreeAttempts(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, thirdTimeCard, line("item1", 2))
	for range 2 {
		_, err := s.call(t, "ProcessPayment", nil)
		wantError(t, err, "GatewayUnavailable")
		if _, written := s.payments[id]; written {
			t.Error("a request that the gateway turned away was recorded")
		}
	}
	_, err := s.call(t, "ProcessPayment", nil)
	succeed(t, err)
}

func TestProcessPaymentRecordsThatItDoesNotKnow(t *testing.T) { synctest.Test(t, silentPayment) }

func silentPayment(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, silentCard, line("item1", 2))
	for range 2 {
		_, err := s.call(t, "ProcessPayment", nil)
		wantError(t, err, "GatewayTimeout")
		if p := s.payments[id]; p.Status != workflow.PaymentUnknown || p.AuthoriseKey != "77/authorise" {
			t.Errorf("payment: %+v", p)
		}
	}
	if s.held(t).Authorised != eur(2500) {
		t.Error("the gateway has not performed it")
	}
}

func TestCheckInventory(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2), line("last", 1))
	for range 2 {
		out, err := s.call(t, "CheckInventory", nil)
		succeed(t, err)
		if out["reserved"] != true || out["units"] != 3.0 {
			t.Errorf("output: %v", out)
		}
		if s.items["item1"].Available != 98 || s.items["last"].Available != 0 || len(s.reserved[id]) != 2 {
			t.Errorf("stock: %+v", s.items)
		}
	}
}

func TestCheckInventoryNamesWhatIsMissing(t *testing.T) {
	s := newShop(t)
	s.priced(t, goodCard, line("item1", 2), line("last", 2), line("item2", 11))
	_, err := s.call(t, "CheckInventory", nil)
	cause := wantError(t, err, "InsufficientInventory")
	if want := "Desk lamp: 2 ordered, only 1 in stock. Fountain pen: 11 ordered, only 10 in stock."; cause != want {
		t.Errorf("cause %q, want %q", cause, want)
	}
	if s.items["item1"].Available != 100 {
		t.Error("something was reserved")
	}
}

// Two buyers want the last one; the other one's commit comes between look and commit.
func TestCheckInventoryLosesTheRaceForTheLastUnit(t *testing.T) {
	s := newShop(t)
	s.priced(t, goodCard, line("last", 1))
	s.beforeCommit = func() {
		succeed(t, s.commit(s.Reserve("other", []workflow.Line{line("last", 1)})))
	}
	_, err := s.call(t, "CheckInventory", nil)
	if cause := wantError(t, err, "InsufficientInventory"); cause != "Desk lamp is out of stock." {
		t.Errorf("cause: %s", cause)
	}
	if len(s.reserved["other"]) != 1 || len(s.reserved["12345"]) != 0 {
		t.Errorf("reserved: %v", s.reserved)
	}
}

func TestApproveOrder(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item2", 1))
	for range 2 {
		_, err := s.call(t, "ApproveOrder", map[string]any{
			"taskToken": "secret", "total": eur(62000), "reason": "Because.",
		})
		succeed(t, err)
	}
	want := workflow.ApprovalRequest{
		OrderID: id, Execution: execution, Token: "secret", Amount: eur(62000), Reason: "Because.",
		OpenedAt: noon, Deadline: noon.Add(time.Hour),
	}
	if len(s.approvals) != 1 || s.approvals[0].ApprovalRequest != want {
		t.Errorf("approvals: %+v", s.approvals)
	}
}

// The customer cancels between the function's look and its commit: nobody may be left waiting.
func TestApproveOrderIsCancelledMeanwhile(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item2", 1))
	s.beforeCommit = func() { succeed(t, s.commit(requestCancel(id))) }
	_, err := s.call(t, "ApproveOrder", map[string]any{"taskToken": "secret"})
	wantError(t, err, "OrderCancelled")
	if len(s.approvals) != 0 {
		t.Errorf("approvals: %+v", s.approvals)
	}
}

func TestCapturePayment(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2))
	_, err := s.call(t, "CapturePayment", nil)
	wantError(t, err, "CaptureFailed") // nothing is authorised
	_, err = s.call(t, "ProcessPayment", nil)
	succeed(t, err)
	for range 2 {
		out, err := s.call(t, "CapturePayment", nil)
		succeed(t, err)
		if out["status"] != "CAPTURED" || s.payments[id].Captured != eur(2500) || s.held(t).Captured != eur(2500) {
			t.Errorf("output %v, payment %+v, gateway %+v", out, s.payments[id], s.held(t))
		}
	}
}

func TestCapturePaymentFails(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, noCaptureCard, line("item1", 2))
	_, err := s.call(t, "ProcessPayment", nil)
	succeed(t, err)
	_, err = s.call(t, "CapturePayment", nil)
	wantError(t, err, "CaptureFailed")
	s.memory.SetSwitches(workflow.Switches{GatewayUnavailable: true})
	_, err = s.call(t, "CapturePayment", nil)
	wantError(t, err, "GatewayUnavailable")
	if s.payments[id].Status != workflow.PaymentAuthorised {
		t.Errorf("payment: %+v", s.payments[id])
	}
}

func TestShipOrder(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 21))
	_, err := s.call(t, "CheckInventory", nil)
	succeed(t, err)
	var numbers []any
	for range 2 {
		out, err := s.call(t, "ShipOrder", nil)
		succeed(t, err)
		numbers = append(numbers, out["trackingNumber"])
		if out["parcels"] != 3.0 {
			t.Errorf("parcels: %v", out["parcels"])
		}
	}
	if numbers[0] == "" || numbers[0] != numbers[1] || len(s.memory.Documents("carrier")) != 1 {
		t.Errorf("tracking numbers: %v", numbers)
	}
	if s.shipped["item1"] != 21 || len(s.reserved[id]) != 0 {
		t.Errorf("shipped %v, reserved %v", s.shipped, s.reserved)
	}
}

func TestShipOrderFails(t *testing.T) {
	s := newShop(t)
	s.priced(t, goodCard, line("item1", 1))
	s.memory.SetSwitches(workflow.Switches{CarrierUnavailable: true})
	_, err := s.call(t, "ShipOrder", nil)
	wantError(t, err, "CarrierUnavailable")
	s.memory.SetSwitches(workflow.Switches{CarrierRefusesShipment: true})
	_, err = s.call(t, "ShipOrder", nil)
	wantError(t, err, "ShipmentRefused")
}

// The customer cancels after the carrier has booked and before we have written it down.
func TestShipOrderIsCancelledMeanwhile(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 1))
	s.beforeCommit = func() { succeed(t, s.commit(requestCancel(id))) }
	_, err := s.call(t, "ShipOrder", nil)
	wantError(t, err, "OrderCancelled")
	if len(s.shipments) != 0 {
		t.Errorf("shipments: %v", s.shipments)
	}
	if _, err := s.carrier.Book(t.Context(), "77/ship", s.orders[id].Address, 1); err == nil {
		t.Error("the carrier still ships it")
	}
}

func TestSendConfirmation(t *testing.T) {
	s := newShop(t)
	s.priced(t, goodCard, line("item1", 1))
	shipped := map[string]any{
		"shipment": map[string]any{"carrier": "Sandbox Parcel", "trackingNumber": "SP1", "parcels": 1},
		"capture":  map[string]any{"status": "CAPTURED", "amount": eur(1250)},
	}
	s.memory.SetSwitches(workflow.Switches{MailUnavailable: true})
	_, err := s.call(t, "SendConfirmation", shipped)
	wantError(t, err, "MailUnavailable")
	s.memory.SetSwitches(workflow.Switches{})
	for range 2 {
		_, err = s.call(t, "SendConfirmation", shipped)
		succeed(t, err)
	}
	if len(s.mails) != 1 || s.mails[0].Key != "12345/confirmation" || !strings.Contains(s.mails[0].Body, "SP1") {
		t.Errorf("mails: %+v", s.mails)
	}
}

// mute is a gateway that captures and whose answer to that is lost.
type mute struct{ fulfilment.Gateway }

func (g mute) Capture(ctx context.Context, key, reference string, amount workflow.Money) error {
	if err := g.Gateway.Capture(ctx, key, reference, amount); err != nil {
		return err
	}
	return context.DeadlineExceeded
}

func TestCapturePaymentRecordsThatItDoesNotKnow(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2))
	_, err := s.call(t, "ProcessPayment", nil)
	succeed(t, err)
	ask := s.handlers
	s.handlers = fulfilment.New(fulfilment.Options{Books: s.books, Gateway: mute{s.gateway}, Carrier: s.carrier}).Handlers()
	_, err = s.call(t, "CapturePayment", nil)
	wantError(t, err, "GatewayTimeout")
	if s.payments[id].Status != workflow.PaymentUnknown {
		t.Errorf("payment: %+v", s.payments[id])
	}
	s.handlers = ask
	_, err = s.call(t, "CapturePayment", nil)
	succeed(t, err)
	if p := s.payments[id]; p.Status != workflow.PaymentCaptured || s.held(t).Captured != eur(2500) {
		t.Errorf("asked again: payment %+v, gateway %+v", p, s.held(t))
	}
}
