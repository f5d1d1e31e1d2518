package web

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"countersign/models"
	"countersign/workflow"
)

// activity makes an activity and a state machine whose only task it performs.
func (e executions) activity(name, more string) (activity, machine string) {
	e.t.Helper()
	out, err := e.c.CreateActivity(e.t.Context(), &sfn.CreateActivityInput{Name: &name})
	if err != nil {
		e.t.Fatal(err)
	}
	return *out.ActivityArn, e.machine("Does"+name, fmt.Sprintf(`{"StartAt":"T","States":{"T":{"Type":"Task","Resource":%q%s,"End":true}}}`, *out.ActivityArn, more))
}

// work asks for a task.
func (e executions) work(activity, worker string) *sfn.GetActivityTaskOutput {
	e.t.Helper()
	in := &sfn.GetActivityTaskInput{ActivityArn: &activity}
	if worker != "" {
		in.WorkerName = &worker
	}
	out, err := e.c.GetActivityTask(e.t.Context(), in)
	if err != nil {
		e.t.Fatal(err)
	}
	return out
}

// lined says how many workers wait, whenever that changes.
func (e executions) lined() <-chan int {
	lengths := make(chan int, 100)
	e.sfn.Lined = func(_ workflow.ARN, workers int) { lengths <- workers }
	return lengths
}

func TestActivityTasks(t *testing.T) {
	e := openExecutions(t)
	activity, machine := e.activity("Pack", `,"TimeoutSeconds":100,"HeartbeatSeconds":30`)
	arn := e.start(machine, with(`{"parcel":7}`))
	task := e.work(activity, "packer-1")
	if *task.Input != `{"parcel":7}` || *task.TaskToken == "" {
		t.Fatalf("%+v", task)
	}
	e.clock.advance(20 * time.Second)
	if _, err := e.c.SendTaskHeartbeat(t.Context(), &sfn.SendTaskHeartbeatInput{TaskToken: task.TaskToken}); err != nil {
		t.Fatal(err)
	}
	e.clock.advance(20 * time.Second) // longer than the limit since the task began
	success := func(output string) error {
		_, err := e.c.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: task.TaskToken, Output: &output})
		return err
	}
	refused(t, success("nope"), "InvalidOutput", "Invalid Output: 'Unrecognized token 'nope'")
	refused(t, success(""), "InvalidOutput", "Invalid Output:")
	if err := success(` {"packed":true}`); err != nil {
		t.Fatal(err)
	}
	if d := e.closed(arn); d.Status != types.ExecutionStatusSucceeded || strings.TrimSpace(*d.Output) != `{"packed":true}` {
		t.Errorf("%+v", d)
	}
	refused(t, success("{}"), "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
	events := e.events(arn)
	if got := typesOf(events); got != "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded TaskStateExited ExecutionSucceeded" {
		t.Fatal(got)
	}
	scheduled := events[2].ActivityScheduledEventDetails
	if *scheduled.Resource != activity || *scheduled.TimeoutInSeconds != 100 || *scheduled.HeartbeatInSeconds != 30 || *scheduled.Input != `{"parcel":7}` ||
		*events[3].ActivityStartedEventDetails.WorkerName != "packer-1" {
		t.Errorf("%+v", scheduled)
	}
}

func TestTasksFail(t *testing.T) {
	e := openExecutions(t)
	activity, machine := e.activity("Paint", `,"HeartbeatSeconds":30`)
	arn := e.start(machine)
	task := e.work(activity, "painter")
	if _, err := e.c.SendTaskFailure(t.Context(), &sfn.SendTaskFailureInput{TaskToken: task.TaskToken, Error: aws.String("NoPaint"), Cause: aws.String("all gone")}); err != nil {
		t.Fatal(err)
	}
	if d := e.closed(arn); d.Status != types.ExecutionStatusFailed || *d.Error != "NoPaint" || *d.Cause != "all gone" {
		t.Errorf("%+v", d)
	}

	arn = e.start(machine)
	task = e.work(activity, "sleeper")
	e.clock.advance(31 * time.Second)
	if d := e.closed(arn); d.Status == types.ExecutionStatusSucceeded || e.events(arn)[4].Type != types.HistoryEventTypeActivityTimedOut {
		t.Errorf("%+v", d)
	}
	_, err := e.c.SendTaskHeartbeat(t.Context(), &sfn.SendTaskHeartbeatInput{TaskToken: task.TaskToken})
	refused(t, err, "TaskTimedOut", "")
	for _, token := range []string{"x", strings.Repeat("A", 50), "é"} {
		_, err := e.c.SendTaskFailure(t.Context(), &sfn.SendTaskFailureInput{TaskToken: &token})
		refused(t, err, "InvalidToken", "Invalid Token: 'Invalid token'")
	}
	_, err = e.c.SendTaskHeartbeat(t.Context(), &sfn.SendTaskHeartbeatInput{TaskToken: aws.String("")})
	refused(t, err, "ValidationException", "greater than or equal to 1")
	_, err = e.c.GetActivityTask(t.Context(), &sfn.GetActivityTaskInput{ActivityArn: aws.String(string(workflow.ActivityARN("None")))})
	refused(t, err, "ActivityDoesNotExist", "Activity Does Not Exist: '")
	_, err = e.c.GetActivityTask(t.Context(), &sfn.GetActivityTaskInput{ActivityArn: &machine})
	refused(t, err, "InvalidArn", "Resource type not valid in this context: stateMachine")
}

