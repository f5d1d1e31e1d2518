package fulfilment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"countersign/workflow"
)

// ParseOrder reads {"order":{"orderId":…,"customerId":…,"items":[{"itemId":…,"quantity":…}]}}
// with optional order.address and order.card.number, and reports every problem. Members
// that it does not know are left alone.
func ParseOrder(body []byte) (OrderRequest, []FieldError) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var document any
	if err := d.Decode(&document); err != nil {
		return OrderRequest{}, []FieldError{{"", fmt.Sprintf("The order is not JSON: %v.", err)}}
	}
	if _, err := d.Token(); err != io.EOF {
		return OrderRequest{}, []FieldError{{"", "There is something after the order's JSON object: send one object."}}
	}
	var p orderParser
	r := p.request(document)
	for _, problem := range r.Problems() {
		if !p.reported(problem.Field) {
			p.problems = append(p.problems, problem)
		}
	}
	return r, p.problems
}

// orderParser picks typed values out of decoded JSON. A value of the wrong type is
// a problem and counts as absent, so that the rules need not report it once more.
type orderParser struct {
	problems []FieldError
}

func (p *orderParser) report(field, format string, args ...any) {
	p.problems = append(p.problems, FieldError{field, fmt.Sprintf(format, args...)})
}

// reported says whether a problem of this field, or of what it is in, is known already.
func (p *orderParser) reported(field string) bool {
	return slices.ContainsFunc(p.problems, func(known FieldError) bool {
		return known.Field == field || len(field) > len(known.Field) && field[:len(known.Field)] == known.Field &&
			(known.Field == "" || field[len(known.Field)] == '.')
	})
}

func (p *orderParser) request(document any) OrderRequest {
	root := p.object("", "The body", document)
	if root == nil {
		return OrderRequest{}
	}
	order := p.object("order", "order", root["order"])
	if order == nil {
		return OrderRequest{}
	}
	r := OrderRequest{
		OrderID:    workflow.OrderID(p.text("order.orderId", order["orderId"])),
		CustomerID: p.text("order.customerId", order["customerId"]),
		Lines:      p.lines(order["items"]),
	}
	if order["address"] != nil {
		r.Address = p.address(order["address"])
	}
	if order["card"] != nil {
		card := p.object("order.card", "order.card", order["card"])
		r.CardNumber = p.text("order.card.number", card["number"])
	}
	return r
}

func (p *orderParser) lines(v any) []workflow.Line {
	if v == nil {
		return nil
	}
	items, ok := v.([]any)
	if !ok {
		p.report("order.items", "order.items must be a list of {\"itemId\", \"quantity\"} objects.")
		return nil
	}
	lines := make([]workflow.Line, len(items))
	for i, v := range items {
		if i >= workflow.MaxLines {
			break // that there are too many is reported once
		}
		field := lineField(i)
		item := p.object(field, field, v)
		if item == nil {
			continue
		}
		lines[i].ItemID = p.text(field+".itemId", item["itemId"])
		lines[i].Quantity = p.quantity(field+".quantity", lines[i].ItemID, item["quantity"])
	}
	return lines
}

func (p *orderParser) quantity(field, itemID string, v any) int64 {
	n, ok := v.(json.Number)
	if !ok {
		p.report(field, "%s", quantityMessage(itemID))
		return 0
	}
	quantity, problem := ParseQuantity(n.String())
	if problem != "" {
		p.report(field, "%s", quantityMessage(itemID))
	}
	return quantity
}

func (p *orderParser) address(v any) *workflow.Address {
	a := p.object("order.address", "order.address", v)
	if a == nil {
		return nil
	}
	return &workflow.Address{
		Name:     p.text("order.address.name", a["name"]),
		Street:   p.text("order.address.street", a["street"]),
		City:     p.text("order.address.city", a["city"]),
		Postcode: p.text("order.address.postcode", a["postcode"]),
		Country:  p.text("order.address.country", a["country"]),
	}
}

func (p *orderParser) object(field, what string, v any) map[string]any {
	if o, ok := v.(map[string]any); ok {
		return o
	}
	if v == nil {
		p.report(field, "%s is missing: it must be a JSON object.", what)
	} else {
		p.report(field, "%s must be a JSON object.", what)
	}
	return nil
}

// text is empty when v is absent; the rules say whether it may be.
func (p *orderParser) text(field string, v any) string {
	if v == nil {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		p.report(field, "%s must be a text in quotation marks.", field)
	}
	return s
}
