package history

import (
	"context"
	"testing"
	"time"

	"countersign/workflow"
)

var contextForLayout = context.Background()

// scene is an execution of the order workflow at a moment that a page must explain.
type scene struct {
	name  string
	facts func(t testing.TB) Facts
	state string // selected by the reader; empty: by the page
}

var scenes = []scene{
	{"waiting", waiting, ""},
	{"retrying", retrying, ""},
	{"completed", completed, ""},
	{"rejected", rejected, ""},
	{"attention", attention, ""},
	{"redriven", redriven, ""},
	{"aborted", aborted, ""},
	{"expired", expired, ""},
	{"begun", begun, ""},
	{"selected", completed, "ProcessPayment"},
}

// begun: nothing but the start is recorded.
func begun(t testing.TB) Facts {
	b := start(map[string]any{"order": map[string]any{"orderId": "CS-7K2M4Q9A"}})
	return b.facts(t, workflow.Running, began.Add(8*time.Millisecond))
}

// waiting for a person, with 23 and a half hours to go.
func waiting(t testing.TB) Facts {
	b := order(124000, true).reserve()
	entry := b.ask()
	f := b.facts(t, workflow.Running, began.Add(30*time.Minute))
	f.Waits = map[workflow.EntryID]Wait{entry: {Token: true, Deadline: began.Add(24 * time.Hour)}}
	return f
}

// retrying the payment: two attempts have failed, the third is due in six seconds.
func retrying(t testing.TB) Facts {
	b := start(map[string]any{"order": map[string]any{"orderId": "CS-7K2M4Q9A", "customerId": "67890"}})
	b.pass("Pass", "OrderReceived")
	b.task("ValidateOrder", "validated", map[string]any{"total": map[string]any{"amount": 4900, "currency": "EUR"}})
	entry := b.enter("Task", "ProcessPayment")
	b.schedule("ProcessPayment", 10)
	b.fail("GatewayUnavailable", "The bank is busy and asks to try again.")
	b.later(5*time.Second).schedule("ProcessPayment", 10)
	b.fail("GatewayUnavailable", "The bank is busy and asks to try again.")
	f := b.facts(t, workflow.Running, b.at.Add(4*time.Second))
	f.Waits = map[workflow.EntryID]Wait{entry: {RetryAt: b.at.Add(10 * time.Second)}}
	return f
}

// completed after a payment that worked at its third attempt.
func completed(t testing.TB) Facts {
	b := start(map[string]any{"order": map[string]any{"orderId": "CS-7K2M4Q9A", "customerId": "67890"}})
	b.pass("Pass", "OrderReceived")
	b.task("ValidateOrder", "validated", map[string]any{"total": map[string]any{"amount": 4900, "currency": "EUR"}})
	b.enter("Task", "ProcessPayment")
	b.schedule("ProcessPayment", 10)
	b.fail("GatewayUnavailable", "The bank is busy and asks to try again.")
	b.later(5*time.Second).schedule("ProcessPayment", 10)
	b.later(10*time.Second).add(workflow.EventLambdaFunctionTimedOut, workflow.Details{Error: workflow.ErrorTimeout})
	b.later(10*time.Second).schedule("ProcessPayment", 10)
	b.succeed("ProcessPayment", "payment", map[string]any{"reference": "pay_8WQ2", "status": "AUTHORISED"})
	b.reserve()
	b.task("CapturePayment", "capture", map[string]any{"captured": 4900})
	b.task("ShipOrder", "shipment", map[string]any{"carrier": "Sandbox Parcels", "trackingNumber": "SP-0042-7731", "parcels": 1})
	b.task("SendConfirmation", "confirmation", map[string]any{"mail": "confirmation"})
	b.pass("Succeed", "OrderCompleted")
	b.end(workflow.EventExecutionSucceeded, workflow.Details{Output: b.json()})
	return b.facts(t, workflow.Succeeded, began.Add(30*time.Minute))
}

// rejected by an approver, and undone.
func rejected(t testing.TB) Facts {
	b := order(124000, true).reserve()
	b.ask()
	b.decide(false, 12*time.Minute, "Please order the smaller desk.")
	b.undo("ReleaseInventory", "REJECTED", "OrderRejected", "Anton Approver rejected the order: Please order the smaller desk.")
	b.enter("Fail", "OrderRejected")
	b.end(workflow.EventExecutionFailed, workflow.Details{Error: "OrderRejected", Cause: "Anton Approver rejected the order: Please order the smaller desk."})
	return b.facts(t, workflow.Failed, began.Add(30*time.Minute))
}

// attention: the undo itself has failed for good.
func attention(t testing.TB) Facts {
	b := order(64000, true).reserve()
	b.ask()
	b.decide(false, 9*time.Minute, "Over budget.")
	b.task("ReleaseInventory", "release", map[string]any{"released": 4})
	b.enter("Task", "RefundPayment")
	wait := 2 * time.Second
	for range 3 {
		b.schedule("RefundPayment", 30)
		b.fail("GatewayUnavailable", "The gateway could not be reached.")
		b.later(wait)
		wait *= 2
	}
	b.schedule("RefundPayment", 30)
	b.fail("RefundRefused", "The bank does not release the authorisation at the moment.")
	b.end(workflow.EventExecutionFailed, workflow.Details{Error: "RefundRefused", Cause: "The bank does not release the authorisation at the moment."})
	return b.facts(t, workflow.Failed, began.Add(30*time.Minute))
}

// redriven after the cause was mended; the refund is at work.
func redriven(t testing.TB) Facts {
	f := attention(t)
	b := &book{events: f.Events, at: began.Add(30*time.Minute - 2*time.Second), data: map[string]any{}}
	once := 1
	b.add(workflow.EventExecutionRedriven, workflow.Details{RedriveCount: &once})
	b.schedule("RefundPayment", 30)
	return b.facts(t, workflow.Running, began.Add(30*time.Minute))
}

// aborted by an operator while a person was asked.
func aborted(t testing.TB) Facts {
	b := order(124000, true).reserve()
	b.ask()
	b.later(17*time.Minute).add(workflow.EventTaskStateAborted, workflow.Details{Name: "HumanApproval"})
	b.end(workflow.EventExecutionAborted, workflow.Details{Error: "StoppedByOperator", Cause: "Olga Operator: placed twice by mistake"})
	return b.facts(t, workflow.Aborted, began.Add(30*time.Minute))
}

// expired: nobody decided in time.
func expired(t testing.TB) Facts {
	b := order(124000, true).reserve()
	b.ask()
	b.later(24*time.Hour).add(workflow.EventTaskTimedOut, workflow.Details{Resource: "invoke.waitForTaskToken", ResourceType: "lambda", Error: workflow.ErrorTimeout})
	b.caught("HumanApproval", workflow.ErrorTimeout, "")
	b.undo("ReleaseInventory", "FAILED", "ApprovalExpired", "Nobody decided within 24 hours.")
	b.enter("Fail", "OrderFailed")
	b.end(workflow.EventExecutionFailed, workflow.Details{Error: "ApprovalExpired", Cause: "Nobody decided within 24 hours."})
	return b.facts(t, workflow.Failed, began.Add(25*time.Hour))
}
