package stories

import (
	"slices"
	"time"

	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

const orderID = "CS-7K2M4Q9A"

var home = workflow.Address{Name: "Clara Customer", Street: "Museumstraat 1", Postcode: "1071 XX", City: "Amsterdam", Country: "NL"}

var deskLines = []pages.OrderLine{
	{Name: "Standing desk", Picture: picture(6), Quantity: 1, UnitPrice: eur(74900), Total: eur(74900)},
	{Name: "Desk lamp", Picture: picture(3), Quantity: 2, UnitPrice: eur(12900), Total: eur(25800)},
	{Name: "Linen notebook", Picture: picture(1), Quantity: 3, UnitPrice: eur(2490), Total: eur(7470)},
}

func stages(states [5]pages.StageState, notes [5]string, reached ...time.Duration) []pages.Stage {
	out := make([]pages.Stage, 5)
	for i, name := range pages.StageNames {
		out[i] = pages.Stage{Name: name, State: states[i], Note: notes[i]}
		if i < len(reached) {
			out[i].At = ago(reached[i])
		}
	}
	return out
}

func order(status workflow.OrderStatus, headline, next string) pages.Order {
	return pages.Order{
		ID: orderID, CSRF: "csrf-token", Now: now, PlacedAt: ago(42 * time.Minute), Status: status,
		Headline: headline, Next: next, Lines: deskLines, Total: eur(108170), Address: home,
		Payment:    pages.OrderPayment{Status: workflow.PaymentAuthorised, Card: "Visa •••• 4242", Authorised: eur(108170), Captured: eur(0), Refunded: eur(0), Voided: eur(0)},
		CancelText: "The hold on your card is released and nothing is charged. You get a mail when it is done.",
		Final:      status.Closed(),
	}
}

const (
	ahead, current, waiting, done = pages.StageAhead, pages.StageCurrent, pages.StageWaiting, pages.StageDone
	failed, undone, notNeeded     = pages.StageFailed, pages.StageUndone, pages.StageNotNeeded
)

type states = [5]pages.StageState
type notes = [5]string

func orderStories() []Story {
	paying := order(workflow.OrderReceived, "We are asking your bank", "This takes a few seconds. If the bank does not answer, we try again.")
	paying.Stages, paying.Cancellable = stages(states{done, current, ahead, ahead, ahead}, notes{}, 42*time.Minute), true
	paying.Payment.Status, paying.Payment.Authorised = workflow.PaymentNone, eur(0)

	approval := order(workflow.OrderAwaitingApproval, "Waiting for a countersignature", "Your order is above 500.00 EUR, so an approver looks at it before it ships. If nobody does, it is cancelled and nothing is charged:")
	approval.Stages, approval.Cancellable = stages(states{done, done, waiting, ahead, ahead}, notes{"", "Held on your card", "An approver decides"}, 42*time.Minute, 41*time.Minute, 41*time.Minute), true
	approval.NextBy = in(23*time.Hour + 19*time.Minute)

	cancelling := approval
	cancelling.Cancellable, cancelling.CancelRequested, cancelling.NextBy = false, true, time.Time{}
	cancelling.Headline, cancelling.Next = "We are cancelling your order", "The hold on your card is being released."

	shipping := order(workflow.OrderShipping, "Your parcel is being booked", "You get a mail with the tracking number as soon as the carrier has it.")
	shipping.Stages = stages(states{done, done, notNeeded, current, ahead}, notes{"", "Charged", "Not needed"}, 2*time.Minute, 2*time.Minute)
	shipping.Payment.Status, shipping.Payment.Captured = workflow.PaymentCaptured, eur(108170)

	completed := order(workflow.OrderCompleted, "It is on its way", "The carrier has your parcel. Follow it with the tracking number.")
	completed.Stages = stages(states{done, done, done, done, done}, notes{"", "Charged", "Approved by Anton", "Parcel booked", "Confirmed by mail"}, 42*time.Minute, 41*time.Minute, 7*time.Minute, 7*time.Minute, 6*time.Minute)
	completed.Payment.Status, completed.Payment.Captured = workflow.PaymentCaptured, eur(108170)
	completed.Tracking, completed.Carrier = "SBX-4471-0093-2218", "Sandbox Carrier"

	rejected := order(workflow.OrderRejected, "Your order was not approved", "Anton Approver wrote: “We have three of these desks in storage, please take one of them.” Nothing was charged.")
	rejected.Stages = stages(states{done, undone, failed, notNeeded, notNeeded}, notes{"", "Hold released", "Rejected"}, 42*time.Minute, 5*time.Minute, 6*time.Minute)
	rejected.Payment.Status, rejected.Payment.Voided = workflow.PaymentVoided, eur(108170)

	declined := order(workflow.OrderFailed, "Your card was declined", "The bank said no, so nothing was charged and nothing is reserved. Order again with another card.")
	declined.Stages = stages(states{done, failed, notNeeded, notNeeded, notNeeded}, notes{"", "Declined"}, time.Minute, time.Minute)
	declined.Payment = pages.OrderPayment{Status: workflow.PaymentDeclined, Card: "Visa •••• 0002", Authorised: eur(0), Captured: eur(0)}
	declined.Again = true

	refunded := order(workflow.OrderFailed, "We could not ship your order", "The carrier refused the parcel. What was charged has been given back; banks take up to three days to show it.")
	refunded.Stages = stages(states{done, undone, notNeeded, failed, notNeeded}, notes{"", "Refunded", "Not needed", "Refused by the carrier"}, 9*time.Minute, 8*time.Minute, 0, 8*time.Minute)
	refunded.Stages[2].At = time.Time{}
	refunded.Payment.Status, refunded.Payment.Captured, refunded.Payment.Refunded = workflow.PaymentRefunded, eur(108170), eur(108170)

	cancelled := order(workflow.OrderCancelled, "You cancelled this order", "The hold on your card was released. Nothing was charged.")
	cancelled.Stages = stages(states{done, undone, notNeeded, notNeeded, notNeeded}, notes{"", "Hold released"}, 42*time.Minute, 3*time.Minute)
	cancelled.Payment.Status, cancelled.Payment.Voided = workflow.PaymentVoided, eur(108170)

	attention := order(workflow.OrderAwaitingApproval, "We need a little longer", "Your order was rejected, but releasing the hold on your card has failed so far. A person is looking at it; you need not do anything.")
	attention.Attention = true
	stuck := attention
	stuck.Execution = paths.Execution("order-" + orderID)
	attention.Stages = stages(states{done, failed, failed, notNeeded, notNeeded}, notes{"", "Release failed", "Rejected"}, 42*time.Minute, 5*time.Minute, 6*time.Minute)

	seen := shipping
	seen.Execution, seen.Cancellable = paths.Execution("order-"+orderID), false

	at := func(m pages.Order) Story {
		return Story{"", shell(page(clara, "Order "+m.ID, layouts.Orders), pages.OrderPage(m))}
	}
	operators := Story{"", shell(page(olga, "Order "+orderID, layouts.AllOrders), pages.OrderPage(seen))}
	return append(ordersStories(), named("order", map[string]Story{
		"paying": at(paying), "awaiting-approval": at(approval), "cancelling": at(cancelling), "shipping": at(shipping), "completed": at(completed),
		"rejected": at(rejected), "declined": at(declined), "refunded": at(refunded), "cancelled": at(cancelled), "needs-attention": at(attention),
		"stuck":       {"", shell(page(olga, "Order "+orderID, layouts.AllOrders), pages.OrderPage(stuck))},
		"as-operator": operators,
	})...)
}

// stuck is rows of orders whose undo failed.
func stuck(rows []pages.OrderRow) []pages.OrderRow {
	rows = everyones(rows)
	for i := range rows {
		rows[i].Status, rows[i].Attention = workflow.OrderFailed, true
	}
	return rows
}

func everyones(rows []pages.OrderRow) []pages.OrderRow {
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i].Customer = []string{"Clara Customer", "Karl Customer"}[i%2]
	}
	return rows
}

