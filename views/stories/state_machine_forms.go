package stories

import (
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
)

func stateMachineFormStories() []Story {
	const definition = "{\n  \"StartAt\": \"Brew\",\n  \"States\": {\n    \"Brew\": {\"Type\": \"Pass\", \"Next\": \"Pour\"},\n    \"Drink\": {\"Type\": \"Sip\"}\n  }\n}"
	fresh := pages.StateMachineForm{CSRF: "csrf-token", Definition: definition}
	wrong := fresh
	wrong.Name, wrong.Checked = "Make tea", true
	wrong.Errors = pages.StateMachineFormErrors{Name: "Invalid Name: 'Make tea'", Definition: "The definition cannot be used. What is wrong stands below."}
	wrong.Findings = []pages.Finding{
		{Code: "SCHEMA_VALIDATION_FAILED", Message: "Value is not one of the types that there are", Pointer: "/States/Drink/Type", Line: 5, Text: "\"Drink\": {\"Type\": \"Sip\"}"},
		{Code: "MISSING_TRANSITION_TARGET", Message: "Missing 'Next' target: Pour", Pointer: "/States/Brew/Next", Line: 4, Text: "\"Brew\": {\"Type\": \"Pass\", \"Next\": \"Pour\"},"},
		{Warning: true, Code: "NO_PATH", Message: "The value has no path", Pointer: "/States/Brew", Line: 4},
	}
	good := pages.StateMachineForm{CSRF: "csrf-token", Existing: true, Orders: true, Name: "OrderFulfillmentWorkflow", Definition: definition, Revision: 3, Latest: 4, Publish: true, Checked: true, States: 15,
		Graph: execution("begun").Graph, Errors: pages.StateMachineFormErrors{General: "Version 4 was saved meanwhile, so yours was not. Compare the two; save again to replace it."}}
	good.Graph.Marked = false
	good.Compared = []pages.ComparedLine{
		{Kind: pages.SameLine, Text: `  "States": {`}, {Kind: pages.OldLine, Text: `    "Brew": {"Type": "Pass", "Next": "Drink"},`},
		{Kind: pages.NewLine, Text: `    "Brew": {"Type": "Pass", "Next": "Pour"},`}, {Kind: pages.GapOfLines}, {Kind: pages.SameLine, Text: `    "Drink": {"Type": "Sip"}`},
	}
	start := pages.ExecutionStart{CSRF: "csrf-token", StateMachine: "OrderFulfillmentWorkflow", Orders: true, Key: "key", Input: "{}",
		Targets: []components.Option{{Text: "The latest definition"}, {Value: "live", Text: "Alias live"}, {Value: "1", Text: "Published version 1"}}}
	refused := start
	refused.StateMachine, refused.Orders, refused.Name, refused.Target, refused.Input = "Tea", false, "morning", "live", "{cups"
	refused.Existing = &components.Link{Text: "morning", URL: "/executions/Tea:morning"}
	refused.Errors = pages.ExecutionStartErrors{
		Name: "There is an execution of this name already. Use another name.", Input: "Invalid State Machine Execution Input: 'Unexpected character'",
		General: "Executions cannot be started at the moment.",
	}
	return []Story{
		{"state-machine-new", wideShell("New state machine", layouts.StateMachines, pages.StateMachineFormPage(fresh))},
		{"state-machine-new-wrong", wideShell("New state machine", layouts.StateMachines, pages.StateMachineFormPage(wrong))},
		{"state-machine-edit", wideShell("Edit OrderFulfillmentWorkflow", layouts.StateMachines, pages.StateMachineFormPage(good))},
		{"execution-start", operatorShell("Start OrderFulfillmentWorkflow", layouts.StateMachines, pages.ExecutionStartPage(start))},
		{"execution-start-refused", operatorShell("Start Tea", layouts.StateMachines, pages.ExecutionStartPage(refused))},
	}
}
