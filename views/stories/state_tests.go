package stories

import (
	"countersign/views/layouts"
	"countersign/views/pages"
)

func stateTestStories() []Story {
	fresh := pages.StateTest{CSRF: "csrf-token", StateMachine: "OrderFulfillmentWorkflow", Version: 3, Latest: 3, State: "ProcessPayment", Mode: pages.TestCalls, Validation: "STRICT",
		States: []string{"OrderReceived", "ValidateOrder", "ProcessPayment", "CheckInventory"}, Input: "{\n  \"order\": {\"orderId\": \"12345\"}\n}"}
	done := fresh
	done.Outcome = &pages.StateTestOutcome{Status: "SUCCEEDED", Next: "CheckInventory", Output: pages.JSON{ID: "test-output", Title: "Output", Text: "{\n  \"order\": {},\n  \"payment\": {\"reference\": \"pay_1\"}\n}", Open: true},
		Steps: []pages.JSON{
			{ID: "test-input", Title: "Input", Text: fresh.Input}, {ID: "test-parameters", Title: "After Parameters", Text: "{}"},
			{ID: "test-result", Title: "Result", Text: "{\n  \"reference\": \"pay_1\"\n}"},
		},
		Facts: []pages.EventFact{{Name: "Request", Text: "POST https://example.com/payments"}, {Name: "Response", Text: "200 OK"}}}
	caught := fresh
	caught.Version, caught.Mode, caught.Error, caught.Cause, caught.Retries, caught.Variables = 2, pages.TestErrors, "PaymentDeclined", "The card was declined.", "1", "{\"limit\": 5}"
	caught.Outcome = &pages.StateTestOutcome{Status: "CAUGHT_ERROR", Next: "NotifyCustomer", Error: "PaymentDeclined", Cause: "{\"errorType\": \"PaymentDeclined\", \"errorMessage\": \"The card was declined.\"}",
		Handled: "Catcher 0 takes it.", Output: pages.JSON{ID: "test-output", Title: "Output", Text: "{}", Open: true}}
	retried := fresh
	retried.Outcome = &pages.StateTestOutcome{Status: "RETRIABLE", Error: "GatewayTimeout", Handled: "Retrier 1 takes it and tries again after 5 s."}
	failed := fresh
	failed.Outcome = &pages.StateTestOutcome{Status: "FAILED", Error: "States.Runtime", Cause: "The JSONPath '$.order.total' could not be found in the input."}
	wrong := fresh
	wrong.Input, wrong.Variables, wrong.Mode = "{order", "x", pages.TestMocks
	wrong.Errors = pages.StateTestErrors{Input: "This is not JSON. Type a value such as {}.", Variables: "This is not JSON.", Result: "This is missing. Type JSON, such as {}.", General: "The task has not answered within 45 seconds."}
	var all []Story
	for _, s := range []struct {
		name string
		m    pages.StateTest
	}{{"fresh", fresh}, {"succeeds", done}, {"caught", caught}, {"retried", retried}, {"fails", failed}, {"wrong", wrong}} {
		all = append(all, Story{"state-test-" + s.name, wideShell("Test a state", layouts.StateMachines, pages.StateTestPage(s.m))})
	}
	return all
}
