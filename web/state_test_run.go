package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/views/pages"
	"countersign/web/history"
	"countersign/web/sfn"
	"countersign/workflow"
)

// stateTestRun tests a state by the rules of TestState and shows what came of it. It is kept
// nowhere; a function that is called has been called.
func (s *Server) stateTestRun(c echo.Context) error {
	m := pages.StateTest{
		State: field(c, "state"), Mode: field(c, "mode"), Input: lines(field(c, "input")), Result: lines(field(c, "result")),
		Error: strings.TrimSpace(field(c, "error")), Cause: field(c, "cause"), Variables: lines(field(c, "variables")), Context: lines(field(c, "context")),
		Validation: field(c, "validation"), Retries: strings.TrimSpace(field(c, "retries")),
	}
	m.Version, _ = strconv.ParseInt(field(c, "version"), 10, 64)
	definition, version, err := s.store.Definition(c.Request().Context(), c.Param("name"), max(0, m.Version))
	if err != nil {
		return err
	}
	m.Version = version
	document := testDocument(&m, definition)
	if m.Errors != (pages.StateTestErrors{}) {
		return s.showStateTest(c, http.StatusUnprocessableEntity, m)
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), tryAtMost)
	defer cancel()
	answer, err := s.sfn.Perform(ctx, *personOf(c), "TestState", document)
	var refused *sfn.Error
	switch {
	case errors.As(err, &refused):
		refuseTest(&m, refused)
		return s.showStateTest(c, http.StatusUnprocessableEntity, m)
	case err != nil && ctx.Err() != nil && c.Request().Context().Err() == nil:
		m.Errors.General = "The task has not answered within 45 seconds, which is as long as this page waits; an execution waits as long as its timeout says."
		return s.showStateTest(c, http.StatusOK, m)
	case err != nil:
		return err
	}
	if m.Outcome, err = testOutcome(answer); err != nil {
		return err
	}
	return s.showStateTest(c, http.StatusOK, m)
}

// testDocument is the input of TestState that the form stands for. What the form itself can see
// to be wrong it says in m.
func testDocument(m *pages.StateTest, definition []byte) map[string]any {
	document := map[string]any{
		"definition": string(definition), "stateName": m.State, "roleArn": workflow.DefaultRole, "inspectionLevel": "TRACE",
	}
	for _, text := range []struct {
		name, value string
		problem     *string
	}{{"input", m.Input, &m.Errors.Input}, {"variables", m.Variables, &m.Errors.Variables}, {"context", m.Context, &m.Errors.Context}} {
		if strings.TrimSpace(text.value) == "" {
			continue
		}
		*text.problem = typedJSON(text.value)
		document[text.name] = text.value
	}
	configuration := map[string]any{}
	if m.Retries != "" {
		n, err := strconv.ParseUint(m.Retries, 10, 31)
		if err != nil {
			m.Errors.Retries = "Type a whole number, such as 2."
		}
		configuration["retrierRetryCount"] = n
	}
	switch m.Mode {
	case pages.TestMocks:
		m.Errors.Result = typedJSON(m.Result)
		document["mock"] = map[string]any{"result": m.Result, "fieldValidationMode": m.Validation}
	case pages.TestErrors:
		if m.Error == "" {
			m.Errors.Error = "The name of the error is missing. Type it in, or suppose a result."
		}
		document["mock"] = map[string]any{"errorOutput": map[string]any{"error": m.Error, "cause": m.Cause}}
	case pages.TestCalls:
	default:
		m.Errors.Mode = "Choose one of the three."
	}
	if len(configuration) > 0 {
		document["stateConfiguration"] = configuration
	}
	return document
}

// typedJSON says what is wrong with a text that should be JSON.
func typedJSON(text string) (problem string) {
	switch {
	case typedWrong(text) != "":
		return typedWrong(text)
	case strings.TrimSpace(text) == "":
		return "This is missing. Type JSON, such as {}."
	case !json.Valid([]byte(text)):
		return "This is not JSON. Type a value such as {\"order\": {\"orderId\": \"12345\"}}."
	}
	return ""
}

