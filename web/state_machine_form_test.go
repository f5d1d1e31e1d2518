package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

const wrongTwice = "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\"Type\": \"Pass\", \"Next\": \"B\"},\n    \"C\": {\"Type\": \"Nonsense\"}\n  }\n}"

func TestStateMachineIsMadeInTheBrowser(t *testing.T) {
	r := openRealSite(t)
	olga := r.as(models.DemoOperator)
	form := olga.get(paths.StateMachineNew).is(http.StatusOK)
	start := form.find("textarea[name=definition]").Text()
	checked := olga.post(paths.StateMachines, url.Values{"name": {"Tea"}, "type": {"STANDARD"}, "definition": {start}, "do": {"check"}}).is(http.StatusOK).
		says("Nothing is wrong with it")
	if checked.find("svg .graph-node").Length() == 0 || checked.find("input[name=name]").AttrOr("value", "") != "Tea" {
		t.Error("the check draws nothing or has lost the name")
	}
	if _, err := r.store.StateMachine(t.Context(), "Tea"); err == nil {
		t.Fatal("a check has saved it")
	}
	wrong := olga.post(paths.StateMachines, url.Values{"name": {"Tea"}, "type": {"STANDARD"}, "definition": {strings.ReplaceAll(wrongTwice, "\n", "\r\n")}, "do": {"save"}}).
		is(http.StatusUnprocessableEntity)
	if n := wrong.find(".findings li").Length(); n < 2 {
		t.Errorf("%d findings: %s", n, text(wrong, ".findings"))
	}
	if got := text(wrong, ".findings"); !strings.Contains(got, "Line 4, /States/A/Next") || !strings.Contains(got, "Line 5, /States/C") || !strings.Contains(got, `"Next": "B"`) {
		t.Errorf("findings: %s", got)
	}
	if got := wrong.find("textarea[name=definition]").Text(); got != wrongTwice {
		t.Errorf("the text was changed: %q", got)
	}
	for field, values := range map[string]url.Values{
		"name":        {"name": {""}, "type": {"STANDARD"}, "definition": {start}},
		"name ":       {"name": {"a b"}, "type": {"STANDARD"}, "definition": {start}},
		"name  ":      {"name": {strings.Repeat("x", 81)}, "type": {"STANDARD"}, "definition": {start}},
		"type":        {"name": {"Tea"}, "type": {"QUICK"}, "definition": {start}},
		"definition":  {"name": {"Tea"}, "type": {"STANDARD"}, "definition": {""}},
		"definition ": {"name": {"Tea"}, "type": {"STANDARD"}, "definition": {"\xff"}},
	} {
		values.Set("do", "save")
		answer := olga.post(paths.StateMachines, values).is(http.StatusUnprocessableEntity)
		field = strings.TrimSpace(field)
		if got := text(answer, "#"+field+"-error"); got == "" || strings.Contains(got, "InternalFailure") {
			t.Errorf("%v: nothing stands beside %s", values, field)
		}
	}
	good := url.Values{"name": {"Tea"}, "type": {"EXPRESS"}, "definition": {start}, "publish": {"on"}, "do": {"save"}}
	olga.post(paths.StateMachines, good).is(http.StatusSeeOther).leadsTo(paths.StateMachine("Tea"))
	page := olga.get(paths.StateMachine("Tea")).is(http.StatusOK).says("Express").says("The state machine is saved.")
	if page.find("a[href='"+paths.StateMachineStart("Tea")+"']").Length() != 1 {
		t.Error("it cannot be started from its page")
	}
	r.wroteDown(models.AuditStateMachineMade, "state-machine Tea", "")
	good.Set("type", "STANDARD")
	olga.post(paths.StateMachines, good).is(http.StatusConflict).says("There is a state machine of this name already.")
	for _, who := range []string{models.DemoApprover, models.DemoCustomer} {
		r.as(who).post(paths.StateMachines, good).is(http.StatusForbidden)
		r.as(who).get(paths.StateMachineNew).is(http.StatusForbidden)
	}
	if page := r.as(models.DemoApprover).get(paths.StateMachine("Tea")).is(http.StatusOK); page.find("a[href$='/edit'], a[href$='/start'], dialog").Length() != 0 {
		t.Error("an approver is offered to change it")
	}
}

