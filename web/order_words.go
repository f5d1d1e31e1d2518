package web

import (
	"fmt"
	"strings"
	"time"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/workflow"
)

// outlook is where an order stands, what happens next, and by when.
type outlook struct {
	headline, next string
	by             time.Time
}

// outlook words an order for its customer: no states, no tasks, no error names.
func (f orderFacts) outlook() outlook {
	switch {
	case f.Attention:
		return outlook{headline: "We need a little longer", next: f.attention()}
	case f.Status.Closed():
		return f.end()
	case f.CancelRequested:
		return f.retried(outlook{headline: "We are cancelling your order",
			next: "Nothing will be shipped, and you pay nothing. You get a mail when everything is taken back."})
	case f.course.undone:
		return f.retried(outlook{headline: "We cannot complete your order",
			next: "What was held for it is being given back. You get a mail that says why, and what became of the money."})
	}
	return f.underway()
}

func (f orderFacts) underway() outlook {
	total := components.MoneyText(f.Total)
	switch f.course.now {
	case legReserving:
		return f.retried(outlook{headline: "Your payment is held", next: "Now your goods are set aside."})
	case legApproval:
		if f.approval != nil && f.approval.Status == workflow.ApprovalPending {
			return outlook{headline: "Waiting for a countersignature", by: f.approval.Deadline,
				next: f.approval.Reason + " An approver looks at it before it ships. If nobody approves it in time, nothing is charged and nothing ships."}
		}
		return outlook{headline: "A countersignature is needed", next: "Your order is being put before the approvers."}
	case legCharging:
		return f.retried(outlook{headline: "Your card is being charged", next: "Then your parcel is booked."})
	case legShipping:
		return f.retried(outlook{headline: "Your parcel is being booked",
			next: "You get a mail with the tracking number as soon as the carrier has it."})
	case legMailing:
		return f.retried(outlook{headline: "Your parcel is booked", next: "We are writing you a mail with the tracking number."})
	}
	return f.retried(outlook{headline: "We are asking your bank",
		next: "It takes a few seconds to hold " + total + " on your card. If the bank does not answer, we try again."})
}

// retried says instead, if the latest attempt has failed, that another one follows and when.
func (f orderFacts) retried(otherwise outlook) outlook {
	if f.course.retryAt.IsZero() {
		return otherwise
	}
	again := outlook{by: f.course.retryAt}
	switch f.course.now {
	case legPaying:
		again.headline, again.next = "Your bank did not answer", "Nothing is charged yet. We try your card again."
	case legCharging:
		again.headline, again.next = "Your bank did not answer", "The money is held on your card. We try to charge it again."
	case legShipping:
		again.headline, again.next = "The carrier did not answer", "Your goods are set aside. We try to book the parcel again."
	case legMailing:
		again.headline, again.next = "Your parcel is booked", "Only the mail could not be written yet. We try again."
	case legUndoing:
		again.headline, again.next = otherwise.headline, otherwise.next+" Something did not answer just now; we try again."
	default:
		again.headline, again.next = otherwise.headline, "Something did not answer just now. We try again."
	}
	return again
}

func (f orderFacts) end() outlook {
	money := f.moneySentence()
	switch f.Status {
	case workflow.OrderCompleted:
		if f.elsewhere() {
			return outlook{headline: "Your order is completed",
				next: "It was carried out outside of the shop's own books: nothing was charged here, and no parcel was booked here."}
		}
		return outlook{headline: "It is on its way",
			next: fmt.Sprintf("The carrier has %s for you. Follow it with the tracking number.", components.Count(max(f.shipment.Parcels, 1), "parcel"))}
	case workflow.OrderCancelled:
		return outlook{headline: "You cancelled this order", next: money}
	case workflow.OrderRejected:
		return outlook{headline: "Your order was not approved", next: join(f.rejection(), money)}
	}
	return outlook{headline: f.failure(), next: join(f.Reason, money)}
}

func (f orderFacts) rejection() string {
	if a := f.approval; a != nil && a.Status == workflow.ApprovalRejected && a.Comment != "" {
		return fmt.Sprintf("%s wrote: “%s”", a.DecidedByName, a.Comment)
	}
	return f.Reason
}

func (f orderFacts) failure() string {
	switch {
	case f.payment.Status == workflow.PaymentDeclined:
		return "Your card was declined"
	case f.course.forward == legPaying:
		return "Your bank did not answer"
	case f.course.forward == legReserving:
		return "It is out of stock"
	case f.course.forward == legCharging:
		return "Your card could not be charged"
	case f.course.forward == legShipping:
		return "We could not ship your order"
	}
	return "We could not complete your order"
}

func (f orderFacts) attention() string {
	if !f.course.undone {
		return join(f.Reason, "An operator is looking at it; you need not do anything.")
	}
	what := "taking back what was done has failed so far"
	switch f.payment.Status {
	case workflow.PaymentAuthorised, workflow.PaymentUnknown:
		what = "releasing the hold on your card has failed so far"
	case workflow.PaymentCaptured:
		what = "giving your money back has failed so far"
	}
	return "Your order does not go on, but " + what + ". An operator is looking at it; you need not do anything."
}

// moneySentence says what became of the money of an order that did not complete.
func (f orderFacts) moneySentence() string {
	switch f.payment.Status {
	case workflow.PaymentVoided:
		return fmt.Sprintf("The hold of %s on your card was released. Nothing was charged.", components.MoneyText(f.payment.Authorised))
	case workflow.PaymentRefunded:
		return fmt.Sprintf("The %s that were charged have been refunded; banks take up to three days to show it.", components.MoneyText(f.payment.Refunded))
	case workflow.PaymentNone, workflow.PaymentDeclined:
		return "Nothing was charged."
	}
	return ""
}

// cancelText is what cancelling will do, for the dialog that asks.
func (f orderFacts) cancelText() string {
	const mail = " You get a mail when it is done."
	switch f.payment.Status {
	case workflow.PaymentAuthorised:
		return fmt.Sprintf("The hold of %s on your card is released and nothing is charged.", components.MoneyText(f.payment.Authorised)) + mail
	case workflow.PaymentCaptured:
		return fmt.Sprintf("The %s that were charged are refunded, and nothing is shipped.", components.MoneyText(f.payment.Captured)) + mail
	}
	return "Nothing is charged and nothing is shipped." + mail
}

// paymentView is the money by what happened to it.
func (f orderFacts) paymentView() pages.OrderPayment {
	in := func(m workflow.Money) workflow.Money {
		return workflow.Money{Amount: m.Amount, Currency: f.Total.Currency}
	}
	v := pages.OrderPayment{
		Status: f.payment.Status, Card: cardText(f.Card), Authorised: in(f.payment.Authorised),
		Captured: in(f.payment.Captured), Refunded: in(f.payment.Refunded), Voided: in(workflow.Money{}),
	}
	if v.Status == workflow.PaymentVoided {
		v.Voided = v.Authorised
	}
	return v
}

func cardText(c workflow.Card) string {
	if c.LastFour == "" {
		return c.Brand
	}
	return c.Brand + " •••• " + c.LastFour
}

// join puts sentences together, each ended by a full stop.
func join(sentences ...string) string {
	var parts []string
	for _, s := range sentences {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if !strings.ContainsAny(s[len(s)-1:], ".!?") && !strings.HasSuffix(s, "”") {
			s += "."
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}
