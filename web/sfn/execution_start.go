package sfn

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"

	"countersign/models"
	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/engine"
)

type startExecutionInput struct {
	StateMachineARN string  `json:"stateMachineArn"`
	Name            string  `json:"name"`
	Input           *string `json:"input"`
	TraceHeader     string  `json:"traceHeader"`
	IncludedData    string  `json:"includedData"` // of StartSyncExecution
}

type startExecutionOutput struct {
	ARN       workflow.ARN `json:"executionArn"`
	StartedAt Timestamp    `json:"startDate"`
}

// Placing is what starting an execution does besides: an execution of the order workflow is
// the placing of an order.
type Placing struct {
	Name    string // of the execution, where the caller has given none; empty: any
	Effects func(workflow.ExecutionID) []workflow.Effect
}

// startExecution is idempotent by name: while the execution of a name is open, starting it
// again with the same input gives the same answer.
func (s *Service) startExecution(c *Call, in startExecutionInput) (any, error) {
	r, err := s.startRequest(c, in)
	if err != nil {
		return nil, err
	}
	info, err := s.start(c, r)
	if err != nil {
		return nil, err
	}
	return startExecutionOutput{info.ARN(), Timestamp(info.StartedAt)}, nil
}

func (s *Service) start(c *Call, r engine.StartRequest) (workflow.ExecutionInfo, error) {
	unnamed := r.Name == ""
	for attempt := range 3 { // what was to be placed with it may be placed by others meanwhile
		placed, err := s.Place(c, c.Caller, r.Deployment.StateMachine, r.Input)
		if err != nil {
			return workflow.ExecutionInfo{}, err
		}
		r.Effects = placed.Effects
		if unnamed {
			r.Name = placed.Name
		}
		if r.Name == "" || unnamed && attempt > 0 { // the name may be an older execution's
			r.Name = workflow.NewUUID()
		}
		info, err := s.Engine.StartExecution(c, r)
		exists := errors.Is(err, workflow.ErrExists) || errors.Is(err, workflow.ErrConflict)
		switch {
		case errors.Is(err, workflow.ErrEffectRefused), exists && unnamed:
			continue
		case errors.Is(err, workflow.ErrExists) && !info.Status.Closed():
			return info, nil
		case exists:
			return info, Refuse("ExecutionAlreadyExists", "Execution Already Exists: '%s'", info.ARN())
		}
		return info, err
	}
	return workflow.ExecutionInfo{}, errors.New("no execution could be started in three attempts")
}

// startRequest checks what is to be started.
func (s *Service) startRequest(c *Call, in startExecutionInput) (r engine.StartRequest, err error) {
	a, err := parseMachine(in.StateMachineARN)
	if err != nil {
		return r, err
	}
	if err := validName(in.Name); err != nil {
		return r, err
	}
	if r.Input, err = executionInput(in.Input); err != nil {
		return r, err
	}
	if a.label != "" {
		return r, Refuse("ValidationException", "Executions of a Map Run cannot be started by a request: '%s'", in.StateMachineARN)
	}
	if a.name == "" {
		return r, doesNotExist(in.StateMachineARN)
	}
	if r.Deployment, err = s.Store.Resolve(c, workflow.ARN(in.StateMachineARN), rand.Float64()); err != nil {
		return r, ofMachine(err, in.StateMachineARN)
	}
	r.Name, r.TraceHeader = in.Name, in.TraceHeader
	if sent := c.Header.Get("X-Amzn-Trace-Id"); sent != "" { // the preferred one, says the service
		r.TraceHeader = sent
	}
	return r, nil
}

// executionInput is the input that an execution begins with, {} when none is given.
func executionInput(given *string) (json.RawMessage, error) {
	switch {
	case given == nil:
		return json.RawMessage(`{}`), nil
	case *given == "":
		return nil, invalidInput("Invalid execution input.")
	case len(*given) > workflow.MaxPayload:
		return nil, invalidInput("Input is longer than the limit of 262144 bytes.")
	}
	if wrong := asl.SyntaxError([]byte(*given)); wrong != "" {
		return nil, invalidInput(wrong)
	}
	return json.RawMessage(*given), nil
}

func invalidInput(why string) *Error {
	return Refuse("InvalidExecutionInput", "Invalid State Machine Execution Input: '%s'", why)
}

// longestExpress is how long an EXPRESS execution may last.
const longestExpress = 5 * time.Minute

type startSyncExecutionOutput struct {
	ARN             workflow.ARN             `json:"executionArn"`
	StateMachineARN workflow.ARN             `json:"stateMachineArn"`
	Name            string                   `json:"name"`
	StartedAt       Timestamp                `json:"startDate"`
	StoppedAt       Timestamp                `json:"stopDate"`
	Status          workflow.ExecutionStatus `json:"status"`
	payloads
	TraceHeader string         `json:"traceHeader,omitempty"`
	Billing     billingDetails `json:"billingDetails"`
}

type billingDetails struct {
	Memory   int64 `json:"billedMemoryUsedInMB"`
	Duration int64 `json:"billedDurationInMilliseconds"`
}

func (s *Service) startSyncExecution(c *Call, in startExecutionInput) (any, error) {
	r, err := s.startRequest(c, in)
	if err != nil {
		return nil, err
	}
	if r.Deployment.Type != workflow.Express {
		return nil, typeNotSupported()
	}
	if r.Name == "" {
		r.Name = workflow.NewUUID()
	}
	e, err := s.Engine.StartSync(c, r)
	if err != nil {
		return nil, err
	}
	return startSyncExecutionOutput{
		ARN: e.ARN(), StateMachineARN: workflow.StateMachineARN(e.StateMachine), Name: e.Name,
		StartedAt: Timestamp(e.StartedAt), StoppedAt: Timestamp(e.StoppedAt), Status: e.Status,
		payloads: payloadsOf(e, in.IncludedData), TraceHeader: e.TraceHeader,
		Billing: billingDetails{models.BilledMemory, models.BilledDuration(e.StoppedAt.Sub(e.StartedAt)).Milliseconds()},
	}, nil
}
