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
	if cause := wantError(t, err, "OrderInvalid"); !strings.Contains(cause, "has been placed before") {
		t.Errorf("cause: %s", cause)
	}
}
