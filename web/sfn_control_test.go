package web

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"countersign/models"
	"countersign/workflow"
)

func TestStopExecution(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Waits", waiting)
	arn := e.start(machine)
	e.clock.advance(time.Minute)
	stop := func() (*sfn.StopExecutionOutput, error) {
		return e.c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn, Error: aws.String("Enough"), Cause: aws.String("we know all")})
	}
	out, err := stop()
	if err != nil || !out.StopDate.Equal(e.clock.now()) {
		t.Fatal(out, err)
	}
	d := e.described(arn)
	if d.Status != types.ExecutionStatusAborted || *d.Error != "Enough" || *d.Cause != "we know all" || d.RedriveStatus != types.ExecutionRedriveStatusRedrivable || d.RedriveStatusReason != nil {
		t.Errorf("%+v", d)
	}
	events := e.events(arn)
	if got := typesOf(events); got != "ExecutionStarted WaitStateEntered ExecutionAborted" || *events[2].ExecutionAbortedEventDetails.Error != "Enough" {
		t.Error(got)
	}
	e.clock.advance(time.Minute)
	again, err := stop()
	sameAnswer(t, again, err, *out)
	_, err = e.c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: aws.String(arn + "x")})
	refused(t, err, "ExecutionDoesNotExist", "Execution Does Not Exist: '"+arn+"x'")
	_, err = e.c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &machine})
	refused(t, err, "InvalidArn", "Resource type not valid in this context: stateMachine")
	_, err = e.c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn, Error: aws.String(strings.Repeat("x", 257))})
	refused(t, err, "ValidationException", "Member must have length less than or equal to 256")
}

func TestRedriveExecution(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Waits", pausing)
	arn := e.start(machine, with(`{"seconds":60}`))
	redrive := func(token string) (*sfn.RedriveExecutionOutput, error) {
		in := &sfn.RedriveExecutionInput{ExecutionArn: &arn}
		if token != "" {
			in.ClientToken = &token
		}
		return e.c.RedriveExecution(t.Context(), in)
	}
	_, err := redrive("early")
	refused(t, err, "ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")
	if _, err := e.c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn}); err != nil {
		t.Fatal(err)
	}
	e.clock.advance(time.Minute)
	first, err := redrive("one")
	if err != nil || !first.RedriveDate.Equal(e.clock.now()) {
		t.Fatal(first, err)
	}
	e.clock.advance(time.Second)
	again, err := redrive("one") // while it runs
	sameAnswer(t, again, err, *first)
	_, err = redrive("two")
	refused(t, err, "ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")
	d := e.described(arn)
	if d.Status != types.ExecutionStatusRunning || *d.RedriveCount != 1 || !d.RedriveDate.Equal(*first.RedriveDate) {
		t.Errorf("%+v", d)
	}
	e.clock.advance(time.Minute)
	if d = e.closed(arn); d.Status != types.ExecutionStatusSucceeded || *d.Output != `{"done":true}` {
		t.Errorf("%+v", d)
	}
	if got := typesOf(e.events(arn)); !strings.Contains(got, "ExecutionAborted ExecutionRedriven WaitState") || !strings.HasSuffix(got, "PassStateExited ExecutionSucceeded") {
		t.Error(got)
	}
	again, err = redrive("one") // when it is over, too
	sameAnswer(t, again, err, *first)
	e.clock.advance(16 * time.Minute)
	_, err = redrive("one")
	refused(t, err, "ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven")

	arn = e.start(machine, with(`{}`))
	e.closed(arn)
	e.clock.advance(15 * 24 * time.Hour)
	if d := e.described(arn); *d.RedriveStatusReason != "Execution redrivable period exceeded" {
		t.Errorf("%+v", d)
	}
	_, err = redrive("")
	refused(t, err, "ExecutionNotRedrivable", "Execution redrivable period exceeded")
	_, err = redrive("no spaces, please")
	refused(t, err, "ValidationException", "regular expression pattern: [!-~]+")
}