func TestDefinitionIsEditedInTheBrowser(t *testing.T) {
	r := openRealSite(t)
	r.has("Tea", workflow.Standard, passing)
	ada := r.as(models.DemoAdministrator)
	edit := paths.StateMachineEdit("Tea")
	form := ada.get(edit).is(http.StatusOK)
	if got := form.find("textarea[name=definition]").Text(); !strings.Contains(got, "\n  \"StartAt\": \"A\"") {
		t.Errorf("a definition in one line is not set apart: %s", got)
	}
	r.has("Milk", workflow.Standard, passing+"\n") // as a file ends
	if got := ada.get(paths.StateMachineEdit("Milk")).is(http.StatusOK).find("textarea[name=definition]").Text(); !strings.Contains(got, "\n  \"StartAt\": \"A\"") {
		t.Errorf("a definition in one line and its end is not set apart: %s", got)
	}
	values := url.Values{"definition": {passing2}, "revision": {"1"}, "do": {"check"}}
	ada.post(edit, values).is(http.StatusOK).says("Nothing is wrong with it")
	values.Set("do", "save")
	ada.post(edit, values).is(http.StatusSeeOther).leadsTo(paths.StateMachine("Tea"))
	ada.get(paths.StateMachine("Tea")).is(http.StatusOK).says("Version 2 is saved.").says("Version 2 of 2")
	r.wroteDown(models.AuditStateMachineChanged, "state-machine Tea", "")
	// Somebody who began before that is told, and loses nothing.
	late := url.Values{"definition": {`{"late": true}`}, "revision": {"1"}, "do": {"save"}}
	answer := ada.post(edit, late).is(http.StatusConflict).says("Version 2 was saved meanwhile").says("&#34;late&#34;")
	if old, new := text(answer, `.compared [data-mark="-"]`), text(answer, `.compared [data-mark="+"]`); !strings.Contains(old, "StartAt") || !strings.Contains(new, `"late": true`) {
		t.Errorf("from %s to %s", old, new)
	}
	if answer.find("input[name=revision]").AttrOr("value", "") != "2" {
		t.Error("saving again would be refused again")
	}
	values.Set("revision", "2")
	ada.post(edit, values).is(http.StatusSeeOther)
	ada.get(paths.StateMachine("Tea")).says("there is no new version")
	back := ada.get(paths.StateMachineEditFrom("Tea", 1)).is(http.StatusOK)
	if got := back.find("textarea[name=definition]").Text(); !strings.Contains(got, `"A"`) {
		t.Errorf("version 1 is not what is edited: %s", got)
	}
	ada.get(paths.StateMachineEditFrom("Tea", 9)).is(http.StatusNotFound)
	ada.get(paths.StateMachineEdit("none")).is(http.StatusNotFound)
	ada.post(paths.StateMachineEdit("none"), values).is(http.StatusNotFound)
	ada.get(paths.StateMachineEdit(fulfilment.StateMachineName)).is(http.StatusOK).says("Orders are fulfilled by this state machine")
	r.as(models.DemoApprover).post(edit, values).is(http.StatusForbidden)
	// The longest definition that there may be fits into the form.
	long := `{"Comment":"` + strings.Repeat("ä", 500_000) + `","StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`
	ada.post(edit, url.Values{"definition": {long}, "revision": {"2"}, "do": {"save"}}).is(http.StatusSeeOther)
}

// Of several who save at the same moment one is saved; the others are told.
func TestADefinitionIsNotOverwrittenByWhoSavesAtTheSameMoment(t *testing.T) {
	r := openRealSite(t)
	r.has("Tea", workflow.Standard, passing)
	browsers, answers := make([]*browser, 8), make([]*answer, 8)
	for i := range browsers {
		browsers[i] = r.as(models.DemoAdministrator)
	}
	var all sync.WaitGroup
	for i, ada := range browsers {
		all.Go(func() {
			definition := fmt.Sprintf(`{"StartAt":"A","States":{"A":{"Type":"Pass","Result":%d,"End":true}}}`, i)
			answers[i] = ada.post(paths.StateMachineEdit("Tea"), url.Values{"definition": {definition}, "revision": {"1"}, "do": {"save"}})
		})
	}
	all.Wait()
	saved := 0
	for _, a := range answers {
		if a.StatusCode == http.StatusSeeOther {
			saved++
		} else {
			a.is(http.StatusConflict).says("Version 2 was saved meanwhile")
		}
	}
	if saved != 1 {
		t.Errorf("%d of them were saved", saved)
	}
}

