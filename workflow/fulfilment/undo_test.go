package fulfilment_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

func caught(name string) map[string]any {
	return map[string]any{"Error": name, "Cause": "as it happened"}
}

func TestReleaseInventory(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2))
	_, err := s.call(t, "CheckInventory", nil)
	succeed(t, err)
	for _, units := range []float64{2, 0} {
		out, err := s.call(t, "ReleaseInventory", map[string]any{"failure": caught("CaptureFailed")})
		succeed(t, err)
		if out["units"] != units || s.items["item1"].Available != 100 || len(s.reserved[id]) != 0 {
			t.Errorf("output %v, stock %+v", out, s.items["item1"])
		}
	}
	if len(s.memory.Documents("carrier")) != 0 {
		t.Error("the carrier was asked about an order that never came to it")
	}
}

// An order whose booking may have been made keeps its goods until the carrier has
// answered; one that the carrier turned away does not wait for the carrier.
func TestReleaseInventoryWithdrawsTheBooking(t *testing.T) {
	for _, c := range []struct {
		failure   string
		cancelled bool
		away      bool // the carrier
		answer    string
		withdrawn bool
	}{
		{"CarrierTimeout", false, false, "", true},
		{"CarrierTimeout", false, true, "CarrierUnavailable", false},
		{"States.Timeout", false, true, "CarrierUnavailable", false},
		{"CarrierUnavailable", false, false, "", true},
		{"CarrierUnavailable", false, true, "", false},
		{"CarrierUnavailable", true, true, "CarrierUnavailable", false},
		{"ShipmentRefused", false, true, "", false},
		{"OrderCancelled", true, false, "", true},
	} {
		s := newShop(t)
		id := s.priced(t, goodCard, line("item1", 1))
		_, err := s.call(t, "CheckInventory", nil)
		succeed(t, err)
		if c.cancelled {
			succeed(t, s.commit(requestCancel(id)))
		}
		s.memory.SetSwitches(workflow.Switches{CarrierUnavailable: c.away})
		_, err = s.call(t, "ReleaseInventory", map[string]any{"capture": map[string]any{}, "failure": caught(c.failure)})
		if c.answer == "" {
			succeed(t, err)
		} else {
			wantError(t, err, c.answer)
		}
		if released := len(s.reserved[id]) == 0; released != (c.answer == "") {
			t.Errorf("%+v: released %v", c, released)
		}
		if withdrawn := len(s.memory.Documents("carrier")) > 0; withdrawn != c.withdrawn {
			t.Errorf("%+v: withdrawn %v", c, withdrawn)
		}
	}
}

