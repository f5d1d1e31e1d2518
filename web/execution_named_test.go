package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/engine"
)

// has makes a state machine.
func (r *realSite) has(name string, kind workflow.StateMachineType, definition string) {
	r.t.Helper()
	_, _, err := r.store.CreateStateMachine(r.t.Context(), workflow.StateMachine{Name: name, Type: kind, RoleARN: workflow.DefaultRole, Definition: []byte(definition)}, models.Creation{})
	if err != nil {
		r.t.Fatal(err)
	}
}

// starts starts an execution of a state machine and waits for its end.
func (r *realSite) starts(machine, name, input string) workflow.ExecutionInfo {
	r.t.Helper()
	d, err := r.store.Resolve(r.t.Context(), workflow.StateMachineARN(machine), 0)
	if err != nil {
		r.t.Fatal(err)
	}
	info, err := r.engine.StartExecution(r.t.Context(), engine.StartRequest{StateMachine: machine, Deployment: d, Name: name, Input: json.RawMessage(input)})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.awaitInfo(info.ID, func(e workflow.ExecutionInfo) bool { return e.Status.Closed() })
}

func TestExecutionsOfOneNameAreToldApart(t *testing.T) {
	r := openRealSite(t)
	for _, machine := range []string{"Books", "Stock"} {
		r.has(machine, workflow.Standard, passing)
		r.starts(machine, "nightly", "{}")
	}
	r.starts("Books", "alone", "{}")
	olga := r.as(models.DemoOperator)
	choice := olga.get(paths.Execution("nightly")).is(http.StatusMultipleChoices).says("name of 2 executions")
	links := choice.find("tbody .row-link")
	if links.Length() != 2 {
		t.Fatalf("%d executions to choose from", links.Length())
	}
	for i := range links.Length() {
		page := olga.get(links.Eq(i).AttrOr("href", "")).is(http.StatusOK)
		if machine := text(page, ".strip a[href^='/state-machines/']"); !strings.HasPrefix(links.Eq(i).AttrOr("href", ""), "/executions/"+machine+":") {
			t.Errorf("%s leads to an execution of %s", links.Eq(i).AttrOr("href", ""), machine)
		}
	}
	olga.get(paths.Execution("Books:nightly") + "?state=A").is(http.StatusOK).says("/executions/Books:nightly?")
	olga.post(paths.ExecutionStop("nightly"), nil).is(http.StatusConflict).says("Several executions have this name")
	olga.get(paths.Execution("nightly") + "/live").is(http.StatusConflict)
	olga.get(paths.Execution("alone")).is(http.StatusOK).says("/executions/Books:alone?")
	for _, key := range []string{"Books:nothing", "None:nightly", "Books:nightly:1", "Books:nightly:x", "Books:nightly:1:2", ":", "a:", ":b", "::"} {
		olga.get(paths.Execution(key)).is(http.StatusNotFound)
	}
	list := olga.get(paths.ExecutionsFiltered("", "Stock", "", "")).is(http.StatusOK)
	if got := list.find("tbody .row-link").AttrOr("href", ""); got != "/executions/Stock:nightly" {
		t.Errorf("the list leads to %s", got)
	}
}

// The ARN of an execution may have belonged to one of a state machine that is there no more.
func TestExecutionOfADeletedStateMachineIsFound(t *testing.T) {
	r := openRealSite(t)
	var ids []workflow.ExecutionID
	for range 2 {
		r.has("Books", workflow.Standard, passing)
		ids = append(ids, r.starts("Books", "nightly", "{}").ID)
		if err := r.store.DeleteStateMachine(t.Context(), "Books"); err != nil {
			t.Fatal(err)
		}
		if err := r.store.FinishDeletions(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	olga := r.as(models.DemoOperator)
	choice := olga.get(paths.Execution("Books:nightly")).is(http.StatusMultipleChoices)
	for _, id := range ids {
		key := "Books:nightly:" + id.String()
		if choice.find("a[href='"+paths.Execution(key)+"']").Length() != 1 {
			t.Errorf("%s cannot be chosen", key)
		}
		olga.get(paths.Execution(key)).is(http.StatusOK).says(paths.ExecutionAt(key, "A"))
	}
	olga.get(paths.Execution("nightly")).is(http.StatusMultipleChoices)
}

func TestExpressExecutionsOfOneNameHavePagesOfTheirOwn(t *testing.T) {
	r := openRealSite(t)
	r.has("Quick", workflow.Express, passing)
	first, second := r.starts("Quick", "same", `{"n": 1}`), r.starts("Quick", "same", `{"n": 2}`)
	olga := r.as(models.DemoOperator)
	for _, e := range []workflow.ExecutionInfo{first, second} {
		page := olga.get(paths.Execution(e.ARN().Tail())).is(http.StatusOK)
		if got := text(page, "#execution-input pre"); !strings.Contains(got, string(e.Input[6:7])) {
			t.Errorf("%s shows the input %s", e.ARN(), got)
		}
	}
	olga.get(paths.Execution("Quick:same")).is(http.StatusMultipleChoices)
	olga.post(paths.ExecutionRedrive(second.ARN().Tail()), url.Values{}).is(http.StatusConflict)
}

// An execution that a state of another has started leads there, and that state leads to it.
func TestParentAndChildExecutionsLeadToEachOther(t *testing.T) {
	r := openRealSite(t)
	r.has("Child", workflow.Standard, passing)
	for name, resource := range map[string]string{"Waiting": "startExecution.sync:2", "Casting": "startExecution"} {
		r.has(name, workflow.Standard, `{"StartAt": "Delegate", "States": {"Delegate": {"Type": "Task", "End": true,
			"Resource": "arn:aws:states:::states:`+resource+`",
			"Parameters": {"StateMachineArn": "`+string(workflow.StateMachineARN("Child"))+`", "Name": "of-`+name+`", "Input": {}}}}}`)
		parent := r.starts(name, "once", "{}")
		if parent.Status != workflow.Succeeded {
			t.Fatalf("%s: %s %s", name, parent.Error, parent.Cause)
		}
		anton := r.as(models.DemoApprover)
		page := anton.get(paths.ExecutionAt(name+":once", "Delegate")).is(http.StatusOK)
		link := page.find("#state .attempt-started a")
		if got := link.AttrOr("href", ""); got != paths.Execution("Child:of-"+name) {
			t.Fatalf("%s leads to %q", name, got)
		}
		child := anton.get(link.AttrOr("href", "")).is(http.StatusOK)
		if back := child.find(".strip a[href='" + paths.Execution(name+":once") + "']").Length(); back != 1 {
			t.Errorf("the child of %s does not lead back", name)
		}
		if at := child.find(".strip a[href='" + paths.ExecutionAt(name+":once", "Delegate") + "#state']").Length(); at != 1 {
			t.Errorf("the child of %s does not say at which state it was started", name)
		}
	}
}
