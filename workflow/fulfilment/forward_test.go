package fulfilment_test

import (
	"strings"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

func TestValidateOrderPricesAndDecides(t *testing.T) {
	for _, c := range []struct {
		name     string
		lines    []workflow.Line
		total    workflow.Money
		approval bool
		reason   string
	}{
		{"the tutorial's order", []workflow.Line{line("item1", 2)}, eur(2500), false, ""},
		{"at the limit", []workflow.Line{line("item1", 40)}, eur(50000), false, ""},
		{"above the limit", []workflow.Line{line("item2", 2)}, eur(124000), true,
			"The total of 1,240.00 EUR is above the limit of 500.00 EUR."},
		{"lines of one item", []workflow.Line{line("item1", 2), line("last", 1), line("item1", 1)}, eur(12650), false, ""},
		{"another currency than the limit's", []workflow.Line{line("usd", 1)}, workflow.Money{Amount: 900, Currency: "USD"}, true,
			"The total of 9.00 USD is not in the currency of the approval limit."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.settings.ApprovalDeadline = 90*time.Minute + time.Millisecond
			id := s.order(t, goodCard, c.lines...)
			out, err := s.call(t, "ValidateOrder", nil)
			succeed(t, err)
			policy := out["approval"].(map[string]any)
			if policy["required"] != c.approval || policy["reason"] != c.reason || policy["timeoutSeconds"] != 5401.0 {
				t.Errorf("approval: %v", policy)
			}
			if o := s.orders[id]; o.Total != c.total || o.Lines[0].Name == "" || o.Lines[0].UnitPrice.Amount == 0 {
				t.Errorf("order: %+v", o)
			}
			if out["total"].(map[string]any)["amount"] != float64(c.total.Amount) {
				t.Errorf("total: %v", out["total"])
			}
		})
	}
}

func TestValidateOrderKeepsThePriceThatTheCustomerSaw(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2))
	dearer := s.items["item1"]
	dearer.Price = eur(9999)
	s.items["item1"] = dearer
	_, err := s.call(t, "ValidateOrder", nil)
	succeed(t, err)
	if total := s.orders[id].Total; total != eur(2500) {
		t.Errorf("total %s, want what was shown when the order was placed", total)
	}
}

func TestValidateOrderReportsEveryProblem(t *testing.T) {
	s := newShop(t)
	id := s.order(t, goodCard, line("item1", 999), line("nothing", 1), line("item1", 1), line("free", 1), line("usd", 1))
	o := s.orders[id]
	o.Address.City, o.Address.Country, o.Card = "", "Germany", workflow.Card{}
	s.orders[id] = o
	_, err := s.call(t, "ValidateOrder", nil)
	cause := wantError(t, err, "OrderInvalid")
	for _, part := range []string{
		"The city of the address is missing.", "two capital letters", "no payment card",
		"The quantity of item1 must be a whole number from 1 to 999.", "There is no item nothing", "Sample has no price",
	} {
		if !strings.Contains(cause, part) {
			t.Errorf("the cause does not say %q:\n%s", part, cause)
		}
	}
}

func TestValidateOrderRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		lines   []workflow.Line
		payload map[string]any
		cause   string
	}{
		{"two currencies", []workflow.Line{line("item1", 1), line("usd", 1)}, nil, "Imported ink is priced in USD and the rest of the order in EUR"},
		{"overflow of a line", []workflow.Line{line("huge", 3)}, nil, "the total is larger than we can charge"},
		{"overflow of the sum", []workflow.Line{line("huge", 1), line("huger", 1)}, nil, "the total is larger than we can charge"},
		{"no order", nil, map[string]any{"order": nil}, "order is missing"},
		{"an order that is not placed", []workflow.Line{line("item1", 1)}, map[string]any{"order": map[string]any{
			"orderId": "54321", "customerId": "67890", "items": []any{map[string]any{"itemId": "item1", "quantity": 1}}}}, "There is no order 54321."},
		{"another customer's", []workflow.Line{line("item1", 1)}, map[string]any{"order": map[string]any{
			"orderId": "12345", "customerId": "1", "items": []any{map[string]any{"itemId": "item1", "quantity": 1}}}}, "was not placed by customer 1"},
		{"other items", []workflow.Line{line("item1", 1)}, map[string]any{"order": map[string]any{
			"orderId": "12345", "customerId": "67890", "items": []any{map[string]any{"itemId": "item1", "quantity": 2}}}}, "not the items of order 12345"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.order(t, goodCard, c.lines...)
			_, err := s.call(t, "ValidateOrder", c.payload)
			if cause := wantError(t, err, "OrderInvalid"); !strings.Contains(cause, c.cause) {
				t.Errorf("cause: %s", cause)
			}
		})
	}
}

// A second execution of an order must not charge it a second time.
func TestValidateOrderRefusesAnotherExecution(t *testing.T) {
	s := newShop(t)
	s.order(t, goodCard, line("item1", 1))
	_, err := s.perform(t, workflow.Call{
		Execution: workflow.ExecutionInfo{ID: 78, Name: "another", StateMachine: fulfilment.StateMachineName},
		Function:  "ValidateOrder", Payload: fulfilment.Input("12345", "67890", []workflow.Line{line("item1", 1)}),
	})
	if cause := wantError(t, err, "OrderInvalid"); !strings.Contains(cause, "order-12345") {
		t.Errorf("cause: %s", cause)
	}
}

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

func TestProcessPaymentRecordsThatItDoesNotKnow(t *testing.T) {
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
	id := s.priced(t, goodCard, line("item1", 1))
	succeed(t, s.commit(s.SaveShipment(workflow.Shipment{OrderID: id, Carrier: "Sandbox Parcel", TrackingNumber: "SP1", Parcels: 1})))
	s.memory.SetSwitches(workflow.Switches{MailUnavailable: true})
	_, err := s.call(t, "SendConfirmation", nil)
	wantError(t, err, "MailUnavailable")
	s.memory.SetSwitches(workflow.Switches{})
	for range 2 {
		_, err = s.call(t, "SendConfirmation", nil)
		succeed(t, err)
	}
	if len(s.mails) != 1 || s.mails[0].Key != "12345/confirmation" || !strings.Contains(s.mails[0].Body, "SP1") {
		t.Errorf("mails: %+v", s.mails)
	}
}
