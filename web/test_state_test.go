package web

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"countersign/models"
)

// withoutHostPrefix keeps the client from asking a host named sync-127.0.0.1.
func withoutHostPrefix(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("WithoutHostPrefix",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
}

const (
	testRole  = "arn:aws:iam::123456789012:role/tester"
	echoState = `{
		"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName.$": "$.function", "Payload": 5},
		"ResultSelector": {"said.$": "$.Payload"}, "TimeoutSecondsPath": "$.patience",
		"Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 7}],
		"Catch": [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.late", "Next": "Later"}, {"ErrorEquals": ["NoSuchFunction"], "Next": "Build"}], "End": true}`
)

func TestTestState(t *testing.T) {
	client := openSite(t).sdk()
	cases := []struct {
		name string
		in   sfn.TestStateInput
		want sfn.TestStateOutput
	}{
		{"output only", sfn.TestStateInput{Definition: aws.String(`{"Type": "Pass", "Result": [1, 2], "Next": "Two"}`)},
			sfn.TestStateOutput{Status: "SUCCEEDED", Output: aws.String("[1, 2]"), NextState: aws.String("Two")}},
		{"data on its way", sfn.TestStateInput{
			Definition: aws.String(`{"Type": "Pass", "InputPath": "$.a", "Parameters": {"b.$": "$.b"}, "ResultPath": "$.c", "OutputPath": "$.c", "End": true}`),
			Input:      aws.String(`{"a":{"b":1}}`), InspectionLevel: types.InspectionLevelDebug, Variables: aws.String(`{"v":2}`),
		}, sfn.TestStateOutput{Status: "SUCCEEDED", Output: aws.String(`{"b":1}`), InspectionData: &types.InspectionData{
			Input: aws.String(`{"a":{"b":1}}`), AfterInputPath: aws.String(`{"b":1}`), AfterParameters: aws.String(`{"b":1}`),
			AfterResultSelector: aws.String(`{"b":1}`), AfterResultPath: aws.String(`{"a":{"b":1},"c":{"b":1}}`), Variables: aws.String(`{"v":2}`),
		}}},
		{"failure", sfn.TestStateInput{Definition: aws.String(`{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No", "Cause": "Never"}}}`), StateName: aws.String("F")},
			sfn.TestStateOutput{Status: "FAILED", Error: aws.String("No"), Cause: aws.String("Never")}},
		{"work done", sfn.TestStateInput{Definition: aws.String(echoState), RoleArn: aws.String(testRole), Input: aws.String(`{"function":"Echo","patience":9}`)},
			sfn.TestStateOutput{Status: "SUCCEEDED", Output: aws.String(`{"said":5}`)}},
		{"work failed", sfn.TestStateInput{Definition: aws.String(echoState), RoleArn: aws.String(testRole), Input: aws.String(`{"function":"Sing","patience":9}`)},
			sfn.TestStateOutput{Status: "CAUGHT_ERROR", Error: aws.String("NoSuchFunction"), Cause: aws.String("Sing"), NextState: aws.String("Build"),
				Output: aws.String(`{"Error":"NoSuchFunction","Cause":"Sing"}`)}},
		{"work too slow", sfn.TestStateInput{Definition: aws.String(echoState), RoleArn: aws.String(testRole), Input: aws.String(`{"function":"Sleep","patience":1}`)},
			sfn.TestStateOutput{Status: "CAUGHT_ERROR", Error: aws.String("States.Timeout"), NextState: aws.String("Later"),
				Output: aws.String(`{"function":"Sleep","patience":1,"late":{"Error":"States.Timeout","Cause":""}}`)}},
		{"retriable", sfn.TestStateInput{
			Definition: aws.String(echoState), Input: aws.String(`{"function":"Echo","patience":9}`), InspectionLevel: types.InspectionLevelTrace,
			Mock:               &types.MockInput{ErrorOutput: &types.MockErrorOutput{Error: aws.String("Busy"), Cause: aws.String("calls")}},
			StateConfiguration: &types.TestStateConfiguration{RetrierRetryCount: aws.Int32(1)},
		}, sfn.TestStateOutput{Status: "RETRIABLE", Error: aws.String("Busy"), Cause: aws.String("calls"), InspectionData: &types.InspectionData{
			Input: aws.String(`{"function":"Echo","patience":9}`), AfterInputPath: aws.String(`{"function":"Echo","patience":9}`),
			AfterParameters: aws.String(`{"FunctionName":"Echo","Payload":5}`),
			ErrorDetails:    &types.InspectionErrorDetails{RetryIndex: aws.Int32(0), RetryBackoffIntervalSeconds: aws.Int32(14)},
		}}},
		{"mocked answer", sfn.TestStateInput{
			Definition: aws.String(`{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl.$": "$$.Queue"}, "Next": "Wait"}`),
			Context:    aws.String(`{"Queue": "q"}`), Mock: &types.MockInput{Result: aws.String(`{"MessageId": "m"}`)}, InspectionLevel: types.InspectionLevelDebug,
		}, sfn.TestStateOutput{Status: "SUCCEEDED", Output: aws.String(`{"MessageId": "m"}`), NextState: aws.String("Wait"), InspectionData: &types.InspectionData{
			Input: aws.String(`{}`), AfterInputPath: aws.String(`{}`), AfterParameters: aws.String(`{"QueueUrl":"q"}`), Result: aws.String(`{"MessageId": "m"}`),
			AfterResultSelector: aws.String(`{"MessageId": "m"}`), AfterResultPath: aws.String(`{"MessageId": "m"}`),
		}}},
	}
	cases = append(cases, struct {
		name string
		in   sfn.TestStateInput
		want sfn.TestStateOutput
	}{"items read and put together", sfn.TestStateInput{
		Definition: aws.String(`{
			"Type": "Map", "QueryLanguage": "JSONata", "MaxConcurrency": 2, "ToleratedFailurePercentage": 50,
			"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "Arguments": {"Bucket": "b", "Key": "k"}},
			"ItemSelector": {"n": "{% $states.context.Map.Item.Index %}", "sku": "{% $states.context.Map.Item.Value.sku %}"},
			"ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"by": "{% $states.input.by %}"}},
			"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
			"Output": "{% $sum($states.result) %}", "Assign": {"count": "{% $count($states.result) %}"}, "End": true}`),
		Input: aws.String(`{"by":"Ann"}`), InspectionLevel: types.InspectionLevelDebug, Mock: &types.MockInput{Result: aws.String("[1,2,3]")},
		StateConfiguration: &types.TestStateConfiguration{MapItemReaderData: aws.String("sku\na\nb\nc\n"), MapIterationFailureCount: aws.Int32(1)},
	}, sfn.TestStateOutput{Status: "SUCCEEDED", Output: aws.String("6"), InspectionData: &types.InspectionData{
		Input: aws.String(`{"by":"Ann"}`), Variables: aws.String(`{"count":3}`), MaxConcurrency: aws.Int32(2), ToleratedFailurePercentage: aws.Float32(50),
		AfterItemSelector: aws.String(`[{"n":0,"sku":"a"},{"n":1,"sku":"b"},{"n":2,"sku":"c"}]`),
		AfterItemBatcher:  aws.String(`[{"BatchInput":{"by":"Ann"},"Items":["{\"n\":0,\"sku\":\"a\"}","{\"n\":1,\"sku\":\"b\"}"]},{"BatchInput":{"by":"Ann"},"Items":["{\"n\":2,\"sku\":\"c\"}"]}]`),
	}}})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := client.TestState(t.Context(), &c.in)
			if err != nil {
				t.Fatal(err)
			}
			got.ResultMetadata = middleware.Metadata{}
			if diff := cmp.Diff(c.want, *got, cmp.AllowUnexported(middleware.Metadata{}), cmp.FilterPath(exported, cmp.Ignore())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is sent over HTTP is shown at the level TRACE only, and secrets only to who asks.
func TestTestStateShowsExchanges(t *testing.T) {
	client := openSite(t).sdk()
	for _, c := range []struct {
		level  types.InspectionLevel
		reveal bool
		want   string
	}{{types.InspectionLevelDebug, true, ""}, {types.InspectionLevelTrace, false, "https://example.com"}, {types.InspectionLevelTrace, true, "https://example.com?key=secret"}} {
		out, err := client.TestState(t.Context(), &sfn.TestStateInput{
			Definition: aws.String(`{"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "End": true,
				"Parameters": {"ApiEndpoint": "https://example.com", "Method": "GET", "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/c/1"}}}`),
			RoleArn: aws.String(testRole), InspectionLevel: c.level, RevealSecrets: c.reveal,
		})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if r := out.InspectionData.Request; r != nil {
			got = aws.ToString(r.Url)
			if *out.InspectionData.Response.StatusCode != "200" {
				t.Errorf("%+v", out.InspectionData.Response)
			}
		}
		if got != c.want || out.Status != "SUCCEEDED" {
			t.Errorf("%s, reveal %t: %s %q, want %q", c.level, c.reveal, out.Status, got, c.want)
		}
	}
}

// exported leaves out what the SDK's types keep for themselves.
func exported(p cmp.Path) bool {
	field, ok := p.Last().(cmp.StructField)
	return ok && (field.Name() == "noSmithyDocumentSerde" || field.Name() == "ResultMetadata")
}

func TestTestStateRefuses(t *testing.T) {
	client := openSite(t).sdk()
	task := aws.String(`{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "Echo"}, "End": true}`)
	pass := aws.String(`{"Type": "Pass", "End": true}`)
	result := func(text string) *types.MockInput { return &types.MockInput{Result: &text} }
	cases := []struct {
		in            sfn.TestStateInput
		code, message string
	}{
		{sfn.TestStateInput{Definition: task}, "ValidationException", "RoleArn must be specified when testing a Task state"},
		{sfn.TestStateInput{Definition: task, RoleArn: aws.String("tester")}, "InvalidArn", "Invalid"},
		{sfn.TestStateInput{Definition: pass, Mock: result("{}")}, "ValidationException", "State type 'Pass' is not supported when a mock is specified"},
		{sfn.TestStateInput{Definition: pass, Context: aws.String("{}")}, "ValidationException", "Context"},
		{sfn.TestStateInput{Definition: pass, Input: aws.String("{")}, "InvalidExecutionInput", "Invalid State Machine Execution Input: '"},
		{sfn.TestStateInput{Definition: pass, Variables: aws.String("[]")}, "ValidationException", "Variables must be a valid JSON object"},
		{sfn.TestStateInput{Definition: pass, StateName: aws.String("P")}, "InvalidDefinition", "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: "},
		{sfn.TestStateInput{Definition: aws.String(`{"StartAt": "P", "States": {"P": {"Type": "Succeed"}}}`), StateName: aws.String("Q")}, "ValidationException", "State not found in definition"},
		{sfn.TestStateInput{Definition: aws.String(`{"Type": "Pass", "Next": 5}`)}, "InvalidDefinition", "Invalid State Machine Definition: '"},
		{sfn.TestStateInput{Definition: aws.String(`{"Type": "Pass"`)}, "InvalidDefinition", "INVALID_JSON_DESCRIPTION"},
		{sfn.TestStateInput{Definition: aws.String(`{"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}], "End": true}`)},
			"InvalidDefinition", "TestState API does not support Map or Parallel states."},
		{sfn.TestStateInput{Definition: task, Mock: result("{}"), RevealSecrets: true}, "ValidationException", "TestState does not support RevealSecrets when a mock is specified."},
		{sfn.TestStateInput{Definition: task, Mock: result("{")}, "ValidationException", "Mocked result must be valid JSON"},
		{sfn.TestStateInput{Definition: task, Mock: result(`{"StatusCode": "x"}`)}, "ValidationException", "Mock result schema validation error: Field 'StatusCode' must be a number"},
		{sfn.TestStateInput{Definition: task, Mock: &types.MockInput{Result: aws.String("{}"), ErrorOutput: &types.MockErrorOutput{Error: aws.String("E")}}},
			"ValidationException", "A test mock should have only one of the following fields: [result, errorOutput]."},
		{sfn.TestStateInput{Definition: task, Mock: result("{}"), StateConfiguration: &types.TestStateConfiguration{MapIterationFailureCount: aws.Int32(1)}},
			"ValidationException", "State type 'Task' has no iterations"},
		{sfn.TestStateInput{Definition: task, Mock: result("{}"), StateConfiguration: &types.TestStateConfiguration{RetrierRetryCount: aws.Int32(-1)}},
			"ValidationException", "1 validation error detected"},
		{sfn.TestStateInput{Definition: pass, InspectionLevel: "LOUD"}, "ValidationException", "1 validation error detected: Value 'LOUD' at 'inspectionLevel'"},
		{sfn.TestStateInput{Definition: pass, Input: aws.String(`"` + strings.Repeat("x", 262144) + `"`)}, "ValidationException", "1 validation error detected"},
		{sfn.TestStateInput{Definition: aws.String("")}, "ValidationException", "1 validation error detected"},
	}
	for _, c := range cases {
		t.Run(c.message, func(t *testing.T) {
			_, err := client.TestState(t.Context(), &c.in)
			refused(t, err, c.code, c.message)
		})
	}
}

// An approver may look at everything, but testing a state can have effects.
func TestTestStateIsForWriters(t *testing.T) {
	_, err := openSite(t).clientOf(models.DemoApprover).TestState(t.Context(), &sfn.TestStateInput{Definition: aws.String(`{"Type": "Succeed"}`)})
	refused(t, err, "AccessDeniedException", "states:TestState")
}