func ordersStories() []Story {
	rows := []pages.OrderRow{
		{ID: orderID, PlacedAt: ago(42 * time.Minute), Summary: "1 × Standing desk and 2 more", Status: workflow.OrderAwaitingApproval, Total: eur(108170)},
		{ID: "CS-3FJ8W2TN", PlacedAt: ago(3 * time.Hour), Summary: "2 × Linen notebook", Status: workflow.OrderShipping, Total: eur(4980)},
		{ID: "CS-Q8L5R0XB", PlacedAt: ago(26 * time.Hour), Summary: "1 × Fountain pen", Status: workflow.OrderCompleted, Total: eur(8900)},
		{ID: "CS-M1V6H9DK", PlacedAt: ago(75 * time.Hour), Summary: "1 × Espresso machine", Status: workflow.OrderRejected, Total: eur(124000)},
		{ID: "CS-A4P7C3ZS", PlacedAt: ago(100 * time.Hour), Summary: "1 × Desk lamp", Status: workflow.OrderCancelled, Total: eur(12900)},
		{ID: "12345", PlacedAt: ago(400 * time.Hour), Summary: "1 × Headphones", Status: workflow.OrderFailed, Total: eur(27900)},
	}
	at := func(m pages.Orders) Story {
		return Story{"", shell(page(clara, "My orders", layouts.Orders), pages.OrdersPage(m))}
	}
	return named("orders", map[string]Story{
		"some":      at(pages.Orders{Now: now, Rows: rows, Live: paths.OrdersLive}),
		"none":      at(pages.Orders{Now: now}),
		"paged":     at(pages.Orders{Now: now, Rows: rows[:2], Live: paths.OrderListLive("", "1"), Newer: "/orders", Older: "/orders?after=2"}),
		"everyone":  {"", shell(page(olga, "Orders", layouts.AllOrders), pages.OrdersPage(pages.Orders{Now: now, Everyone: true, Rows: everyones(rows), Live: paths.OrdersLive}))},
		"attention": {"", shell(page(olga, "Orders", layouts.AllOrders), pages.OrdersPage(pages.Orders{Now: now, Everyone: true, Rows: stuck(rows[:1]), Live: paths.OrdersLive, Only: "Needs attention"}))},
		"none-such": {"", shell(page(olga, "Orders", layouts.AllOrders), pages.OrdersPage(pages.Orders{Now: now, Everyone: true, Only: "Needs attention"}))},
	})
}
