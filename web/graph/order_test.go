package graph

// order is the shape of the order workflow: what the drawing must be good at.
func order() Graph {
	task := func(names ...string) []State {
		var out []State
		for _, n := range names {
			out = append(out, State{Name: n, Type: "Task"})
		}
		return out
	}
	g := Graph{StartAt: "OrderReceived"}
	g.States = append(g.States, State{Name: "OrderReceived", Type: "Pass"})
	g.States = append(g.States, task("ValidateOrder", "ProcessPayment", "CheckInventory")...)
	g.States = append(g.States, State{Name: "ApprovalRequired", Type: "Choice"})
	g.States = append(g.States, task("HumanApproval", "CapturePayment", "ShipOrder", "SendConfirmation")...)
	g.States = append(g.States, State{Name: "OrderCompleted", Type: "Succeed", Terminal: true})
	g.States = append(g.States, task("ReleaseInventory", "RefundPayment", "NotifyCustomer")...)
	g.States = append(g.States, State{Name: "OrderOutcome", Type: "Choice"})
	for _, n := range []string{"OrderFailed", "OrderRejected", "OrderCancelled"} {
		g.States = append(g.States, State{Name: n, Type: "Fail", Terminal: true})
	}
	add := func(kind Kind, label, from string, to ...string) {
		for _, t := range to {
			g.Edges = append(g.Edges, Edge{From: from, To: t, Kind: kind, Label: label})
			from = t
		}
	}
	add(Next, "", "OrderReceived", "ValidateOrder", "ProcessPayment", "CheckInventory", "ApprovalRequired")
	add(Choice, "approval.required is true", "ApprovalRequired", "HumanApproval")
	add(Default, "", "ApprovalRequired", "CapturePayment")
	add(Next, "", "HumanApproval", "CapturePayment", "ShipOrder", "SendConfirmation", "OrderCompleted")
	add(Catch, "States.ALL", "ValidateOrder", "NotifyCustomer")
	add(Catch, "PaymentDeclined", "ProcessPayment", "NotifyCustomer")
	add(Catch, "States.ALL", "ProcessPayment", "RefundPayment")
	add(Catch, "States.ALL", "CheckInventory", "RefundPayment")
	for _, n := range []string{"HumanApproval", "CapturePayment", "ShipOrder"} {
		add(Catch, "States.ALL", n, "ReleaseInventory")
	}
	add(Catch, "States.ALL", "SendConfirmation", "OrderCompleted")
	add(Next, "", "ReleaseInventory", "RefundPayment", "NotifyCustomer", "OrderOutcome")
	add(Choice, `notified.outcome is "REJECTED"`, "OrderOutcome", "OrderRejected")
	add(Choice, `notified.outcome is "CANCELLED"`, "OrderOutcome", "OrderCancelled")
	add(Default, "", "OrderOutcome", "OrderFailed")
	return g
}
