package asl_test

import (
	"encoding/json"
	"fmt"
	"time"

	"countersign/workflow/asl"
)

// A state is tested alone: what its function answers is made up, and what the state makes
// of it is looked at.
func ExampleNewTest() {
	answer := `{"StatusCode": 200, "Payload": {"reserved": 3}}`
	test, err := asl.NewTest(asl.TestRequest{
		Definition: []byte(`{
			"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
			"Parameters": {"FunctionName": "CheckInventory", "Payload.$": "$.lines"},
			"ResultSelector": {"reserved.$": "$.Payload.reserved"}, "ResultPath": "$.stock", "Next": "Ship"}`),
		Input: json.RawMessage(`{"lines":[1,2]}`),
		Mock:  &asl.TestMock{Result: &answer},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := test.Run(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), asl.Seed{})
	fmt.Println(result.Status, result.NextState, err)
	fmt.Println(string(result.Output))
	fmt.Println(string(result.Inspection.AfterParameters))
	// Output:
	// SUCCEEDED Ship <nil>
	// {"lines":[1,2],"stock":{"reserved":3}}
	// {"FunctionName":"CheckInventory","Payload":[1,2]}
}
