package asl

import (
	"encoding/json"
	"fmt"
	"strings"
)

func refuse(format string, args ...any) error {
	return &TestError{Message: fmt.Sprintf(format, args...)}
}

// check refuses what cannot be tested as the request says.
func (t *Test) check() error {
	for _, check := range []func() error{t.checkMock, t.checkResult, t.checkTask, t.checkData, t.checkConfiguration} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// container says whether the state has states of its own.
func (s *state) container() bool { return s.kind.name == "Parallel" || s.kind.name == "Map" }

func (t *Test) checkMock() error {
	mock := t.request.Mock
	if mock == nil {
		if t.s.container() {
			return &TestError{Definition: true, Message: "TestState API does not support Map or Parallel states. " +
				"Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"}
		}
		if t.request.Context != nil {
			return refuse("TestState does not support Context when a mock is not specified.")
		}
		return nil
	}
	if t.s.kind.name != "Task" && !t.s.container() {
		return refuse("State type '%s' is not supported when a mock is specified", t.s.kind.name)
	}
	if t.request.Reveal {
		return refuse("TestState does not support RevealSecrets when a mock is specified.")
	}
	if (mock.Result == nil) == (mock.Failure == nil) {
		return refuse("A test mock should have only one of the following fields: [result, errorOutput].")
	}
	if mock.Failure != nil && mock.Failure.Error == nil {
		return refuse("A mocked errorOutput should have the field: [error].")
	}
	return nil
}

// checkResult checks the mocked result: it must be something that the work could come to.
func (t *Test) checkResult() error {
	if t.request.Mock == nil || t.request.Mock.Result == nil {
		return nil
	}
	result := trim(json.RawMessage(*t.request.Mock.Result))
	if checkPayload(result) != nil {
		return refuse("Mocked result must be valid JSON")
	}
	t.result = result
	switch b := t.s.body.(type) {
	case *taskBody:
		return t.checkAnswer(b)
	case *mapRunBody:
		if b.writer != nil && rawKind(result) != '{' {
			return refuse("Mocked result must be a JSON object.")
		} else if b.writer != nil {
			return nil
		}
	}
	return t.checkContainer()
}

// checkContainer: the states within a Parallel come to one result a branch.
func (t *Test) checkContainer() error {
	if rawKind(t.result) != '[' {
		return refuse("Mocked result must be an array.")
	}
	if t.s.kind.name == "Parallel" {
		n := 0
		elements(t.result, func(int, int) bool { n++; return true })
		if n != len(t.s.scopes) {
			return refuse("Mocked result must have one element for each branch of the state: %d, not %d.", len(t.s.scopes), n)
		}
	}
	return nil
}

// unchecked are integrations whose results are whatever somebody else's service answers.
var unchecked = []string{"http:", "apigateway:", "eks:call", "eks:runJob"}

// checkAnswer holds a mocked result against what the integration's API answers with.
func (t *Test) checkAnswer(b *taskBody) error {
	name, integration := strings.CutPrefix(b.resource, integrationPrefix)
	mode := t.request.Mock.Validation
	if !integration || mode == "NONE" || t.request.CheckResult == nil {
		return nil
	}
	if b.pattern == WaitForTaskToken {
		return nil // whatever its token is sent with
	}
	for _, prefix := range unchecked {
		if strings.HasPrefix(name, prefix) {
			return nil
		}
	}
	service, action := answering(name)
	problem, err := t.request.CheckResult(service, action, t.result, mode != "PRESENT")
	if problem != "" {
		return refuse("Mock result schema validation error: %s", problem)
	}
	return err
}

// checkTask: without a mock, a task's work is done.
func (t *Test) checkTask() error {
	b, task := t.s.body.(*taskBody)
	if !task || t.request.Mock != nil {
		return nil
	}
	if b.waits() {
		return refuse("TestState does not support the %s service integration pattern when a mock is not specified.", b.pattern)
	}
	if b.activity != "" {
		return refuse("TestState does not support Activity tasks when a mock is not specified.")
	}
	if t.request.RoleARN == "" {
		return refuse("RoleArn must be specified when testing a Task state")
	}
	return nil
}

// checkData checks the JSON texts of the request.
func (t *Test) checkData() error {
	r := &t.request
	for _, object := range []struct {
		what string
		text *json.RawMessage
	}{{"Variables", &r.Variables}, {"Context", &r.Context}} {
		if *object.text == nil {
			continue
		}
		*object.text = trim(*object.text)
		if err := checkPayload(*object.text); err != nil || rawKind(*object.text) != '{' {
			return refuse("%s must be a valid JSON object", object.what)
		}
	}
	if r.Input = trim(r.Input); len(r.Input) == 0 {
		r.Input = rawEmpty
	}
	if err := checkPayload(r.Input); err != nil {
		return fmt.Errorf("%w: %v", ErrInvalidInput, err)
	}
	return nil
}

// checkConfiguration checks what the request supposes of an execution.
func (t *Test) checkConfiguration() error {
	r := &t.request
	switch {
	case r.Retries != nil && *r.Retries < 0 || r.MapFailures != nil && *r.MapFailures < 0:
		return refuse("The counts of a state configuration must not be negative.")
	case r.Mock == nil && (r.Retries != nil || r.MapFailures != nil || r.CausedBy != "" || r.ItemData != nil):
		return refuse("TestState does not support StateConfiguration when a mock is not specified.")
	case r.ItemData != nil && t.s.kind.name != "Map":
		return refuse("State type '%s' reads no items: mapItemReaderData is for Map states.", t.s.kind.name)
	case r.MapFailures != nil && t.s.kind.name != "Map" && !t.iterated():
		return refuse("State type '%s' has no iterations: mapIterationFailureCount is for Map states and the states within.", t.s.kind.name)
	case r.CausedBy != "" && !t.s.container():
		return refuse("State type '%s' has no states within: errorCausedByState is for Map and Parallel states.", t.s.kind.name)
	case r.CausedBy != "" && !t.within(r.CausedBy):
		return refuse("State '%s' not found in the states of '%s'", r.CausedBy, t.s.name)
	}
	return nil
}

// within says whether the tested state has a state of that name in it, however deep.
func (t *Test) within(name string) bool {
	s := t.m.byName[name]
	for s != nil && s.within != t.s {
		s = s.within
	}
	return s != nil
}