func TestRefundPaymentGoesByTheGatewaysLedger(t *testing.T) {
	validated := map[string]any{"validated": map[string]any{}}
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, s *shop)
		status  workflow.PaymentStatus
		charged int64
	}{
		{"nothing asked", func(*testing.T, *shop) {}, workflow.PaymentNone, 0},
		{"authorised", func(t *testing.T, s *shop) {
			_, err := s.call(t, "ProcessPayment", nil)
			succeed(t, err)
		}, workflow.PaymentVoided, 0},
		{"captured", func(t *testing.T, s *shop) {
			_, err := s.call(t, "ProcessPayment", nil)
			succeed(t, err)
			_, err = s.call(t, "CapturePayment", nil)
			succeed(t, err)
		}, workflow.PaymentRefunded, 2500},
		{"authorised, answer lost in a crash", func(t *testing.T, s *shop) {
			_, err := s.gateway.Authorise(t.Context(), "77/authorise", s.orders["12345"].Card, eur(2500), "")
			succeed(t, err)
		}, workflow.PaymentVoided, 0},
		{"captured, answer lost in a crash", func(t *testing.T, s *shop) {
			_, err := s.call(t, "ProcessPayment", nil)
			succeed(t, err)
			succeed(t, s.gateway.Capture(t.Context(), "77/capture", s.held(t).Reference, eur(2500)))
		}, workflow.PaymentRefunded, 2500},
		{"refunded, answer lost in a crash", func(t *testing.T, s *shop) {
			_, err := s.call(t, "ProcessPayment", nil)
			succeed(t, err)
			_, err = s.call(t, "CapturePayment", nil)
			succeed(t, err)
			succeed(t, s.gateway.Refund(t.Context(), "77/refund", s.held(t).Reference, eur(2500)))
		}, workflow.PaymentRefunded, 2500},
		{"refunded by somebody at the gateway", func(t *testing.T, s *shop) {
			_, err := s.call(t, "ProcessPayment", nil)
			succeed(t, err)
			_, err = s.call(t, "CapturePayment", nil)
			succeed(t, err)
			succeed(t, s.gateway.Refund(t.Context(), "by hand", s.held(t).Reference, eur(2500)))
		}, workflow.PaymentRefunded, 2500},
		{"voided, answer lost in a crash", func(t *testing.T, s *shop) {
			_, err := s.call(t, "ProcessPayment", nil)
			succeed(t, err)
			succeed(t, s.gateway.VoidByKey(t.Context(), "77/authorise"))
		}, workflow.PaymentVoided, 0},
		{"unknown, not performed", func(t *testing.T, s *shop) {
			succeed(t, s.commit(s.SavePayment(workflow.Payment{
				OrderID: "12345", Status: workflow.PaymentUnknown, AuthoriseKey: "77/authorise",
			}, workflow.PaymentNone)))
		}, workflow.PaymentNone, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			id := s.priced(t, goodCard, line("item1", 2))
			c.prepare(t, s)
			for range 2 {
				out, err := s.call(t, "RefundPayment", validated)
				succeed(t, err)
				p, err := s.Payment(t.Context(), id)
				succeed(t, err)
				if p.Status != c.status || p.Captured.Amount != c.charged || p.Refunded.Amount != c.charged {
					t.Errorf("payment: %+v", p)
				}
				if out["status"] != string(c.status) || out["charged"].(map[string]any)["currency"] != "EUR" {
					t.Errorf("output: %v", out)
				}
			}
			if c.status == workflow.PaymentNone {
				return
			}
			if g := s.held(t); g.Captured.Amount != c.charged || g.Refunded.Amount != c.charged || g.Voided != (c.charged == 0) {
				t.Errorf("gateway: %+v", g)
			}
		})
	}
}

func TestRefundPaymentUnknownAuthorisationIsVoided(t *testing.T) {
	synctest.Test(t, unknownAuthorisation)
}

func unknownAuthorisation(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, silentCard, line("item1", 2))
	_, err := s.call(t, "ProcessPayment", nil)
	wantError(t, err, "GatewayTimeout")
	_, err = s.call(t, "RefundPayment", map[string]any{"failure": caught("GatewayTimeout")})
	succeed(t, err)
	if s.payments[id].Status != workflow.PaymentVoided || !s.held(t).Voided {
		t.Errorf("payment %+v, gateway %+v", s.payments[id], s.held(t))
	}
}

// A request to authorise that was on its way while the order was undone holds nothing.
func TestAnAuthorisationThatComesAfterTheUndoIsRefused(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2))
	out, err := s.call(t, "RefundPayment", map[string]any{"failure": caught("States.Timeout")})
	succeed(t, err)
	if out["status"] != "NONE" || s.payments[id].Status != "" {
		t.Errorf("it answered %v, and the payment is %+v", out, s.payments[id])
	}
	_, err = s.gateway.Authorise(t.Context(), "77/authorise", s.orders[id].Card, eur(2500), "")
	var refusal *fulfilment.GatewayError
	if p, held, _ := s.gateway.Lookup(t.Context(), "77/authorise"); held || !errors.As(err, &refusal) || !refusal.Final {
		t.Errorf("the gateway answered %v and has %+v", err, p)
	}
}

// The key that was recorded counts, whatever this release would choose.
func TestRefundPaymentUsesTheRecordedKey(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2))
	_, err := s.gateway.Authorise(t.Context(), "older key", s.orders[id].Card, eur(2500), "")
	succeed(t, err)
	succeed(t, s.commit(s.SavePayment(workflow.Payment{
		OrderID: id, Status: workflow.PaymentUnknown, AuthoriseKey: "older key",
	}, workflow.PaymentNone)))
	_, err = s.call(t, "RefundPayment", nil)
	succeed(t, err)
	if g, _, _ := s.gateway.Lookup(t.Context(), "older key"); !g.Voided || s.payments[id].Status != workflow.PaymentVoided {
		t.Errorf("gateway %+v, payment %+v", g, s.payments[id])
	}
}