func TestStateMachineIsDeletedInTheBrowser(t *testing.T) {
	r := openRealSite(t)
	r.has("Tea", workflow.Standard, passing)
	r.starts("Tea", "once", "{}")
	olga := r.as(models.DemoOperator)
	if page := olga.get(paths.StateMachine("Tea")); page.find("dialog#delete-machine form").AttrOr("action", "") != paths.StateMachineDelete("Tea") {
		t.Error("it cannot be deleted from its page")
	}
	r.as(models.DemoApprover).post(paths.StateMachineDelete("Tea"), nil).is(http.StatusForbidden)
	olga.post(paths.StateMachineDelete("Tea"), nil).is(http.StatusSeeOther).leadsTo(paths.StateMachines)
	olga.get(paths.StateMachines).is(http.StatusOK).says("Tea is deleted.")
	olga.post(paths.StateMachineDelete("Tea"), nil).is(http.StatusNotFound)
	olga.get(paths.Execution("Tea:once")).is(http.StatusOK)
	if page := olga.get(paths.StateMachine("Tea")).is(http.StatusOK).says("is deleted"); page.find("a[href$='/start']").Length() != 0 {
		t.Error("a deleted one can be started")
	}
	olga.get(paths.StateMachineStart("Tea")).is(http.StatusNotFound)
	olga.get(paths.StateMachineEdit("Tea")).is(http.StatusNotFound)
	r.wroteDown(models.AuditStateMachineRemoved, "state-machine Tea", "")
}

func TestExecutionIsStartedInTheBrowser(t *testing.T) {
	r := openRealSite(t)
	r.has("Tea", workflow.Standard, passing)
	if _, err := r.store.Aliases(t.Context(), "Tea", 0, "", 1); err != nil {
		t.Fatal(err)
	}
	olga := r.as(models.DemoOperator)
	start := paths.StateMachineStart("Tea")
	form := olga.get(start).is(http.StatusOK)
	key := form.find("input[name=key]").AttrOr("value", "")
	values := url.Values{"key": {key}, "name": {""}, "target": {""}, "input": {"{\r\n\"cups\": 2}"}}
	olga.post(start, values).is(http.StatusSeeOther).leadsTo(paths.Execution("Tea:" + key))
	olga.post(start, values).is(http.StatusSeeOther).leadsTo(paths.Execution("Tea:" + key)) // sent twice
	list := olga.get(paths.ExecutionsOf("Tea")).is(http.StatusOK)
	if n := list.find("tbody tr").Length(); n != 1 {
		t.Errorf("%d executions were started", n)
	}
	r.wroteDown(models.AuditExecutionStarted, "execution Tea:"+key, "")
	named := url.Values{"key": {"other"}, "name": {"morning"}, "input": {""}}
	olga.post(start, named).is(http.StatusSeeOther).leadsTo(paths.Execution("Tea:morning"))
	e, err := r.store.Find(t.Context(), "Tea", "morning")
	if err != nil || string(e.Input) != "{}" {
		t.Errorf("%s %v", e.Input, err)
	}
	named.Set("input", "[1]")
	again := olga.post(start, named).is(http.StatusConflict).says("There is an execution of this name already.")
	if again.find("a[href='"+paths.Execution("Tea:morning")+"']").Length() != 1 || again.find("textarea[name=input]").Text() != "[1]" {
		t.Error("it does not lead to the one that is there, or has lost the input")
	}
	for problem, values := range map[string]url.Values{
		"input":   {"input": {"{cups"}},
		"input ":  {"input": {`"` + strings.Repeat("x", workflow.MaxPayload) + `"`}},
		"input  ": {"input": {"\xff"}},
		"name":    {"name": {"a b"}},
		"name ":   {"name": {strings.Repeat("x", 81)}},
		"target":  {"target": {"nothing"}},
	} {
		answer := olga.post(start, values).is(http.StatusUnprocessableEntity)
		if text(answer, "#"+strings.TrimSpace(problem)+"-error") == "" {
			t.Errorf("nothing stands beside %s: %s", problem, text(answer, ".notice"))
		}
	}
	for _, who := range []string{models.DemoApprover, models.DemoCustomer} {
		r.as(who).get(start).is(http.StatusForbidden)
		r.as(who).post(start, values).is(http.StatusForbidden)
	}
	olga.get(paths.StateMachineStart("none")).is(http.StatusNotFound)
	olga.post(paths.StateMachineStart("none"), values).is(http.StatusNotFound)
}

