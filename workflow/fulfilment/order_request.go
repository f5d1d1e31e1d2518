package fulfilment

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/workflow"
)

// OrderRequest is an order as somebody asks for it, through the shop or the API.
type OrderRequest struct {
	OrderID    workflow.OrderID
	CustomerID string
	Lines      []workflow.Line   // item and quantity only, in the order they were given
	Address    *workflow.Address // nil: the customer's own
	CardNumber string            // empty: the customer's card on file; never stored
}

// FieldError is one problem of one field. The message stands on its own, for people.
type FieldError struct {
	Field   string `json:"field"` // such as order.items[0].quantity
	Message string `json:"message"`
}

func (e FieldError) in(parent string) FieldError { return FieldError{parent + e.Field, e.Message} }

const (
	maxIDLength   = 64
	maxTextLength = 100
)

// Problems are everything that is wrong with the request in itself; whether its
// items exist is for Price to say.
func (r OrderRequest) Problems() []FieldError {
	problems := idProblems("order.orderId", "order number", string(r.OrderID))
	problems = append(problems, idProblems("order.customerId", "customer number", r.CustomerID)...)
	problems = append(problems, countProblems(len(r.Lines))...)
	for i, l := range r.Lines {
		if i >= workflow.MaxLines {
			break
		}
		problems = append(problems, idProblems(lineField(i)+".itemId", "item number", l.ItemID)...)
		if l.Quantity < 1 || l.Quantity > workflow.MaxQuantity {
			problems = append(problems, FieldError{lineField(i) + ".quantity", quantityMessage(l.ItemID)})
		}
	}
	if r.Address != nil {
		problems = append(problems, addressProblems("order.address", *r.Address)...)
	}
	return problems
}

// ParseQuantity reads a quantity as a person types it; problem is empty when it is one.
func ParseQuantity(text string) (quantity int64, problem string) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 1 || n > workflow.MaxQuantity {
		return 0, quantityMessage("")
	}
	return n, ""
}

// Input is the input of an order's execution.
func Input(id workflow.OrderID, customerID string, lines []workflow.Line) json.RawMessage {
	type item struct {
		ItemID   string `json:"itemId"`
		Quantity int64  `json:"quantity"`
	}
	var in struct {
		Order struct {
			OrderID    workflow.OrderID `json:"orderId"`
			CustomerID string           `json:"customerId"`
			Items      []item           `json:"items"`
		} `json:"order"`
	}
	in.Order.OrderID, in.Order.CustomerID = id, customerID
	in.Order.Items = make([]item, len(lines))
	for i, l := range lines {
		in.Order.Items[i] = item{l.ItemID, l.Quantity}
	}
	b, err := json.Marshal(in)
	if err != nil {
		panic(err) // strings and whole numbers always encode
	}
	return b
}

func lineField(i int) string { return fmt.Sprintf("order.items[%d]", i) }

func quantityMessage(itemID string) string {
	of := ""
	if itemID != "" {
		of = " of " + itemID
	}
	return fmt.Sprintf("The quantity%s must be a whole number from 1 to %d.", of, workflow.MaxQuantity)
}

func countProblems(lines int) []FieldError {
	switch {
	case lines == 0:
		return []FieldError{{"order.items", "The order is empty: add at least one item."}}
	case lines > workflow.MaxLines:
		return []FieldError{{"order.items",
			fmt.Sprintf("The order has %d lines and may have %d: split it into several orders.", lines, workflow.MaxLines)}}
	}
	return nil
}

func idProblems(field, what, id string) []FieldError {
	switch {
	case id == "":
		return []FieldError{{field, fmt.Sprintf("The %s is missing.", what)}}
	case len(id) > maxIDLength || strings.ContainsFunc(id, notInID):
		return []FieldError{{field,
			fmt.Sprintf("The %s must be 1 to %d letters, digits, dots, hyphens or underscores.", what, maxIDLength)}}
	case strings.Trim(id, "._-") == "": // no address could name "." or "..", which lead elsewhere
		return []FieldError{{field, fmt.Sprintf("The %s must have a letter or a digit.", what)}}
	}
	return nil
}

func notInID(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '_', r == '-':
		return false
	}
	return true
}

func addressProblems(field string, a workflow.Address) []FieldError {
	var problems []FieldError
	for _, part := range []struct{ name, what, text string }{
		{"name", "recipient's name", a.Name},
		{"street", "street", a.Street},
		{"city", "city", a.City},
		{"postcode", "postcode", a.Postcode},
	} {
		if m := textProblem(part.what, part.text); m != "" {
			problems = append(problems, FieldError{field + "." + part.name, m})
		}
	}
	if len(a.Country) != 2 || strings.ContainsFunc(a.Country, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		problems = append(problems, FieldError{field + ".country",
			"The country of the address must be two capital letters, such as DE."})
	}
	return problems
}

func textProblem(what, text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return fmt.Sprintf("The %s of the address is missing.", what)
	case !workflow.Legible(text) || strings.ContainsAny(text, "\r\n\t"):
		return fmt.Sprintf("The %s of the address has characters that cannot be printed.", what)
	case utf8.RuneCountInString(text) > maxTextLength:
		return fmt.Sprintf("The %s of the address may have %d characters.", what, maxTextLength)
	}
	return ""
}
