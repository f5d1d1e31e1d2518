package history

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"countersign/web/graph"
	"countersign/workflow"
	"countersign/workflow/asl"
)

// began is when every execution of these tests starts: 14:00 on the day the stories play.
var began = time.Date(2026, time.November, 23, 14, 0, 0, 0, time.UTC)

// book writes histories as the interpreter does: every event follows the one before it.
type book struct {
	events []workflow.HistoryEvent
	at     time.Time
	data   map[string]any // flows from state to state
}

func (b *book) add(t workflow.EventType, d workflow.Details) workflow.EntryID {
	id := int64(len(b.events) + 1)
	b.events = append(b.events, workflow.HistoryEvent{ID: id, PreviousID: id - 1, Type: t, At: b.at, Details: d})
	return workflow.EntryID(id)
}

func (b *book) later(d time.Duration) *book {
	b.at = b.at.Add(d)
	return b
}

func (b *book) json() json.RawMessage {
	text, err := json.Marshal(b.data)
	if err != nil {
		panic(err)
	}
	return text
}

func raw(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

const role = "arn:aws:iam::123456789012:role/Countersign"

func start(input map[string]any) *book {
	b := &book{at: began, data: input}
	b.add(workflow.EventExecutionStarted, workflow.Details{Input: b.json(), RoleARN: role})
	return b
}

func (b *book) enter(kind, name string) workflow.EntryID {
	return b.later(time.Millisecond).add(workflow.EventType(kind+"StateEntered"), workflow.Details{Name: name, Input: b.json()})
}

func (b *book) exit(kind, name string) {
	b.add(workflow.EventType(kind+"StateExited"), workflow.Details{Name: name, Output: b.json()})
}

func (b *book) pass(kind, name string) {
	b.enter(kind, name)
	b.exit(kind, name)
}

func (b *book) schedule(name string, timeout int64) {
	b.add(workflow.EventLambdaFunctionScheduled, workflow.Details{
		Resource: string(workflow.FunctionARN(name)), Input: b.json(), TimeoutInSeconds: &timeout,
	})
	b.later(time.Millisecond).add(workflow.EventLambdaFunctionStarted, workflow.Details{})
}

func (b *book) succeed(name, place string, output any) {
	b.later(6*time.Millisecond).add(workflow.EventLambdaFunctionSucceeded, workflow.Details{Output: raw(output)})
	b.data[place] = output
	b.exit("Task", name)
}

func (b *book) fail(name, cause string) {
	b.later(4*time.Millisecond).add(workflow.EventLambdaFunctionFailed, workflow.Details{Error: name, Cause: cause})
}

// caught leaves a state by its Catch.
func (b *book) caught(state, name, cause string) {
	b.data["failure"] = map[string]string{"Error": name, "Cause": cause}
	b.exit("Task", state)
}

// task is one that works at once.
func (b *book) task(name, place string, output any) {
	b.enter("Task", name)
	b.schedule(name, 10)
	b.succeed(name, place, output)
}

// ask is the wait for a person, up to the moment the approvers have been asked.
func (b *book) ask() workflow.EntryID {
	entry := b.enter("Task", "HumanApproval")
	day := int64(86400)
	b.add(workflow.EventTaskScheduled, workflow.Details{
		Resource: "invoke.waitForTaskToken", ResourceType: "lambda", Region: workflow.Region, TimeoutInSeconds: &day,
		Parameters: raw(map[string]any{"FunctionName": workflow.FunctionARN("ApproveOrder"), "Payload": map[string]any{"order": b.data["order"], "taskToken": "…"}}),
	})
	aws := workflow.Details{Resource: "invoke.waitForTaskToken", ResourceType: "lambda"}
	b.later(time.Millisecond).add(workflow.EventTaskStarted, aws)
	aws.Output = raw(map[string]string{"approvalId": "4711"})
	b.later(3*time.Millisecond).add(workflow.EventTaskSubmitted, aws)
	return entry
}

func (b *book) decide(approved bool, after time.Duration, comment string) {
	aws := workflow.Details{Resource: "invoke.waitForTaskToken", ResourceType: "lambda"}
	b.later(after)
	if approved {
		answer := map[string]string{"decision": "approved", "by": "Anton Approver", "comment": comment}
		aws.Output = raw(answer)
		b.add(workflow.EventTaskSucceeded, aws)
		b.data["approval"] = answer
		b.exit("Task", "HumanApproval")
		return
	}
	aws.Error, aws.Cause = "ApprovalRejected", "Anton Approver rejected the order: "+comment
	b.add(workflow.EventTaskFailed, aws)
	b.caught("HumanApproval", aws.Error, aws.Cause)
}

// order is an order on its way, up to and with CheckInventory.
func order(cents int64, approval bool) *book {
	b := start(map[string]any{"order": map[string]any{
		"orderId": "CS-7K2M4Q9A", "customerId": "67890",
		"items": []map[string]any{{"itemId": "item4", "quantity": 3}, {"itemId": "item1", "quantity": 1}},
	}})
	b.pass("Pass", "OrderReceived")
	b.task("ValidateOrder", "validated", map[string]any{
		"total":    map[string]any{"amount": cents, "currency": "EUR"},
		"approval": map[string]any{"required": approval, "reason": "The total is above 500.00 EUR", "timeoutSeconds": 86400},
	})
	b.task("ProcessPayment", "payment", map[string]any{"reference": "pay_8WQ2", "status": "AUTHORISED"})
	return b
}

func (b *book) reserve() *book {
	b.task("CheckInventory", "reservation", map[string]any{"reserved": 4})
	b.pass("Choice", "ApprovalRequired")
	return b
}

func (b *book) undo(from string, outcome, name, cause string) {
	if from == "ReleaseInventory" {
		b.task("ReleaseInventory", "release", map[string]any{"released": 4})
	}
	if from != "NotifyCustomer" {
		b.task("RefundPayment", "refund", map[string]any{"voided": true})
	}
	b.task("NotifyCustomer", "notified", map[string]any{"outcome": outcome, "error": name, "cause": cause})
	b.pass("Choice", "OrderOutcome")
}

func (b *book) end(t workflow.EventType, d workflow.Details) { b.add(t, d) }

// facts closes the book: the execution as the store would describe it.
func (b *book) facts(t testing.TB, status workflow.ExecutionStatus, now time.Time) Facts {
	t.Helper()
	last := b.events[len(b.events)-1]
	info := workflow.ExecutionInfo{
		ID: 1, Name: "order-CS-7K2M4Q9A", StateMachine: "OrderFulfillmentWorkflow", Version: 3, Status: status,
		Input: b.events[0].Details.Input, StartedAt: began,
	}
	if status.Closed() {
		info.StoppedAt, info.Error, info.Cause, info.Output = last.At, last.Details.Error, last.Details.Cause, last.Details.Output
	}
	for _, e := range b.events {
		if e.Type == workflow.EventExecutionRedriven {
			info.Redrives++
			info.RedrivenAt = e.At
		}
	}
	return Facts{Info: info, Events: b.events, Graph: orderGraph(t), Now: now}
}

var compiled = sync.OnceValues(func() (*asl.StateMachine, error) {
	source, err := os.ReadFile("testdata/order.asl.json")
	if err != nil {
		return nil, err
	}
	m, err := asl.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("the order workflow: %w", err)
	}
	return m, nil
})

func orderGraph(t testing.TB) graph.Graph {
	t.Helper()
	m, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return graph.Of(m)
}

var orderLayout = sync.OnceValue(func() graph.Layout {
	m, err := compiled()
	if err != nil {
		panic(err)
	}
	return graph.Lay(contextForLayout, graph.Of(m))
})
