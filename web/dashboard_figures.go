package web

import (
	"countersign/models"
	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// groups are the figures in rows.
func (f figures) groups(p *models.Person) []pages.DashboardGroup {
	return []pages.DashboardGroup{
		{Title: "Needs somebody", Stats: f.needs(p)},
		{Title: "Orders", Stats: f.orderStats()},
		{Title: "Executions", Stats: f.executionStats()},
		{Title: "Stock and mail", Stats: f.stockAndMail()},
	}
}

// needs is what waits for a person. Approvers are led to the inbox, others to the orders.
func (f figures) needs(p *models.Person) []pages.DashboardStat {
	waiting := paths.OrderList(string(workflow.OrderAwaitingApproval), "")
	if p.Has(approvers.roles...) {
		waiting = paths.Inbox(paths.Team)
	}
	return []pages.DashboardStat{
		quiet(components.Status{Text: "Need attention", Icon: components.IconAlert, Tone: components.Danger},
			f.orders.Attention, paths.OrderList(paths.NeedsAttention, "")),
		quiet(components.Status{Text: "Wait for approval", Icon: components.IconWaiting, Tone: components.Waiting}, f.approvals.Pending, waiting),
		quiet(components.Status{Text: "Due within an hour", Icon: components.IconTimer, Tone: components.Danger}, f.due, waiting),
	}
}

func (f figures) orderStats() []pages.DashboardStat {
	var stats []pages.DashboardStat
	for _, status := range []workflow.OrderStatus{
		workflow.OrderReceived, workflow.OrderPaymentAuthorised, workflow.OrderAwaitingApproval, workflow.OrderShipping,
		workflow.OrderCompleted, workflow.OrderRejected, workflow.OrderFailed, workflow.OrderCancelled,
	} {
		stats = append(stats, quiet(components.OrderStatus(status), f.orders.ByStatus[status], paths.OrderList(string(status), "")))
	}
	return stats
}

func (f figures) executionStats() []pages.DashboardStat {
	var stats []pages.DashboardStat
	for _, status := range []workflow.ExecutionStatus{
		workflow.Running, workflow.Succeeded, workflow.Failed, workflow.TimedOut, workflow.Aborted,
	} {
		stats = append(stats, quiet(components.ExecutionStatus(status), f.executions[status], paths.Executions(string(status), "", "")))
	}
	return stats
}

func (f figures) stockAndMail() []pages.DashboardStat {
	return []pages.DashboardStat{
		quiet(components.Status{Text: "Sold out", Icon: components.IconFailed, Tone: components.Danger}, workflow.Count{N: f.soldOut}, paths.Inventory),
		quiet(components.Status{Text: "Few left", Icon: components.IconWarning, Tone: components.Waiting}, workflow.Count{N: f.few}, paths.Inventory),
		quiet(components.Status{Text: "Mails not sent", Icon: components.IconMail, Tone: components.Neutral}, workflow.Count{N: f.mails.Unsent}, paths.Mail),
	}
}

// quiet is a figure without colour while it is zero.
func quiet(status components.Status, count workflow.Count, url string) pages.DashboardStat {
	return pages.DashboardStat{Status: status, Count: count, URL: url, Quiet: true}
}

// alerts are what somebody should see to, the worst first.
func (f figures) alerts() []pages.DashboardAlert {
	var alerts []pages.DashboardAlert
	add := func(tone components.Tone, title, text string, link components.Link) {
		alerts = append(alerts, pages.DashboardAlert{Tone: tone, Title: title, Text: text, Link: link})
	}
	if n := f.orders.Attention; n.N > 0 {
		add(components.Danger, components.Several(n, "order")+" stopped half way",
			"Neither completed nor undone. Mend the cause, then redrive the execution.",
			components.Link{Text: "Show them", URL: paths.OrderList(paths.NeedsAttention, "")})
	}
	if n := f.mails.Failed; n > 0 {
		add(components.Waiting, components.Count(int(n), "mail")+" could not be sent yet",
			"The mail server refused or did not answer. They are tried again by themselves.",
			components.Link{Text: "Show the mails", URL: paths.Mail})
	}
	if f.switches != (workflow.Switches{}) {
		add(components.Waiting, "The sandbox parties are told to fail",
			"Orders will fail or wait until the failures are switched off again.",
			components.Link{Text: "Settings", URL: paths.Settings})
	}
	return alerts
}
