package fulfilment

import (
	"fmt"
	"strings"
	"time"

	"countersign/workflow"
)

// Kinds of mail. An order gets at most one of each: the kind is part of the key.
const (
	mailConfirmation = "confirmation"
	mailRejected     = "rejected"
	mailCancelled    = "cancelled"
	mailFailed       = "failed"
)

func confirmationMail(o workflow.Order, s booking, charged workflow.Money, at time.Time) Mail {
	parcels := "one parcel"
	if s.Parcels != 1 {
		parcels = fmt.Sprintf("%d parcels", s.Parcels)
	}
	return orderMail(o, mailConfirmation, at,
		fmt.Sprintf("Your order %s is on its way", o.ID),
		fmt.Sprintf("Thank you for your order %s. It is on its way to you in %s with %s.", o.ID, parcels, s.Carrier),
		"Tracking number: "+s.TrackingNumber,
		list(o),
		fmt.Sprintf("We have charged %s to your %s.", amount(charged), card(o.Card)),
		shipTo(o.Address))
}

func endMail(o workflow.Order, p workflow.Payment, n notice, at time.Time) Mail {
	money := moneyText(o, p)
	switch n.Outcome {
	case workflow.OrderCancelled:
		return orderMail(o, mailCancelled, at,
			fmt.Sprintf("Your order %s is cancelled", o.ID),
			fmt.Sprintf("As you asked, we have cancelled your order %s. Nothing will be shipped.", o.ID),
			list(o), money)
	case workflow.OrderRejected:
		return orderMail(o, mailRejected, at,
			fmt.Sprintf("Your order %s was not approved", o.ID),
			fmt.Sprintf("We are sorry: we cannot go on with your order %s. Nothing will be shipped.", o.ID),
			"The reason: "+n.Cause,
			list(o), money)
	}
	return orderMail(o, mailFailed, at,
		fmt.Sprintf("We could not complete your order %s", o.ID),
		fmt.Sprintf("We are sorry: we could not complete your order %s. Nothing will be shipped.", o.ID),
		"The reason: "+n.Cause,
		list(o), money,
		"You are welcome to order again.")
}

func orderMail(o workflow.Order, kind string, at time.Time, subject string, paragraphs ...string) Mail {
	greeting := "Hello,"
	if o.CustomerName != "" {
		greeting = "Hello " + o.CustomerName + ","
	}
	var body strings.Builder
	body.WriteString(greeting)
	for _, p := range append(paragraphs, "Your Countersign shop") {
		if p != "" {
			body.WriteString("\n\n" + p)
		}
	}
	body.WriteString("\n")
	return Mail{
		Key: string(o.ID) + "/" + kind, OrderID: o.ID, To: o.CustomerEmail,
		Subject: subject, Body: body.String(), At: at,
	}
}

func list(o workflow.Order) string {
	if o.Total.Amount == 0 {
		return "" // it was never priced
	}
	var b strings.Builder
	b.WriteString("Your order:")
	for _, l := range o.Lines {
		cost, _ := l.UnitPrice.Times(l.Quantity) // it did not overflow when the total was made
		fmt.Fprintf(&b, "\n  %d × %s: %s", l.Quantity, l.Name, amount(cost))
	}
	fmt.Fprintf(&b, "\n  Total: %s", amount(o.Total))
	return b.String()
}

// moneyText says what was charged and what came back; it is written when the undo is done.
func moneyText(o workflow.Order, p workflow.Payment) string {
	switch p.Status {
	case workflow.PaymentVoided:
		return fmt.Sprintf("We had reserved %s on your %s and have released it. Nothing was charged.", amount(p.Authorised), card(o.Card))
	case workflow.PaymentRefunded:
		return fmt.Sprintf("We had charged %s to your %s and have refunded %s. It can take a few days until you see it.",
			amount(p.Captured), card(o.Card), amount(p.Refunded))
	}
	return "Nothing was charged."
}

func card(c workflow.Card) string {
	if c.LastFour == "" {
		return "card"
	}
	return strings.TrimSpace(c.Brand+" card ending in ") + " " + c.LastFour
}

func shipTo(a workflow.Address) string {
	return fmt.Sprintf("It goes to:\n  %s\n  %s\n  %s %s\n  %s", a.Name, a.Street, a.Postcode, a.City, a.Country)
}