// Workers that wait are served in the order in which they asked, as soon as there is a task.
func TestWorkersWaitInLine(t *testing.T) {
	e := openExecutions(t)
	activity, machine := e.activity("Queue", "")
	lined := e.lined()
	const workers = 5
	var served [workers]string // what each worker was given
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			if task := e.work(activity, fmt.Sprint("w", i)); task.TaskToken != nil {
				served[i] = *task.Input
			}
		})
		<-lined // it stands in line
	}
	for i := range workers {
		e.start(machine, with(fmt.Sprint(i)))
		<-lined // it was served
	}
	wg.Wait()
	if want := [workers]string{"0", "1", "2", "3", "4"}; served != want {
		t.Errorf("served %v", served)
	}
}

// A worker that has hung up takes no task with it.
func TestAWorkerThatHasGoneLosesNoTask(t *testing.T) {
	e := openExecutions(t)
	activity, machine := e.activity("Lonely", "")
	lined := e.lined()
	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if _, err := e.c.GetActivityTask(ctx, &sfn.GetActivityTaskInput{ActivityArn: &activity}); err == nil {
			t.Error("a cancelled request was answered")
		}
	}()
	<-lined
	hangUp()
	<-gone
	if n := <-lined; n != 0 {
		t.Fatalf("%d workers wait", n)
	}
	arn := e.start(machine, with(`"there"`))
	if task := e.work(activity, ""); task.TaskToken == nil || *task.Input != `"there"` {
		t.Errorf("%+v", task)
	}
	if d := e.described(arn); d.Status != types.ExecutionStatusRunning {
		t.Errorf("%+v", d)
	}
}

// Nothing to do: after the wait the answer has nulls.
func TestAWorkerWaitsInVain(t *testing.T) {
	e := openExecutions(t)
	activity, _ := e.activity("Idle", "")
	e.sfn.Poll = 20 * time.Millisecond
	if task := e.work(activity, ""); task.TaskToken != nil || task.Input != nil {
		t.Errorf("%+v", task)
	}
}

func TestOrdersByStartExecution(t *testing.T) {
	e := openExecutions(t)
	machine := arnOf("OrderFulfillmentWorkflow")
	arn := e.start(machine, with(tutorialOrder))
	if !strings.HasSuffix(arn, ":order-12345") {
		t.Errorf("the execution is %s", arn)
	}
	if d := e.closed(arn); d.Status != types.ExecutionStatusSucceeded || *d.Input != tutorialOrder {
		t.Errorf("%s: %s %s", d.Status, aws.ToString(d.Error), aws.ToString(d.Cause))
	}
	o, err := e.store.OrderInfo(t.Context(), "12345")
	if err != nil || o.Status != workflow.OrderCompleted || o.PersonID != models.DemoOperator || o.CustomerID != "67890" {
		t.Errorf("%+v, %v", o, err)
	}

	// Once more: an execution of its own, which finds that the order is placed.
	d := e.closed(e.start(machine, with(tutorialOrder)))
	if d.Status != types.ExecutionStatusFailed || *d.Error != "OrderInvalid" || !strings.Contains(*d.Cause, "Order 12345 has been placed before") {
		t.Errorf("%s: %s %s", d.Status, aws.ToString(d.Error), aws.ToString(d.Cause))
	}
	if _, err := e.c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Name: aws.String("order-12345"), Input: aws.String(tutorialOrder)}); err == nil {
		t.Error("a name was used twice")
	}

	// A name of the caller's choice.
	order := func(id, customer, item string) string {
		return fmt.Sprintf(`{"order":{"orderId":%q,"customerId":%q,"items":[{"itemId":%q,"quantity":1}]}}`, id, customer, item)
	}
	mine := e.start(machine, named("mine"), with(order("77", "67890", "item1")))
	if d := e.closed(mine); d.Status != types.ExecutionStatusSucceeded {
		t.Errorf("%s: %s", d.Status, aws.ToString(d.Cause))
	}
	if o, err := e.store.OrderInfo(t.Context(), "77"); err != nil || o.Status != workflow.OrderCompleted || o.ExecutionName != "mine" {
		t.Errorf("%+v, %v", o, err)
	}

	for input, cause := range map[string]string{
		`{}`:                           "order is missing",
		order("78", "none", "item1"):   "there is no customer none",
		order("78", "67890", "absent"): "There is no item absent",
	} {
		d := e.closed(e.start(machine, with(input)))
		if d.Status != types.ExecutionStatusFailed || *d.Error != "OrderInvalid" || !strings.Contains(*d.Cause, cause) {
			t.Errorf("%s: %s %s %s", input, d.Status, aws.ToString(d.Error), aws.ToString(d.Cause))
		}
	}
	if _, err := e.store.OrderInfo(t.Context(), "78"); err == nil {
		t.Error("an order that cannot be was placed")
	}
}
