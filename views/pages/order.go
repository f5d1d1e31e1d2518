package pages

import (
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// Orders is the list of a customer's orders, or of everybody's, newest first.
type Orders struct {
	Now      time.Time
	Everyone bool // orders of every customer: each row says whose it is
	Rows     []OrderRow
	Live     string // address of the event stream of this part of the list
	Older    string // address of the page with older ones; empty on the last
	Newer    string
	Only     string // what the list is narrowed to, in words: "Needs attention"; empty for all
}

func (m Orders) title() string {
	if m.Everyone {
		return "Orders"
	}
	return "My orders"
}

func (m Orders) head() components.Head {
	h := components.Head{Title: m.title(), Live: len(m.Rows) > 0}
	if m.Only != "" {
		h.Lead = "Only those with the status “" + m.Only + "”."
	}
	return h
}

// empty says why the list is.
func (m Orders) empty() components.Empty {
	switch {
	case m.Only != "":
		return components.Empty{Icon: components.IconOrders, Title: "No orders like that", Text: "None has the status “" + m.Only + "” at the moment."}
	case m.Everyone:
		return components.Empty{Icon: components.IconOrders, Title: "No orders yet", Text: "What customers order appears here."}
	}
	return components.Empty{Icon: components.IconOrders, Title: "No orders yet", Text: "What you order appears here, and you can watch it on its way.",
		Action: &components.Link{Text: "Go to the shop", URL: paths.Shop}}
}

// OrderRow is one order in the list.
type OrderRow struct {
	ID        string
	PlacedAt  time.Time
	Customer  string // on everybody's list
	Summary   string // "2 × Notebook, 1 × Desk lamp"
	Status    workflow.OrderStatus
	Attention bool // undoing failed; an operator is on it
	Total     workflow.Money
}

// Order is a customer's page of one order.
type Order struct {
	ID       string
	CSRF     string
	Now      time.Time
	PlacedAt time.Time
	Status   workflow.OrderStatus
	Stages   []Stage // five: StageNames in order

	Headline string    // "Waiting for an approver": where it stands
	Next     string    // what happens next, a sentence or two
	NextBy   time.Time // by when; zero when there is no date

	Lines    []OrderLine
	Total    workflow.Money
	Address  workflow.Address
	Payment  OrderPayment
	Tracking string // tracking number; empty before the parcel is booked
	Carrier  string

	Execution     string // address of its execution; for operators, else empty
	ExecutionGone bool   // it is not kept any longer; for operators

	Cancellable     bool
	CancelRequested bool   // asked for, not yet done
	CancelText      string // what cancelling will do, for the dialog
	Attention       bool   // undoing failed; an operator is on it
	Again           bool   // it is the reader's own and ended without a parcel: they may like to order anew
	Final           bool   // nothing on this page will change any more: no live region
}

// OrderLine is one line of an order.
type OrderLine struct {
	Name      string
	Picture   string
	Quantity  int64
	UnitPrice workflow.Money
	Total     workflow.Money
}

// OrderPayment is what happened to the money. Amounts that did not occur are zero.
type OrderPayment struct {
	Status     workflow.PaymentStatus
	Card       string // "Visa •••• 4242"
	Authorised workflow.Money
	Captured   workflow.Money
	Voided     workflow.Money
	Refunded   workflow.Money
}

// Net is what was charged minus what was given back.
func (p OrderPayment) Net() workflow.Money {
	return workflow.Money{Amount: p.Captured.Amount - p.Refunded.Amount, Currency: p.Captured.Currency}
}

// StageState is how a stage of an order stands.
type StageState string

// The states of a stage.
const (
	StageAhead     StageState = "ahead"   // not yet
	StageCurrent   StageState = "current" // we are at it
	StageWaiting   StageState = "waiting" // somebody or some time is waited for
	StageDone      StageState = "done"
	StageFailed    StageState = "failed"    // the order ended here
	StageUndone    StageState = "undone"    // had been done and was taken back
	StageNotNeeded StageState = "notneeded" // skipped: this order does not need it, or it ended before
)

// StageNames are the five stages of an order, in plain words.
var StageNames = [5]string{"Received", "Payment", "Approval", "Shipping", "Done"}

// Stage is one of the five stages on the customer's timeline.
type Stage struct {
	Name  string
	State StageState
	Note  string    // "Held on your card", "Not needed"; may be empty
	At    time.Time // when it reached its state; zero if it has not
}

func (s Stage) icon() components.Icon {
	switch s.State {
	case StageCurrent:
		return components.IconProgress
	case StageWaiting:
		return components.IconWaiting
	case StageDone:
		return components.IconCheck
	case StageFailed:
		return components.IconClose
	case StageUndone:
		return components.IconUndone
	case StageNotNeeded:
		return components.IconMinus
	}
	return components.IconPending
}

// word says the state to those who do not see the icon.
func (s Stage) word() string {
	switch s.State {
	case StageCurrent:
		return "in progress"
	case StageWaiting:
		return "waiting"
	case StageDone:
		return "done"
	case StageFailed:
		return "failed"
	case StageUndone:
		return "taken back"
	case StageNotNeeded:
		return "not needed"
	}
	return "not yet"
}

func (m Order) headlineStatus() components.Status {
	s := components.OrderStatus(m.Status)
	s.Text = m.Headline
	switch {
	case m.Attention:
		s.Icon, s.Tone = components.IconWarning, components.Danger
	case m.CancelRequested && !m.Status.Closed():
		s.Icon, s.Tone = components.IconUndone, components.Waiting
	}
	return s
}

// shownStatus does not call an order failed that somebody is still looking at.
func shownStatus(status workflow.OrderStatus, attention bool) components.Status {
	if attention {
		return components.Status{Text: "Needs attention", Icon: components.IconWarning, Tone: components.Danger}
	}
	return components.OrderStatus(status)
}

func (m Order) shownStatus() *components.Status {
	s := shownStatus(m.Status, m.Attention)
	return &s
}
