package web

import (
	"encoding/json"
	"errors"
	"time"

	"countersign/models"
	"countersign/workflow"
)

// OrderDesk is what the web must know of the order workflow without importing it; main fills
// it from workflow/fulfilment and the payment gateway. Every member is required.
type OrderDesk struct {
	StateMachine  string // that fulfils orders
	ExecutionName func(workflow.OrderID) string

	// Parse reads {"order":{"orderId":…,"customerId":…,"items":[…]}}, with optional
	// order.address and order.card.number, and reports every problem.
	Parse func(document []byte) (OrderRequest, []FieldError)
	// Check reports what is wrong with a request that was not parsed from JSON, in the
	// names of the same fields.
	Check func(OrderRequest) []FieldError
	// Price completes lines with names and prices and adds them up. Lines of one item
	// come back as one.
	Price func(items map[string]workflow.Item, lines []workflow.Line) (priced []workflow.Line, total workflow.Money, problems []FieldError)
	// Input is the input of the order's execution, the same for the same arguments.
	Input func(id workflow.OrderID, customerID string, lines []workflow.Line) json.RawMessage
	// Tokenise asks the gateway for a card's token; its error is for people and says what
	// to correct.
	Tokenise func(number string) (workflow.Card, error)

	// Parcels is how many parcels the lines are shipped in.
	Parcels func(lines []workflow.Line) int
	// Cards are the gateway's test cards, which the checkout offers.
	Cards []TestCard

	// Approved is the output with which consent completes the waiting task; refusal fails
	// it with the error Rejected, the customer's wish to cancel with Cancelled.
	Approved            func(by, comment string, at time.Time) json.RawMessage
	Rejected, Cancelled string
}

// TestCard is a card that moves no money.
type TestCard struct {
	Number string // in groups, as people read it
	Title  string // "Is declined"
	Does   string // what happens to an order paid with it, in a sentence
}

// OrderRequest is an order as somebody asks for it, through the shop or the API.
type OrderRequest struct {
	OrderID    workflow.OrderID
	CustomerID string
	Lines      []workflow.Line   // item and quantity
	Address    *workflow.Address // nil: the customer's own
	CardNumber string            // empty: the customer's card on file; never stored
}

func (d OrderDesk) complete() error {
	if d.StateMachine == "" || d.ExecutionName == nil || d.Parse == nil || d.Check == nil || d.Price == nil || d.Input == nil ||
		d.Tokenise == nil || d.Parcels == nil || len(d.Cards) == 0 || d.Approved == nil || d.Rejected == "" || d.Cancelled == "" {
		return errors.New("web: every member of Options.Orders is required")
	}
	return nil
}

// executionOf is the key of the execution that fulfils an order; empty when it is not kept any
// longer.
func (s *Server) executionOf(o models.OrderInfo) string {
	if o.ExecutionName == "" {
		return ""
	}
	return workflow.ExecutionARN(s.orders.StateMachine, o.ExecutionName).Tail()
}
