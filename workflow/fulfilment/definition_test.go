package fulfilment_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

type definition struct {
	StartAt string
	States  map[string]struct {
		Type, Resource, Next, ErrorPath, CausePath string
		Parameters                                 struct{ FunctionName string }
		TimeoutSeconds                             int
		TimeoutSecondsPath                         string
		Retry                                      []struct {
			ErrorEquals     []string
			IntervalSeconds int
			MaxAttempts     *int
			BackoffRate     float64
		}
		Catch []struct{ Next, ResultPath string }
	}
}

func readDefinition(t *testing.T) definition {
	t.Helper()
	var d definition
	if err := json.Unmarshal(fulfilment.Definition(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDefinitionHasTheStatesOfTheDesign(t *testing.T) {
	d := readDefinition(t)
	want := map[string]string{
		"OrderReceived": "Pass", "ValidateOrder": "Task", "ProcessPayment": "Task", "CheckInventory": "Task",
		"ApprovalRequired": "Choice", "HumanApproval": "Task", "CapturePayment": "Task", "ShipOrder": "Task",
		"SendConfirmation": "Task", "OrderCompleted": "Succeed", "ReleaseInventory": "Task", "RefundPayment": "Task",
		"NotifyCustomer": "Task", "OrderOutcome": "Choice", "OrderFailed": "Fail", "OrderRejected": "Fail", "OrderCancelled": "Fail",
	}
	got := map[string]string{}
	for name, s := range d.States {
		got[name] = s.Type
	}
	if diff := cmp.Diff(want, got); diff != "" || d.StartAt != "OrderReceived" {
		t.Error(diff)
	}
}

func TestEveryFunctionOfTheDefinitionHasAHandler(t *testing.T) {
	handlers := newShop(t).handlers
	called := map[string]bool{}
	for name, s := range readDefinition(t).States {
		if s.Type != "Task" {
			continue
		}
		resource := s.Resource
		if s.Parameters.FunctionName != "" {
			resource = s.Parameters.FunctionName
		}
		function := workflow.FunctionName(resource)
		if handlers[function] == nil {
			t.Errorf("state %s calls %q, which is not there", name, function)
		}
		called[function] = true
	}
	for function := range handlers {
		if !called[function] {
			t.Errorf("no state calls %s", function)
		}
	}
}

// The payment is retried as the tutorial says; no task may wait for ever; the way
// forward is caught everywhere and the undo path nowhere, and is tried harder.
func TestRetriesAndCatches(t *testing.T) {
	d := readDefinition(t)
	last := d.States["ProcessPayment"].Retry[1]
	if last.ErrorEquals[0] != "States.ALL" || last.IntervalSeconds != 5 || *last.MaxAttempts != 3 || last.BackoffRate != 2 {
		t.Errorf("ProcessPayment: %+v", last)
	}
	undo := []string{"ReleaseInventory", "RefundPayment", "NotifyCustomer"}
	for name, s := range d.States {
		if s.Type != "Task" {
			continue
		}
		if s.TimeoutSeconds == 0 && s.TimeoutSecondsPath == "" {
			t.Errorf("%s may wait for ever", name)
		}
		if slices.Contains(undo, name) {
			if len(s.Catch) > 0 || *s.Retry[len(s.Retry)-1].MaxAttempts <= 3 {
				t.Errorf("%s: %+v", name, s)
			}
			continue
		}
		if len(s.Catch) == 0 {
			t.Errorf("%s is not caught", name)
		}
	}
	for _, final := range []string{"PaymentDeclined", "OrderCancelled"} {
		if first := d.States["ProcessPayment"].Retry[0]; !slices.Contains(first.ErrorEquals, final) || *first.MaxAttempts != 0 {
			t.Errorf("%s is retried", final)
		}
	}
}

func TestDefinitionIsACopy(t *testing.T) {
	fulfilment.Definition()[0] = 'x'
	if fulfilment.Definition()[0] != '{' {
		t.Error("a caller can change the definition")
	}
	if names := slices.Sorted(maps.Keys(newShop(t).handlers)); len(names) != 10 {
		t.Errorf("functions: %v", names)
	}
}