func TestRefundPaymentWhenTheGatewayIsAway(t *testing.T) { synctest.Test(t, gatewayAway) }

func gatewayAway(t *testing.T) {
	for _, c := range []struct {
		failure string
		card    string
		answer  string
	}{
		{"GatewayUnavailable", "", ""}, // it was away all the time: nothing was asked
		{"OrderCancelled", "", ""},
		{"States.Timeout", "", "GatewayUnavailable"}, // something may be held there
		{"GatewayTimeout", silentCard, "GatewayUnavailable"},
		{"GatewayUnavailable", silentCard, "GatewayUnavailable"},
		{"InsufficientInventory", goodCard, "GatewayUnavailable"},
	} {
		s := newShop(t)
		card := c.card
		if card == "" {
			card = goodCard
		}
		s.priced(t, card, line("item1", 2))
		if c.card != "" {
			_, _ = s.call(t, "ProcessPayment", nil)
		}
		s.memory.SetSwitches(workflow.Switches{GatewayUnavailable: true})
		_, err := s.call(t, "RefundPayment", map[string]any{"failure": caught(c.failure)})
		if c.answer == "" {
			succeed(t, err)
		} else {
			wantError(t, err, c.answer)
		}
	}
}

func TestRefundPaymentRefused(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, goodCard, line("item1", 2))
	_, err := s.call(t, "ProcessPayment", nil)
	succeed(t, err)
	s.memory.SetSwitches(workflow.Switches{GatewayRefundFails: true})
	_, err = s.call(t, "RefundPayment", nil)
	wantError(t, err, "RefundRefused")
	if s.payments[id].Status != workflow.PaymentAuthorised {
		t.Errorf("payment: %+v", s.payments[id])
	}
}

func TestNotifyCustomerDecidesTheOutcome(t *testing.T) {
	waiting := map[string]any{"approval": map[string]any{"required": true}}
	for _, c := range []struct {
		name                  string
		failure               string
		more                  map[string]any
		cancel                bool
		outcome, error, cause string
		mail                  string
	}{
		{"declined", "PaymentDeclined", nil, false, "FAILED", "PaymentDeclined", "as it happened", "failed"},
		{"rejected", "OrderRejected", nil, false, "REJECTED", "OrderRejected", "as it happened", "rejected"},
		{"cancelled", "OrderCancelled", nil, false, "CANCELLED", "OrderCancelled", "The customer cancelled the order.", "cancelled"},
		{"cancelled while something failed", "CarrierUnavailable", nil, true, "CANCELLED", "OrderCancelled", "The customer cancelled the order.", "cancelled"},
		{"a timeout before anybody was asked", "States.Timeout", map[string]any{"validated": waiting}, false,
			"FAILED", "States.Timeout", "The order could not be processed in time.", "failed"},
		{"nobody decided", "States.Timeout", map[string]any{"validated": waiting, "reservation": map[string]any{}}, false,
			"REJECTED", "ApprovalExpired", "Nobody approved the order before the deadline.", "rejected"},
		{"a timeout after the approval", "States.Timeout", map[string]any{"validated": waiting, "reservation": map[string]any{},
			"approval": map[string]any{}}, false, "FAILED", "States.Timeout", "The order could not be processed in time.", "failed"},
		{"a fault of ours", "Lambda.Unknown", nil, false, "FAILED", "Lambda.Unknown",
			"The order could not be processed because of a fault on our side.", "failed"},
		{"a silent gateway", "GatewayTimeout", nil, false, "FAILED", "GatewayTimeout",
			"The payment could not be made because the payment service did not answer.", "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			id := s.priced(t, goodCard, line("item1", 2))
			if c.cancel {
				succeed(t, s.commit(requestCancel(id)))
			}
			input := map[string]any{"failure": caught(c.failure)}
			for k, v := range c.more {
				input[k] = v
			}
			for range 2 {
				out, err := s.call(t, "NotifyCustomer", input)
				succeed(t, err)
				if out["outcome"] != c.outcome || out["error"] != c.error || out["cause"] != c.cause || out["mailed"] != true {
					t.Errorf("output: %v", out)
				}
			}
			if len(s.mails) != 1 || s.mails[0].Key != "12345/"+c.mail {
				t.Errorf("mails: %+v", s.mails)
			}
		})
	}
}