// A published version and an alias can be chosen.
func TestVersionsAndAliasesAreStartedInTheBrowser(t *testing.T) {
	r := openRealSite(t)
	ada := r.as(models.DemoAdministrator)
	ada.post(paths.StateMachines, url.Values{"name": {"Tea"}, "type": {"STANDARD"}, "definition": {passing}, "publish": {"on"}, "do": {"save"}}).is(http.StatusSeeOther)
	_, err := r.store.CreateAlias(t.Context(), workflow.Alias{StateMachine: "Tea", Name: "live", Routes: []workflow.Route{{Number: 1, Weight: 100}}})
	if err != nil {
		t.Fatal(err)
	}
	ada.post(paths.StateMachineEdit("Tea"), url.Values{"definition": {passing2}, "revision": {"1"}, "do": {"save"}}).is(http.StatusSeeOther)
	form := ada.get(paths.StateMachineStart("Tea")).is(http.StatusOK)
	var offered []string
	for _, o := range form.find("select[name=target] option").EachIter() {
		offered = append(offered, o.AttrOr("value", "?"))
	}
	if got := strings.Join(offered, ","); got != ",live,1" {
		t.Fatalf("offered: %s", got)
	}
	for target, version := range map[string]int64{"": 2, "live": 1, "1": 1} {
		name := "by-" + target
		ada.post(paths.StateMachineStart("Tea"), url.Values{"name": {name}, "target": {target}}).is(http.StatusSeeOther)
		e, err := r.store.Find(t.Context(), "Tea", name)
		if err != nil || e.Version != version {
			t.Errorf("%q started version %d, %v", target, e.Version, err)
		}
	}
}

// Starting the order workflow with an order places it, once.
func TestOrderIsPlacedByStartingItsExecution(t *testing.T) {
	r := openRealSite(t)
	olga := r.as(models.DemoOperator)
	start := paths.StateMachineStart(fulfilment.StateMachineName)
	olga.get(start).is(http.StatusOK).says("Starting this one places an order")
	input := `{"order": {"orderId": "12345", "customerId": "67890", "items": [{"itemId": "item1", "quantity": 2}]}}`
	for range 2 {
		olga.post(start, url.Values{"key": {workflow.NewUUID()}, "input": {input}}).is(http.StatusSeeOther).leadsTo(paths.Execution(r.keyOf("12345")))
	}
	r.awaitStatus("12345", workflow.OrderCompleted)
}

// forgetful does everything but write the audit trail.
type forgetful struct{ Store }

func (forgetful) RecordAudit(context.Context, models.AuditEntry) error {
	return fmt.Errorf("%w: the disk is full", models.ErrUnwritable)
}

// What was done is not called undone because it could not be written down.
func TestWhatWasDoneAndNotNotedIsSaidToBeDone(t *testing.T) {
	s := openSite(t, func(o *Options) { o.Store = forgetful{o.Store} })
	olga := s.as(models.DemoOperator)
	form := url.Values{"name": {"Tea"}, "type": {"STANDARD"}, "definition": {firstDefinition}, "do": {"save"}}
	olga.post(paths.StateMachines, form).is(http.StatusServiceUnavailable).says("This was done")
	if _, err := s.store.StateMachine(t.Context(), "Tea"); err != nil {
		t.Error(err)
	}
}

// However long a definition is, its page is not; the whole has an address of its own.
func TestPageOfALongDefinition(t *testing.T) {
	r := openRealSite(t)
	var b strings.Builder
	b.WriteString(`{"StartAt":"S0","States":{`)
	for i := range 10_000 {
		fmt.Fprintf(&b, `"S%d":{"Type":"Pass","Next":"S%d"},`, i, i+1)
	}
	b.WriteString(`"S10000":{"Type":"Succeed"}}}`)
	r.has("Long", workflow.Standard, b.String())
	anton := r.as(models.DemoApprover)
	page := anton.get(paths.StateMachine("Long")).is(http.StatusOK).says("more lines are left out here")
	if n := len(page.body); n > 370_000 {
		t.Errorf("the page has %d bytes", n)
	}
	whole := anton.get(page.find("a[href*='/definition?']").AttrOr("href", "")).is(http.StatusOK)
	var same bytes.Buffer
	if err := json.Compact(&same, []byte(whole.body)); err != nil || same.String() != b.String() {
		t.Errorf("the whole definition is another one, %v", err)
	}
	anton.get(paths.StateMachineDefinition("Long", 0)).is(http.StatusOK)
	for _, path := range []string{paths.StateMachineDefinition("Long", 2), paths.StateMachineDefinition("None", 0), paths.StateMachineDefinition("Long", 0) + "?version=x"} {
		anton.get(path).is(http.StatusNotFound)
	}
}