func TestDescribeStateMachineForExecution(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Changes", passing)
	made := e.clock.now()
	arn := e.start(machine)
	e.clock.advance(time.Minute)
	if _, err := e.c.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: &machine, Definition: aws.String(passing2), RoleArn: aws.String(otherRole)}); err != nil {
		t.Fatal(err)
	}
	describe := func(arn string) (*sfn.DescribeStateMachineForExecutionOutput, error) {
		return e.c.DescribeStateMachineForExecution(t.Context(), &sfn.DescribeStateMachineForExecutionInput{ExecutionArn: &arn})
	}
	want := sfn.DescribeStateMachineForExecutionOutput{
		StateMachineArn: &machine, Name: aws.String("Changes"), Definition: aws.String(passing), RoleArn: aws.String(testRole), UpdateDate: &made,
		TracingConfiguration: &types.TracingConfiguration{}, LoggingConfiguration: &types.LoggingConfiguration{Level: types.LogLevelOff},
		EncryptionConfiguration: &types.EncryptionConfiguration{Type: types.EncryptionTypeAwsOwnedKey},
	}
	out, err := describe(arn)
	sameAnswer(t, out, err, want)
	later, err := describe(e.start(machine))
	if err != nil || *later.Definition != passing2 || *later.RoleArn != otherRole || aws.ToString(later.RevisionId) == "" {
		t.Errorf("%+v, %v", later, err)
	}
	e.closed(arn)
	if _, err := e.c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: &machine}); err != nil {
		t.Fatal(err)
	}
	_, err = describe(strings.Replace(arn, "Changes", "Never", 1))
	refused(t, err, "ExecutionDoesNotExist", "Never")
}

func TestExecutionsAreForStaff(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Passes", passing)
	arn := e.start(machine)
	approver, customer := e.clientOf(models.DemoApprover), e.clientOf(models.DemoCustomer)
	if _, err := approver.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn}); err != nil {
		t.Error(err)
	}
	_, err := approver.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine})
	refused(t, err, "AccessDeniedException", "states:StartExecution")
	_, err = customer.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
	refused(t, err, "AccessDeniedException", "states:DescribeExecution")
	_, err = customer.GetActivityTask(t.Context(), &sfn.GetActivityTaskInput{ActivityArn: aws.String(string(workflow.ActivityARN("a")))})
	refused(t, err, "AccessDeniedException", "states:GetActivityTask")
}

// What AWS's client reads into its own types is what the documents say.
func TestHistoryDocuments(t *testing.T) {
	e := openExecutions(t)
	arn := e.closed(e.start(e.machine("Fails", failing), with(`{"a":"é"}`))).ExecutionArn
	events := e.events(*arn)
	if got := typesOf(events); got != "ExecutionStarted PassStateEntered PassStateExited FailStateEntered ExecutionFailed" {
		t.Fatal(got)
	}
	if d := events[0].ExecutionStartedEventDetails; *d.Input != `{"a":"é"}` || d.InputDetails.Truncated || *d.RoleArn != testRole || events[0].PreviousEventId != 0 || events[0].Id != 1 {
		t.Errorf("%+v", events[0])
	}
	if d := events[2].StateExitedEventDetails; *d.Name != "A" || *d.Output != `{"a":"é"}` || events[2].PreviousEventId != 2 || !events[2].Timestamp.Equal(e.clock.now()) {
		t.Errorf("%+v", events[2])
	}
	if d := events[4].ExecutionFailedEventDetails; *d.Error != "Broken" || *d.Cause != "on purpose" {
		t.Errorf("%+v", events[4])
	}
	for _, event := range e.events(*arn, func(in *sfn.GetExecutionHistoryInput) { in.IncludeExecutionData = aws.Bool(false) }) {
		text, err := json.Marshal(event)
		if err != nil || strings.Contains(string(text), "é") {
			t.Errorf("%s, %v", text, err)
		}
	}
	_, err := e.c.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(*arn + "x")})
	refused(t, err, "ExecutionDoesNotExist", "x'")
	var none *types.ExecutionDoesNotExist
	if !errors.As(err, &none) {
		t.Errorf("%T is not the client's own type", err)
	}
}
