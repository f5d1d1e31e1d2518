package web

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"countersign/models"
	"countersign/workflow"
)

func TestMapRunsNotThere(t *testing.T) {
	e := openExecutions(t)
	arn := e.start(e.machine("Plain", passing))
	runs, err := e.c.ListMapRuns(t.Context(), &sfn.ListMapRunsInput{ExecutionArn: &arn})
	if err != nil || len(runs.MapRuns) != 0 {
		t.Errorf("%+v, %v", runs, err)
	}
	_, err = e.c.ListMapRuns(t.Context(), &sfn.ListMapRunsInput{ExecutionArn: aws.String(arn + "x")})
	refused(t, err, "ExecutionDoesNotExist", "x'")
	run := string(workflow.MapRunARN("Plain", "Items", "1"))
	_, err = e.c.DescribeMapRun(t.Context(), &sfn.DescribeMapRunInput{MapRunArn: &run})
	refused(t, err, "ResourceNotFound", run)
	_, err = e.c.DescribeMapRun(t.Context(), &sfn.DescribeMapRunInput{MapRunArn: &arn})
	refused(t, err, "InvalidArn", "Resource type not valid in this context: execution")
	_, err = e.c.UpdateMapRun(t.Context(), &sfn.UpdateMapRunInput{MapRunArn: &run, MaxConcurrency: aws.Int32(3)})
	refused(t, err, "ResourceNotFound", run)
}

// rows works off batches of two items, one after the other. The first waits, and so does not
// let the others begin; a batch that begins with "bad" fails.
const rows = `{"StartAt":"Rows","States":{"Rows":{"Type":"Map","Label":"rows","MaxConcurrency":1,"ItemBatcher":{"MaxItemsPerBatch":2},"End":true,
	"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"C","States":{
		"C":{"Type":"Choice","Default":"P","Choices":[{"Variable":"$.Items[0]","StringEquals":"bad","Next":"F"},{"Variable":"$.Items[0]","StringEquals":"slow","Next":"W"}]},
		"W":{"Type":"Wait","Seconds":3600,"Next":"P"},"F":{"Type":"Fail","Error":"Broken"},"P":{"Type":"Pass","End":true}}}}}}`

func TestAMapRun(t *testing.T) {
	e := openExecutions(t)
	parent := e.start(e.machine("Mapping", rows), with(`["slow","b","bad","d","e"]`))
	run := e.mapRun(parent, func(out *sfn.DescribeMapRunOutput) bool { return out.ExecutionCounts.Running == 1 })
	arn := run.MapRunArn
	if run.Status != types.MapRunStatusRunning || *run.ExecutionArn != parent || run.MaxConcurrency != 1 || run.StopDate != nil ||
		run.ItemCounts.Total != 5 || run.ItemCounts.Running != 2 || run.ExecutionCounts.Total != 3 || run.ExecutionCounts.Pending != 2 {
		t.Errorf("%+v %+v %+v", run, run.ItemCounts, run.ExecutionCounts)
	}
	_, err := e.c.UpdateMapRun(t.Context(), &sfn.UpdateMapRunInput{MapRunArn: arn})
	refused(t, err, "ValidationException", "at least one")
	if _, err := e.c.UpdateMapRun(t.Context(), &sfn.UpdateMapRunInput{MapRunArn: arn, MaxConcurrency: aws.Int32(3)}); err != nil {
		t.Fatal(err)
	}
	e.mapRun(parent, func(out *sfn.DescribeMapRunOutput) bool {
		return out.MaxConcurrency == 3 && out.ExecutionCounts.Pending == 0
	})
	if out := e.closed(parent); out.Status != types.ExecutionStatusFailed || *out.Error != workflow.ErrorThresholdExceeded {
		t.Errorf("the parent is %s", out.Status)
	}
	run = e.mapRun(parent, func(out *sfn.DescribeMapRunOutput) bool { return out.Status == types.MapRunStatusFailed })
	if run.StopDate == nil || run.ItemCounts.Failed != 2 || run.ItemCounts.Aborted != 2 || run.ItemCounts.Succeeded != 1 {
		t.Errorf("%+v %+v", run, run.ItemCounts)
	}
	_, err = e.c.UpdateMapRun(t.Context(), &sfn.UpdateMapRunInput{MapRunArn: arn, MaxConcurrency: aws.Int32(4)})
	refused(t, err, "ValidationException", *arn)

	children, err := e.c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{MapRunArn: arn})
	if err != nil || len(children.Executions) != 3 {
		t.Fatalf("%+v, %v", children, err)
	}
	held := map[types.ExecutionStatus]int32{}
	for _, child := range children.Executions {
		held[child.Status] = aws.ToInt32(child.ItemCount)
		if *child.MapRunArn != *arn || *child.StateMachineArn != string(workflow.StateMachineARN("Mapping/rows")) {
			t.Errorf("%+v", child)
		}
		out, want := e.described(*child.ExecutionArn), types.ExecutionRedriveStatusRedrivableByMapRun
		if child.Status == types.ExecutionStatusSucceeded {
			want = types.ExecutionRedriveStatusNotRedrivable
		}
		if out.RedriveStatus != want || *out.MapRunArn != *arn {
			t.Errorf("a child that is %s is %s: %s", child.Status, out.RedriveStatus, aws.ToString(out.RedriveStatusReason))
		}
	}
	if held[types.ExecutionStatusAborted] != 2 || held[types.ExecutionStatusFailed] != 2 || held[types.ExecutionStatusSucceeded] != 1 {
		t.Errorf("they hold %v", held)
	}
}

// mapRun describes the Map Run of an execution as soon as it is as wanted.
func (e executions) mapRun(parent string, as func(*sfn.DescribeMapRunOutput) bool) *sfn.DescribeMapRunOutput {
	e.t.Helper()
	changed, cancel := e.store.Subscribe(models.TopicExecutions)
	defer cancel()
	giveUp := time.After(20 * time.Second)
	for {
		runs, err := e.c.ListMapRuns(e.t.Context(), &sfn.ListMapRunsInput{ExecutionArn: &parent})
		if err != nil || len(runs.MapRuns) > 1 {
			e.t.Fatalf("%+v, %v", runs, err)
		}
		var out *sfn.DescribeMapRunOutput
		if len(runs.MapRuns) == 1 {
			if out, err = e.c.DescribeMapRun(e.t.Context(), &sfn.DescribeMapRunInput{MapRunArn: runs.MapRuns[0].MapRunArn}); err != nil {
				e.t.Fatal(err)
			}
			if as(out) {
				return out
			}
		}
		select {
		case <-changed:
		case <-giveUp:
			e.t.Fatalf("the map run is %+v", out)
		}
	}
}
