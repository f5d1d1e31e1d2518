package engine_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// nest is a Task state that starts an execution of Child; more are further members.
func nest(pattern, arguments, more string) string {
	return `{"Type":"Task","Resource":"arn:aws:states:::states:startExecution` + pattern + `","Parameters":{` +
		`"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:Child"` + arguments + `},` + more + `}`
}

// family is a store with a state machine Child.
func family(t *testing.T, child string) *storetest.Memory {
	t.Helper()
	store := storetest.NewMemory()
	if _, err := store.PutDefinition(t.Context(), "Child", []byte(child)); err != nil {
		t.Fatal(err)
	}
	return store
}

// onlyChild is the one execution that another has started.
func (i *installation) onlyChild(parent workflow.ExecutionID) workflow.Row {
	i.t.Helper()
	synctest.Wait()
	children := i.store.Children(parent)
	if len(children) != 1 {
		i.t.Fatalf("execution %d has %d children", parent, len(children))
	}
	return children[0]
}

// settled fails unless nothing more is to be done for the execution.
func (i *installation) settled(row workflow.Row) {
	i.t.Helper()
	if !row.Status.Closed() || row.Owner != "" || !row.DueAt.IsZero() {
		i.t.Errorf("%s is %s, owner %q, due %v", row.Name, row.Status, row.Owner, row.DueAt)
	}
}

func TestAChildIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := family(t, machine(`"W":{"Type":"Wait","Seconds":5,"OutputPath":"$.x","End":true}`))
		i := install(t, store, machine(`"N":`+nest(".sync:2", `,"Input":{"x":{"y":1.0}}`, `"OutputPath":"$.Output","End":true`)), nil)
		defer i.drain()
		parent := i.start("p")
		child := i.onlyChild(parent.ID)
		if child.Parent != (workflow.Parent{Execution: parent.ID, Entry: 2, Attempt: 1, Awaited: true}) || string(child.Input) != `{"x":{"y":1.0}}` {
			t.Errorf("the child is of %+v with %s", child.Parent, child.Input)
		}
		if row := i.row(parent.ID); row.Owner != "" {
			t.Errorf("who waits for a child is held by %q", row.Owner)
		}
		time.Sleep(6 * time.Second)
		if row := i.wantStatus(parent.ID, workflow.Succeeded); string(row.Output) != `{"y":1.0}` {
			t.Errorf("output %s", row.Output)
		}
		i.settled(i.row(child.ID))
		want := "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"
		if got := i.types(parent.ID); got != want {
			t.Errorf("history\n%s, want\n%s", got, want)
		}
	})
}

func TestAChildThatFailsFailsTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := family(t, machine(`"F":{"Type":"Fail","Error":"Broken","Cause":"it fell"}`))
		i := install(t, store, machine(`"N":`+nest(".sync", "", `"End":true,"Catch":[{"ErrorEquals":["States.TaskFailed"],"Next":"C"}]`)+
			`,"C":{"Type":"Pass","End":true}`), nil)
		defer i.drain()
		row := i.wantStatus(i.start("p").ID, workflow.Succeeded)
		var caught struct{ Error, Cause string }
		if err := json.Unmarshal(row.Output, &caught); err != nil || !strings.Contains(caught.Cause, `"Error":"Broken"`) {
			t.Errorf("caught %s", row.Output)
		}
		i.settled(i.onlyChild(row.ID))
	})
}

func TestAChildThatIsNotWaitedForGoesItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := family(t, machine(`"W":{"Type":"Wait","Seconds":5,"End":true}`))
		i := install(t, store, machine(`"N":`+nest("", `,"Name":"given"`, `"ResultSelector":{"arn.$":"$.ExecutionArn"},"End":true`)), nil)
		defer i.drain()
		row := i.wantStatus(i.start("p").ID, workflow.Succeeded)
		if want := `{"arn":"arn:aws:states:us-east-1:123456789012:execution:Child:given"}`; string(row.Output) != want {
			t.Errorf("output %s, want %s", row.Output, want)
		}
		// The same name again: while it is open, with the same input, it is the same one.
		i.wantStatus(i.start("q").ID, workflow.Succeeded)
		time.Sleep(10 * time.Second)
		if row := i.wantStatus(i.start("r").ID, workflow.Failed); row.Error != "StepFunctions.ExecutionAlreadyExistsException" {
			t.Errorf("the name of a closed execution: %s: %s", row.Error, row.Cause)
		}
	})
}

func TestWhatCannotBeStartedFailsTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for arguments, want := range map[string]string{
			`"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:None"`:           "StepFunctions.StateMachineDoesNotExistException",
			`"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:M","Name":"a b"`: "StepFunctions.InvalidNameException",
			`"StateMachineArn":"Child"`: "StepFunctions.InvalidArnException",
			`"StateMachineArn":7`:       "StepFunctions.SerializationException",
		} {
			i := install(t, storetest.NewMemory(), machine(`"N":{"Type":"Task","End":true,"Resource":"arn:aws:states:::states:startExecution.sync",
				"Parameters":{`+arguments+`}}`), nil)
			row := i.wantStatus(i.start("p").ID, workflow.Failed)
			if row.Error != want {
				t.Errorf("%s: %s: %s", arguments, row.Error, row.Cause)
			}
			if got := i.types(row.ID); !strings.Contains(got, "TaskStarted TaskSubmitFailed") {
				t.Errorf("history %s", got)
			}
			i.drain()
		}
	})
}

func TestAStoppedParentStopsItsChild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := family(t, machine(`"W":{"Type":"Wait","Seconds":500,"End":true}`))
		i := install(t, store, machine(`"N":`+nest(".sync", "", `"TimeoutSeconds":60,"End":true`)), nil)
		defer i.drain()
		stopped, late := i.start("stopped"), i.start("late")
		first, second := i.onlyChild(stopped.ID), i.onlyChild(late.ID)
		if err := i.StopExecution(t.Context(), stopped.ID, "Enough", ""); err != nil {
			t.Fatal(err)
		}
		row := i.wantStatus(first.ID, workflow.Aborted)
		if !strings.Contains(row.Cause, string(stopped.ARN())) {
			t.Errorf("cause %q", row.Cause)
		}
		i.settled(row)
		time.Sleep(time.Minute)
		i.wantStatus(late.ID, workflow.Failed)
		i.settled(i.wantStatus(second.ID, workflow.Aborted))
	})
}

// The parent is told of a child that closed at the very end of a process by the next one.
func TestTheNextProcessTellsTheParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := family(t, machine(`"W":{"Type":"Wait","Seconds":5,"End":true}`))
		definition := machine(`"N":` + nest(".sync", "", `"End":true`))
		i := install(t, store, definition, nil)
		parent := i.start("p")
		child := i.onlyChild(parent.ID)
		i.drain()
		time.Sleep(time.Minute)
		if row := i.row(parent.ID); row.Status != workflow.Running {
			t.Fatalf("the parent is %s", row.Status)
		}
		again := install(t, store, definition, nil)
		defer again.drain()
		time.Sleep(time.Second)
		again.wantStatus(parent.ID, workflow.Succeeded)
		again.settled(again.row(child.ID))
	})
}

func TestARedrivenChildGoesOnAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		store := family(t, machine(`"F":`+lambda("F", `"End":true`)))
		i := install(t, store, machine(`"N":`+nest(".sync", "", `"End":true`)), functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
			if calls.Add(1) == 1 {
				return workflow.Result{}, workflow.Failf("Broken", "once")
			}
			return workflow.Result{}, nil
		}})
		defer i.drain()
		parent := i.start("p")
		i.wantStatus(parent.ID, workflow.Failed)
		child := i.onlyChild(parent.ID)
		if err := i.Redrive(t.Context(), child.ID); err != nil {
			t.Fatal(err)
		}
		i.settled(i.wantStatus(child.ID, workflow.Succeeded))
		i.wantStatus(parent.ID, workflow.Failed)
	})
}

func TestTasksAnswerOtherTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var token atomic.Value
		sdk := func(action, arguments string) string {
			return machine(`"S":{"Type":"Task","End":true,"Resource":"arn:aws:states:::aws-sdk:sfn:` + action + `","Parameters":{` + arguments + `}}`)
		}
		store := family(t, sdk("sendTaskSuccess", `"TaskToken.$":"$.token","Output":{"said":"yes"}`))
		i := install(t, store, machine(askState), functions{"Ask": asked(&token)})
		defer i.drain()
		asking := i.start("a")
		synctest.Wait()
		input, _ := json.Marshal(map[string]any{"token": token.Load()})
		for _, want := range []workflow.ExecutionStatus{workflow.Succeeded, workflow.Failed} {
			info, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "Child", Name: string(want), Input: input})
			if err != nil {
				t.Fatal(err)
			}
			if row := i.wantStatus(info.ID, want); want == workflow.Failed && row.Error != "Sfn.TaskTimedOutException" {
				t.Errorf("%s: %s", row.Error, row.Cause)
			}
		}
		if row := i.wantStatus(asking.ID, workflow.Succeeded); string(row.Output) != `{"said":"yes"}` {
			t.Errorf("output %s", row.Output)
		}
		info, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "Child", Name: "wrong", Input: json.RawMessage(`{"token":"x"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if row := i.wantStatus(info.ID, workflow.Failed); row.Error != "Sfn.InvalidTokenException" || !strings.HasPrefix(row.Cause, "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: ") {
			t.Errorf("%s: %s", row.Error, row.Cause)
		}
	})
}
