package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/fulfilment"
)

const brewing = `{"StartAt": "Brew", "States": {
	"Brew": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Kettle", "Parameters": {"cups.$": "$.cups"}, "ResultPath": "$.tea",
		"Retry": [{"ErrorEquals": ["Cold"], "IntervalSeconds": 3}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Water"}], "Next": "Pour"},
	"Pour": {"Type": "Map", "ItemsPath": "$.cups", "ItemProcessor": {"StartAt": "Sip", "States": {"Sip": {"Type": "Pass", "End": true}}}, "End": true},
	"Water": {"Type": "Pass", "End": true}}}`

// openKettle has a function that answers, and fails without cups.
func openKettle(t *testing.T) *realSite {
	return openRealSite(t, func(o *engine.Options) {
		o.Functions["Kettle"] = func(_ context.Context, call workflow.Call) (workflow.Result, error) {
			if strings.Contains(string(call.Payload), "0") {
				return workflow.Result{}, workflow.Failf("Cold", "There is no water for %s.", call.Payload)
			}
			return workflow.Result{Output: []byte(`{"hot": true}`)}, nil
		}
	})
}

func TestStateIsTestedInTheBrowser(t *testing.T) {
	r := openKettle(t)
	r.has("Tea", workflow.Standard, brewing)
	olga := r.as(models.DemoOperator)
	form := olga.get(paths.StateTests("Tea")).is(http.StatusOK).says("Not tested yet")
	if got := text(form, "select[name=state] option"); got != "BrewPourWaterSip" {
		t.Errorf("states to choose from: %s", got)
	}
	test := func(values url.Values) *answer {
		t.Helper()
		return olga.post(paths.StateTests("Tea"), values).is(http.StatusOK)
	}
	called := test(url.Values{"state": {"Brew"}, "mode": {"call"}, "input": {`{"cups": 2}`}}).says("The state succeeds").says("Pour")
	if got := text(called, "#test-output pre"); got != `{ "cups": 2, "tea": { "hot": true } }` {
		t.Errorf("output %s", got)
	}
	if got := text(called, "#test-parameters pre"); got != `{ "cups": 2 }` {
		t.Errorf("after Parameters %s", got)
	}
	if called.find(".test-grid a[href='"+paths.StateTest("Tea", 1, "Pour")+"']").Length() != 1 {
		t.Error("the state that follows cannot be tested next")
	}
	test(url.Values{"state": {"Brew"}, "mode": {"call"}, "input": {`{"cups": 0}`}}).says("The state fails and would try again").says("There is no water for").
		says("Retrier 0 takes it and tries again after 3 s.")
	test(url.Values{"state": {"Brew"}, "mode": {"result"}, "input": {`{"cups": 0}`}, "result": {`{"cold": true}`}, "validation": {"STRICT"}}).says("The state succeeds").says("cold")
	test(url.Values{"state": {"Brew"}, "mode": {"error"}, "input": {`{"cups": 1}`}, "error": {"Spilt"}, "cause": {"all over"}}).
		says("the error is caught").says("Catcher 0 takes it.").says("Water").says("all over")
	test(url.Values{"state": {"Water"}, "mode": {"call"}, "variables": {`{"sugar": 1}`}}).says("Variables afterwards")
	test(url.Values{"state": {"Pour"}, "mode": {"result"}, "input": {`{"cups": [1, 2]}`}, "result": {`[3, 4]`}, "validation": {"STRICT"}}).says("The state succeeds")

	for problem, values := range map[string]url.Values{
		"state":      {"state": {"None"}, "mode": {"call"}},
		"mode":       {"state": {"Pour"}, "mode": {"call"}, "input": {`{"cups": [1]}`}},
		"mode ":      {"state": {"Brew"}, "mode": {"guess"}},
		"input":      {"state": {"Brew"}, "mode": {"call"}, "input": {"{"}},
		"input ":     {"state": {"Brew"}, "mode": {"call"}, "input": {`"` + strings.Repeat("x", workflow.MaxPayload) + `"`}},
		"variables":  {"state": {"Brew"}, "mode": {"call"}, "input": {`{"cups": 1}`}, "variables": {"[1]"}},
		"variables ": {"state": {"Brew"}, "mode": {"call"}, "variables": {"x"}},
		"context":    {"state": {"Brew"}, "mode": {"call"}, "context": {"\xff"}},
		"result":     {"state": {"Brew"}, "mode": {"result"}, "result": {""}, "validation": {"STRICT"}},
		"error":      {"state": {"Brew"}, "mode": {"error"}, "error": {""}},
		"retries":    {"state": {"Brew"}, "mode": {"error"}, "error": {"Cold"}, "retries": {"few"}},
		"validation": {"state": {"Brew"}, "mode": {"result"}, "result": {"{}"}, "validation": {"LOOSE"}},
	} {
		answer := olga.post(paths.StateTests("Tea"), values).is(http.StatusUnprocessableEntity)
		if text(answer, "#"+strings.TrimSpace(problem)+"-error") == "" {
			t.Errorf("%v: nothing stands beside %s, but %s", values, problem, text(answer, ".notice"))
		}
	}
	if list := olga.get(paths.ExecutionsOf("Tea")); list.find("tbody tr").Length() != 0 {
		t.Error("a test has started an execution")
	}
	for _, who := range []string{models.DemoApprover, models.DemoCustomer} {
		r.as(who).get(paths.StateTests("Tea")).is(http.StatusForbidden)
		r.as(who).post(paths.StateTests("Tea"), url.Values{"state": {"Brew"}}).is(http.StatusForbidden)
	}
	olga.get(paths.StateTests("none")).is(http.StatusNotFound)
	olga.post(paths.StateTests("none"), nil).is(http.StatusNotFound)
	olga.get(paths.StateTest("Tea", 7, "")).is(http.StatusNotFound)
	olga.get(paths.StateTests(fulfilment.StateMachineName)).is(http.StatusOK)
}

// A state of an execution is tested with the input that it had there.
func TestStateOfAnExecutionIsTested(t *testing.T) {
	r := openKettle(t)
	r.has("Tea", workflow.Standard, brewing)
	e := r.starts("Tea", "once", `{"cups": [1, 2]}`)
	olga := r.as(models.DemoOperator)
	page := olga.get(paths.ExecutionAt(e.ARN().Tail(), "Brew")).is(http.StatusOK)
	link := page.find("#state a[href*='/test?']").AttrOr("href", "")
	form := olga.get(link).is(http.StatusOK)
	if got := form.find("select[name=state] option[selected]").AttrOr("value", ""); got != "Brew" {
		t.Errorf("the state is %q", got)
	}
	if got := strings.Join(strings.Fields(form.find("textarea[name=input]").Text()), ""); got != `{"cups":[1,2]}` {
		t.Errorf("the input is %s", got)
	}
	for _, query := range []string{"&event=999", "&event=x", "&event=1", ""} {
		olga.get(paths.StateTests("Tea") + "?execution=Tea:once" + query).is(http.StatusNotFound)
	}
	if anton := r.as(models.DemoApprover).get(paths.ExecutionAt("Tea:once", "Brew")); anton.find("a[href*='/test?']").Length() != 0 {
		t.Error("an approver is offered to test it")
	}
}