// refuseTest puts a refusal beside the field that it is about.
func refuseTest(m *pages.StateTest, refused *sfn.Error) {
	says := func(what string) bool { return strings.Contains(refused.Message, what) }
	switch {
	case refused.Code == "InvalidExecutionInput", says(" at 'input' "):
		m.Errors.Input = refused.Message
	case says(" at 'stateName' "), says("State not found"):
		m.Errors.State = refused.Message
	case says(" at 'variables' "), says("ariables"):
		m.Errors.Variables = refused.Message
	case says(" at 'mock.result' "):
		m.Errors.Result = refused.Message
	case says(" at 'mock.errorOutput"):
		m.Errors.Error = refused.Message
	case says(" at 'mock.fieldValidationMode' "):
		m.Errors.Validation = refused.Message
	case says("retrierRetryCount"):
		m.Errors.Retries = refused.Message
	case says("does not support Map or Parallel"):
		m.Errors.Mode = "The work of a Map or Parallel state cannot be done by itself. Suppose a result or an error instead."
	case says("ock"): // what can or must stand for the work
		m.Errors.Mode = refused.Message
	default:
		m.Errors.General = refused.Message
	}
}

// testAnswer is TestState's.
type testAnswer struct {
	Output, Error, Cause, NextState, Status string
	InspectionData                          struct {
		Input, AfterInputPath, AfterItemsPath, AfterItemsPointer, AfterItemSelector, AfterItemBatcher string
		AfterParameters, AfterArguments, Result, AfterResultSelector, AfterResultPath, Variables      string
		ToleratedFailureCount, ToleratedFailurePercentage, MaxConcurrency                             *json.Number
		Request                                                                                       *struct{ Protocol, Method, URL, Headers, Body string }
		Response                                                                                      *struct{ Protocol, StatusCode, StatusMessage, Headers, Body string }
		ErrorDetails                                                                                  *struct{ CatchIndex, RetryIndex, RetryBackoffIntervalSeconds *int64 }
	}
}

func testOutcome(answer []byte) (*pages.StateTestOutcome, error) {
	var a testAnswer
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, err
	}
	d := a.InspectionData
	o := &pages.StateTestOutcome{Status: a.Status, Next: a.NextState, Error: a.Error, Cause: a.Cause, Output: testData("output", "Output", a.Output)}
	o.Output.Open = true
	for _, step := range []struct{ id, title, text string }{
		{"input", "Input", d.Input}, {"input-path", "After InputPath", d.AfterInputPath},
		{"items-path", "After ItemsPath", d.AfterItemsPath}, {"items-pointer", "After ItemsPointer", d.AfterItemsPointer},
		{"item-selector", "After ItemSelector", d.AfterItemSelector}, {"item-batcher", "After ItemBatcher", d.AfterItemBatcher},
		{"parameters", "After Parameters", d.AfterParameters}, {"arguments", "After Arguments", d.AfterArguments},
		{"result", "Result", d.Result}, {"result-selector", "After ResultSelector", d.AfterResultSelector},
		{"result-path", "After ResultPath", d.AfterResultPath}, {"variables", "Variables afterwards", d.Variables},
	} {
		if step.text != "" {
			o.Steps = append(o.Steps, testData(step.id, step.title, step.text))
		}
	}
	fact := func(name, text string) {
		if text != "" {
			o.Facts = append(o.Facts, pages.EventFact{Name: name, Text: text})
		}
	}
	for _, n := range []struct {
		name  string
		value *json.Number
	}{{"Tolerated failures", d.ToleratedFailureCount}, {"Tolerated failures, percent", d.ToleratedFailurePercentage}, {"At the same time", d.MaxConcurrency}} {
		if n.value != nil {
			fact(n.name, n.value.String())
		}
	}
	if r := d.Request; r != nil {
		fact("Request", strings.TrimSpace(r.Method+" "+r.URL))
		fact("Its headers", r.Headers)
		fact("Its body", r.Body)
	}
	if r := d.Response; r != nil {
		fact("Response", strings.TrimSpace(r.StatusCode+" "+r.StatusMessage))
		fact("Its headers", r.Headers)
		fact("Its body", r.Body)
	}
	if e := d.ErrorDetails; e != nil && e.RetryIndex != nil {
		o.Handled = "Retrier " + strconv.FormatInt(*e.RetryIndex, 10) + " takes it"
		if e.RetryBackoffIntervalSeconds != nil {
			o.Handled += " and tries again after " + strconv.FormatInt(*e.RetryBackoffIntervalSeconds, 10) + " s"
		}
		o.Handled += "."
	} else if e != nil && e.CatchIndex != nil {
		o.Handled = "Catcher " + strconv.FormatInt(*e.CatchIndex, 10) + " takes it."
	}
	return o, nil
}

func testData(id, title, text string) pages.JSON {
	if text == "" {
		return pages.JSON{}
	}
	return pages.JSON{ID: "test-" + id, Title: title, Text: history.Indented([]byte(text))}
}
