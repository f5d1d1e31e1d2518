package stories

import (
	"time"

	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

func inboxStories() []Story {
	row := func(id, customer, summary string, cents int64, asked, left time.Duration) pages.InboxRow {
		return pages.InboxRow{ID: id, OrderID: "CS-" + id, Customer: customer, Summary: summary, Amount: eur(cents), Status: workflow.ApprovalPending, AskedAt: ago(asked), Deadline: in(left)}
	}
	open := []pages.InboxRow{
		row("K3N8P2VD", "Karl Customer", "1 × 27-inch monitor", 89900, 23*time.Hour+12*time.Minute, 48*time.Minute),
		row("7K2M4Q9A", "Clara Customer", "1 × Standing desk and 2 more", 108170, 21*time.Hour, 3*time.Hour),
		row("T5R1Y6EW", "Clara Customer", "2 × Task chair", 89800, 4*time.Minute, 23*time.Hour+56*time.Minute),
	}
	own := row("B9X4L7QF", "Anton Approver", "1 × Espresso machine", 124000, time.Hour, 23*time.Hour)
	own.Own = true
	closed := func(r pages.InboxRow, status workflow.ApprovalStatus, by string, at time.Duration) pages.InboxRow {
		r.Status, r.DecidedBy, r.DecidedAt = status, by, ago(at)
		return r
	}
	decided := []pages.InboxRow{
		closed(open[1], workflow.ApprovalApproved, "Berta Approver", 12*time.Minute),
		closed(open[0], workflow.ApprovalRejected, "Anton Approver", 2*time.Hour),
		closed(open[2], workflow.ApprovalExpired, "", 26*time.Hour),
		closed(own, workflow.ApprovalCancelled, "", 50*time.Hour),
	}
	at := func(tab paths.InboxTab, rows []pages.InboxRow) Story {
		m := pages.Inbox{Now: now, Tab: tab, NeedsMe: workflow.Count{N: 3}, Team: workflow.Count{N: 4}, Rows: rows, Limit: eur(50000), Live: paths.InboxLive(tab)}
		p := page(anton, "Inbox", layouts.Inbox)
		if len(rows) == 0 {
			m.NeedsMe, m.Team, p.NeedsMe = workflow.Count{}, workflow.Count{}, workflow.Count{}
		}
		return Story{"", shell(p, pages.InboxPage(m))}
	}
	return append(named("inbox", map[string]Story{
		"needs-me": at(paths.NeedsMe, open), "team": at(paths.Team, append(open[:3:3], own)), "decided": at(paths.Decided, decided),
		"needs-me-empty": at(paths.NeedsMe, nil), "team-empty": at(paths.Team, nil), "decided-empty": at(paths.Decided, nil),
	}), decisionStories()...)
}

func decision() pages.Decision {
	return pages.Decision{
		ID: "ap-1", CSRF: "csrf-token", Now: now, Status: workflow.ApprovalPending, AskedAt: ago(41 * time.Minute), Deadline: in(23*time.Hour + 19*time.Minute),
		OrderID: orderID, Execution: "order-" + orderID, OrderStatus: workflow.OrderAwaitingApproval, Customer: "Clara Customer", CustomerEmail: "clara@example.com", PlacedAt: ago(42 * time.Minute),
		Lines: deskLines, Total: eur(108170), Address: home, Card: "Visa •••• 4242",
		Why:        "The total of 1,081.70 EUR is above the limit of 500.00 EUR.",
		IfApproved: []string{"Capture 1,081.70 EUR", "Ship 6 items to Amsterdam", "Mail the customer the tracking number"},
		IfRejected: []string{"Release the hold of 1,081.70 EUR", "Release 6 reserved items", "Mail the customer your reason"},
	}
}

func decisionStories() []Story {
	urgent := decision()
	urgent.Deadline = in(52 * time.Second)
	own := decision()
	own.Own = true
	reason := decision()
	reason.DraftProblem = "Write a reason: the customer reads it."
	ended := func(status workflow.ApprovalStatus, order workflow.OrderStatus, by, comment string) pages.Decision {
		m := decision()
		m.Status, m.OrderStatus, m.DecidedBy, m.DecidedAt, m.Comment = status, order, by, ago(3*time.Minute), comment
		return m
	}
	late := ended(workflow.ApprovalApproved, workflow.OrderShipping, "Berta Approver", "")
	late.TooLate = "Berta Approver approved this order 3 seconds before you"
	late.DecidedAt = ago(3 * time.Second)
	at := func(m pages.Decision) Story {
		return Story{"", shell(page(anton, "Order "+m.OrderID, layouts.Inbox), pages.DecisionPage(m))}
	}
	return named("decision", map[string]Story{
		"open": at(decision()), "last-minute": at(urgent), "own-order": at(own), "reason-missing": at(reason), "too-late": at(late),
		"approved":  at(ended(workflow.ApprovalApproved, workflow.OrderCompleted, "Berta Approver", "Fits the budget of the new office.")),
		"rejected":  at(ended(workflow.ApprovalRejected, workflow.OrderRejected, "Anton Approver", "We have three of these desks in storage, please take one of them.")),
		"expired":   at(ended(workflow.ApprovalExpired, workflow.OrderRejected, "", "")),
		"cancelled": at(ended(workflow.ApprovalCancelled, workflow.OrderCancelled, "", "")),
	})
}
