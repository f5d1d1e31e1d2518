package sfn

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/awsshape"
)

// tester is what testing a state asks of the engine.
type tester interface {
	Try(ctx context.Context, info workflow.ExecutionInfo, c asl.Invoke) (asl.Event, error)
}

// testPatience is how long a tested task may take.
const testPatience = 5 * time.Minute

var testOperations = group{
	"TestState": write((*Service).testState).within(testPatience),
}

type testStateInput struct {
	Definition string  `json:"definition"`
	StateName  string  `json:"stateName"`
	RoleARN    string  `json:"roleArn"`
	Input      *string `json:"input"`
	Level      string  `json:"inspectionLevel"`
	Reveal     bool    `json:"revealSecrets"`
	Variables  *string `json:"variables"`
	Context    *string `json:"context"`
	Mock       *struct {
		Result      *string `json:"result"`
		ErrorOutput *struct {
			Error *string `json:"error"`
			Cause *string `json:"cause"`
		} `json:"errorOutput"`
		Validation string `json:"fieldValidationMode"`
	} `json:"mock"`
	Configuration struct {
		Retries     *int    `json:"retrierRetryCount"`
		CausedBy    string  `json:"errorCausedByState"`
		MapFailures *int    `json:"mapIterationFailureCount"`
		ItemData    *string `json:"mapItemReaderData"`
	} `json:"stateConfiguration"`
}

type testStateOutput struct {
	Output     *string         `json:"output,omitempty"`
	Error      string          `json:"error,omitempty"`
	Cause      string          `json:"cause,omitempty"`
	Inspection *inspectionData `json:"inspectionData,omitempty"`
	NextState  string          `json:"nextState,omitempty"`
	Status     asl.TestStatus  `json:"status"`
}

func (s *Service) testState(c *Call, in testStateInput) (any, error) {
	if in.RoleARN != "" {
		if err := roleARN(in.RoleARN); err != nil {
			return nil, err
		}
	}
	request, err := in.request()
	if err != nil {
		return nil, err
	}
	test, err := asl.NewTest(request)
	if err != nil {
		return nil, testRefused(err)
	}
	result, err := test.Run(s.Now(), newSeed())
	if err != nil {
		return nil, testRefused(err)
	}
	var exchange *workflow.Inspection
	if result.Invoke != nil {
		exchange = &workflow.Inspection{}
		if result, err = s.tryTask(c, request, test, *result.Invoke, exchange); err != nil {
			return nil, err
		}
	}
	out := testStateOutput{
		Output: textOf(result.Output), Error: result.Error, Cause: result.Cause, NextState: result.NextState, Status: result.Status,
	}
	if in.Level == "DEBUG" || in.Level == "TRACE" {
		out.Inspection = inspected(result)
	}
	if in.Level == "TRACE" && exchange != nil {
		out.Inspection.exchanged(exchange, in.Reveal)
	}
	return out, nil
}

// request is what is asked of the core. Execution and state machine have made-up names.
func (in testStateInput) request() (asl.TestRequest, error) {
	input, err := executionInput(in.Input)
	if err != nil {
		return asl.TestRequest{}, err
	}
	r := asl.TestRequest{
		Definition: []byte(in.Definition), StateName: in.StateName, RoleARN: in.RoleARN,
		Input: input, Variables: raw(in.Variables), Context: raw(in.Context), Reveal: in.Reveal,
		Execution: workflow.NewUUID(), StateMachine: workflow.NewUUID(),
		Retries: in.Configuration.Retries, CausedBy: in.Configuration.CausedBy,
		MapFailures: in.Configuration.MapFailures, ItemData: in.Configuration.ItemData,
		CheckResult: awsshape.Check, Items: testItems{},
	}
	if in.Mock == nil {
		return r, nil
	}
	r.Mock = &asl.TestMock{Result: in.Mock.Result, Validation: in.Mock.Validation}
	if failure := in.Mock.ErrorOutput; failure != nil {
		r.Mock.Failure = &asl.MockFailure{Error: failure.Error, Cause: failure.Cause}
	}
	return r, nil
}

// tryTask does what a tested task has done elsewhere, within the task's own time and ours.
// What it says to others over HTTP is written into exchange.
func (s *Service) tryTask(c *Call, request asl.TestRequest, test *asl.Test, invoke asl.Invoke, exchange *workflow.Inspection) (asl.TestResult, error) {
	limit := testPatience
	if !invoke.Deadline.IsZero() {
		limit = min(limit, invoke.Deadline.Sub(invoke.ScheduledAt))
	}
	ctx, cancel := context.WithTimeout(workflow.WithInspection(c, exchange), limit)
	defer cancel()
	info := workflow.ExecutionInfo{
		Name: request.Execution, StateMachine: request.StateMachine, Type: workflow.Express, RoleARN: request.RoleARN,
		Status: workflow.Running, Input: request.Input, StartedAt: invoke.ScheduledAt,
	}
	event, err := s.Engine.Try(ctx, info, invoke)
	switch {
	case c.Err() != nil:
		return asl.TestResult{}, c.Err() // nobody waits for the answer any more
	case ctx.Err() != nil:
		return test.TimeOut(s.Now(), newSeed()), nil
	case err != nil:
		return asl.TestResult{}, err
	}
	result, err := test.Answer(event, s.Now(), newSeed())
	if errors.Is(err, workflow.ErrTaskGone) {
		return test.TimeOut(s.Now(), newSeed()), nil
	}
	return result, err
}

func testRefused(err error) error {
	var refused *asl.TestError
	var found asl.Diagnostics
	switch {
	case errors.As(err, &refused) && refused.Definition:
		return Refuse("InvalidDefinition", "%s", refused.Message)
	case errors.As(err, &refused):
		return Refuse("ValidationException", "%s", refused.Message)
	case errors.As(err, &found):
		return invalidDefinition(found)
	case errors.Is(err, asl.ErrInvalidInput):
		return invalidInput(err.Error())
	}
	return err
}

func raw(text *string) json.RawMessage {
	if text == nil {
		return nil
	}
	return json.RawMessage(*text)
}

func textOf(raw json.RawMessage) *string {
	if raw == nil {
		return nil
	}
	text := string(raw)
	return &text
}
