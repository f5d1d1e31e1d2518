package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"countersign/workflow"
)

// listed are the names of executions, page by page.
func (e executions) listed(in sfn.ListExecutionsInput) []string {
	e.t.Helper()
	names := []string{}
	for {
		out, err := e.c.ListExecutions(e.t.Context(), &in)
		if err != nil {
			e.t.Fatal(err)
		}
		if in.MaxResults != 0 && len(out.Executions) > int(in.MaxResults) {
			e.t.Fatalf("a page of %d has %d executions", in.MaxResults, len(out.Executions))
		}
		for _, x := range out.Executions {
			names = append(names, *x.Name)
		}
		if out.NextToken == nil {
			return names
		}
		in.NextToken = out.NextToken
	}
}

func TestListExecutions(t *testing.T) {
	e := openExecutions(t)
	machine, other := e.machine("Mixed", pausing), e.machine("Other", passing)
	e.closed(e.start(other))
	for i, input := range []string{`{"seconds":0}`, `{"seconds":0}`, `{}`, `{"seconds":60}`, `{}`, `{"seconds":600}`} {
		arn := e.start(machine, named(fmt.Sprint("e", i)), with(input))
		if !strings.Contains(input, "60") {
			e.closed(arn)
		}
		if i != 1 {
			e.clock.advance(time.Second) // two at the same moment, too
		}
	}
	aborted := strings.Replace(machine, "stateMachine", "execution", 1) + ":e3"
	if _, err := e.c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &aborted}); err != nil {
		t.Fatal(err)
	}
	all := []string{"e5", "e4", "e3", "e2", "e1", "e0"}
	for _, size := range []int32{0, 1, 2, 3, 6, 1000} {
		if got := e.listed(sfn.ListExecutionsInput{StateMachineArn: &machine, MaxResults: size}); !slices.Equal(got, all) {
			t.Errorf("in pages of %d: %v", size, got)
		}
	}
	for status, want := range map[types.ExecutionStatus][]string{
		types.ExecutionStatusRunning: {"e5"}, types.ExecutionStatusSucceeded: {"e1", "e0"}, types.ExecutionStatusFailed: {"e4", "e2"},
		types.ExecutionStatusAborted: {"e3"}, types.ExecutionStatusTimedOut: {},
	} {
		if got := e.listed(sfn.ListExecutionsInput{StateMachineArn: &machine, StatusFilter: status, MaxResults: 1}); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", status, got, want)
		}
	}
	if _, err := e.c.RedriveExecution(t.Context(), &sfn.RedriveExecutionInput{ExecutionArn: &aborted}); err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[types.ExecutionRedriveFilter][]string{
		types.ExecutionRedriveFilterRedriven: {"e3"}, types.ExecutionRedriveFilterNotRedriven: {"e5", "e4", "e2", "e1", "e0"},
	} {
		if got := e.listed(sfn.ListExecutionsInput{StateMachineArn: &machine, RedriveFilter: filter}); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}
	out, err := e.c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &machine, StatusFilter: types.ExecutionStatusRunning})
	if err != nil {
		t.Fatal(err)
	}
	item := out.Executions[1]
	if *item.ExecutionArn != aborted || *item.StateMachineArn != machine || item.Status != types.ExecutionStatusRunning || *item.RedriveCount != 1 || item.RedriveDate == nil || item.StopDate != nil || item.StateMachineVersionArn != nil {
		t.Errorf("%+v", item)
	}
}

func TestListExecutionsRefuses(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Listed", passing)
	for i := range 3 {
		e.closed(e.start(machine, named(fmt.Sprint("e", i))))
	}
	page, err := e.c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &machine, MaxResults: 1})
	if err != nil || page.NextToken == nil {
		t.Fatal(page, err)
	}
	mapRun := string(workflow.MapRunARN("Listed", "Items", "1"))
	for _, c := range []struct {
		in         sfn.ListExecutionsInput
		code, text string
	}{
		{sfn.ListExecutionsInput{}, "ValidationException", "either stateMachineArn or mapRunArn"},
		{sfn.ListExecutionsInput{StateMachineArn: &machine, MapRunArn: &mapRun}, "ValidationException", "not both"},
		{sfn.ListExecutionsInput{StateMachineArn: &machine, StatusFilter: types.ExecutionStatusPendingRedrive}, "ValidationException", "needs a mapRunArn"},
		{sfn.ListExecutionsInput{StateMachineArn: aws.String("x")}, "InvalidArn", "Invalid ARN prefix: x"},
		{sfn.ListExecutionsInput{StateMachineArn: aws.String(arnOf("None"))}, "StateMachineDoesNotExist", arnOf("None")},
		{sfn.ListExecutionsInput{StateMachineArn: aws.String(machine + ":3")}, "StateMachineDoesNotExist", ":3"},
		{sfn.ListExecutionsInput{MapRunArn: &mapRun}, "ResourceNotFound", mapRun},
		{sfn.ListExecutionsInput{MapRunArn: &machine}, "InvalidArn", "Resource type not valid in this context"},
		{sfn.ListExecutionsInput{StateMachineArn: &machine, MaxResults: 1001}, "ValidationException", "less than or equal to 1000"},
		{sfn.ListExecutionsInput{StateMachineArn: &machine, StatusFilter: "DONE"}, "ValidationException", "enum value set"},
		{sfn.ListExecutionsInput{StateMachineArn: &machine, NextToken: aws.String("AAAA")}, "InvalidToken", "Invalid Token: 'Invalid token'"},
		{sfn.ListExecutionsInput{StateMachineArn: &machine, NextToken: page.NextToken, StatusFilter: types.ExecutionStatusFailed}, "InvalidToken", ""},
	} {
		_, err := e.c.ListExecutions(t.Context(), &c.in)
		refused(t, err, c.code, c.text)
	}
	e.clock.advance(25 * time.Hour)
	_, err = e.c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &machine, MaxResults: 1, NextToken: page.NextToken})
	refused(t, err, "InvalidToken", "")
}

func TestExecutionHistoryGoesBothWays(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Items", `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,
		"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}}`)
	of := func(items int) (arn string, events int) {
		arn = *e.closed(e.start(machine, with("[0"+strings.Repeat(",0", items-1)+"]"))).ExecutionArn
		return arn, 5 + 4*items + 1 // Started, Entered, MapStateStarted, …, Succeeded, Exited, ExecutionSucceeded
	}
	arn, long := of(400)
	other, short := of(8)
	for _, c := range []struct {
		arn  string
		size int32
		want int
	}{{arn, 0, long}, {arn, 256, long}, {arn, 1000, long}, {other, 1, short}, {other, 7, short}, {other, int32(short), short}} {
		for _, reverse := range []bool{false, true} {
			events := e.events(c.arn, func(in *sfn.GetExecutionHistoryInput) { in.MaxResults, in.ReverseOrder = c.size, reverse })
			if reverse {
				slices.Reverse(events)
			}
			if len(events) != c.want {
				t.Errorf("in pages of %d, reverse %v: %d events, want %d", c.size, reverse, len(events), c.want)
			}
			for i, event := range events {
				if event.Id != int64(i+1) {
					t.Fatalf("in pages of %d, reverse %v: event %d stands in place %d", c.size, reverse, event.Id, i+1)
				}
			}
		}
	}
	first, err := e.c.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, MaxResults: 5})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.c.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, MaxResults: 5, ReverseOrder: true, NextToken: first.NextToken})
	refused(t, err, "InvalidToken", "")
	_, err = e.c.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, MaxResults: -1})
	refused(t, err, "ValidationException", "greater than or equal to 0")
}