// Whatever an execution was started with, it comes to an end that says why.
func TestNotifyCustomerWithoutAnOrder(t *testing.T) {
	s := newShop(t)
	for _, payload := range []string{
		`{"failure":{"Error":"OrderInvalid","Cause":"There is no order 1."},"order":{"orderId":"1"}}`,
		`{"failure":{"Error":"OrderInvalid","Cause":"There is no order 1."},"order":5}`,
		`{"failure":{"Error":"OrderInvalid","Cause":"There is no order 1."},"order":{"orderId":7}}`,
		`{"failure":{"Error":"OrderInvalid","Cause":"There is no order 1."}}`,
	} {
		out, err := s.perform(t, workflow.Call{Function: "NotifyCustomer", Payload: []byte(payload)})
		succeed(t, err)
		if out["outcome"] != "FAILED" || out["error"] != "OrderInvalid" || out["cause"] != "There is no order 1." || out["mailed"] != false {
			t.Errorf("%s: %v", payload, out)
		}
	}
}

func TestAStoppedCallIsNotAnAnswer(t *testing.T) {
	s := newShop(t)
	id := s.priced(t, silentCard, line("item1", 2))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.handlers["ProcessPayment"](ctx, workflow.Call{
		Execution: workflow.ExecutionInfo{ID: execution, Name: "order-12345"},
		Payload:   fulfilment.Input(id, "67890", nil),
	})
	var failed *workflow.TaskError
	if err == nil || errors.As(err, &failed) {
		t.Errorf("answer to nobody: %v", err)
	}
}

// A request to hold money may have been cut off; if the gateway then says no more than "not now",
// the order needs attention until it has said what became of that request.
func TestAHoldFromARequestThatWasCutOff(t *testing.T) {
	for _, c := range []struct {
		name      string
		repeated  bool
		cancelled bool
		failure   string
		status    workflow.PaymentStatus
		answer    string // of the undo, while the gateway is away
	}{
		{"called once", false, false, "GatewayUnavailable", "", ""},
		{"called again", true, false, "GatewayUnavailable", workflow.PaymentUnknown, "GatewayUnavailable"},
		{"called again, and cancelled", true, true, "OrderCancelled", workflow.PaymentUnknown, "GatewayUnavailable"},
		{"cancelled before it was called", false, true, "OrderCancelled", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			id := s.priced(t, goodCard, line("item1", 2))
			if c.repeated {
				_, err := s.gateway.Authorise(t.Context(), "77/authorise", s.orders[id].Card, eur(2500), "")
				succeed(t, err)
			}
			if c.cancelled {
				succeed(t, s.commit(requestCancel(id)))
			}
			s.memory.SetSwitches(workflow.Switches{GatewayUnavailable: true})
			s.repeated = c.repeated
			_, err := s.call(t, "ProcessPayment", nil)
			wantError(t, err, c.failure)
			if got := s.payments[id].Status; got != c.status {
				t.Errorf("the payment is %q, want %q", got, c.status)
			}
			_, err = s.call(t, "RefundPayment", map[string]any{"failure": caught(c.failure)})
			if c.answer == "" {
				succeed(t, err)
				return
			}
			wantError(t, err, c.answer)
			s.memory.SetSwitches(workflow.Switches{})
			_, err = s.call(t, "RefundPayment", map[string]any{"failure": caught(c.failure)})
			succeed(t, err)
			if g := s.held(t); !g.Voided || s.payments[id].Status != workflow.PaymentVoided {
				t.Errorf("gateway %+v, payment %+v", g, s.payments[id])
			}
		})
	}
}
