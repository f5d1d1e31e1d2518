package sfn

import (
	"context"
	"errors"
	"strings"
	"time"

	"countersign/models"
	"countersign/workflow"
	"countersign/workflow/engine"
)

// executionStore is what is read of executions.
type executionStore interface {
	Resolve(ctx context.Context, arn workflow.ARN, roll float64) (workflow.Deployment, error)
	Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error)
	Find(ctx context.Context, machine, name string) (workflow.ExecutionInfo, error)
	Revision(ctx context.Context, name string, version int64) (workflow.StateMachine, error)
	Executions(ctx context.Context, f models.ExecutionFilter, page models.Page) ([]workflow.ExecutionInfo, string, error)
	CountEvents(ctx context.Context, id workflow.ExecutionID) (int64, error)
	History(ctx context.Context, id workflow.ExecutionID, after int64, limit int) ([]workflow.HistoryEvent, error)
	HistoryBefore(ctx context.Context, id workflow.ExecutionID, before int64, limit int) ([]workflow.HistoryEvent, error)
	RedrivenWith(ctx context.Context, id workflow.ExecutionID, token string) (time.Time, error)
	RecordRedrive(id workflow.ExecutionID, token string) workflow.Effect
}

// executionEngine starts executions and takes them in hand.
type executionEngine interface {
	StartExecution(ctx context.Context, r engine.StartRequest) (workflow.ExecutionInfo, error)
	StartSync(ctx context.Context, r engine.StartRequest) (workflow.ExecutionInfo, error)
	StopExecution(ctx context.Context, id workflow.ExecutionID, name, cause string, effects ...workflow.Effect) error
	Redrive(ctx context.Context, id workflow.ExecutionID, effects ...workflow.Effect) error
}

var executionOperations = group{
	"StartExecution":                   write((*Service).startExecution),
	"StartSyncExecution":               write((*Service).startSyncExecution).within(longestExpress),
	"StopExecution":                    write((*Service).stopExecution),
	"RedriveExecution":                 write((*Service).redriveExecution),
	"DescribeExecution":                read((*Service).describeExecution),
	"DescribeStateMachineForExecution": read((*Service).describeStateMachineForExecution),
	"ListExecutions":                   read((*Service).listExecutions),
	"GetExecutionHistory":              read((*Service).getExecutionHistory),
}

// execution finds what an ARN names. Of EXPRESS executions the service answers nothing, whose
// ARNs have a type of their own.
func (s *Service) execution(ctx context.Context, arn string) (workflow.ExecutionInfo, error) {
	kind, rest, found, err := resource(arn)
	if err != nil {
		return workflow.ExecutionInfo{}, err
	}
	if kind != "execution" {
		return workflow.ExecutionInfo{}, invalidArn("Resource type not valid in this context: %s", kind)
	}
	machine, name, ok := strings.Cut(rest, ":")
	if !ok || machine == "" || name == "" || strings.Contains(name, ":") {
		return workflow.ExecutionInfo{}, invalidArn("Invalid ARN: %s", arn)
	}
	if !found {
		return workflow.ExecutionInfo{}, executionDoesNotExist(arn)
	}
	info, err := s.Store.Find(ctx, machine, name)
	if errors.Is(err, workflow.ErrNotFound) {
		return info, executionDoesNotExist(arn)
	}
	return info, err
}

func executionDoesNotExist(arn string) *Error {
	return Refuse("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
}

func typeNotSupported() *Error {
	return Refuse("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
}

// includedDetails say whether a payload is in the answer.
type includedDetails struct {
	Included bool `json:"included"`
}

// payloads are the input of an execution and what became of it, as several answers have them.
type payloads struct {
	Error         string           `json:"error,omitempty"`
	Cause         string           `json:"cause,omitempty"`
	Input         *string          `json:"input,omitempty"`
	InputDetails  *includedDetails `json:"inputDetails,omitempty"`
	Output        *string          `json:"output,omitempty"`
	OutputDetails *includedDetails `json:"outputDetails,omitempty"`
}

func payloadsOf(e workflow.ExecutionInfo, included string) payloads {
	all := included != metadataOnly
	p := payloads{InputDetails: &includedDetails{all}}
	if e.Status == workflow.Succeeded {
		p.OutputDetails = &includedDetails{all}
	}
	if !all {
		return p
	}
	p.Error, p.Cause = e.Error, e.Cause
	p.Input = verbatim(e.Input)
	if e.Status == workflow.Succeeded {
		p.Output = verbatim(e.Output)
	}
	return p
}

func verbatim(payload []byte) *string {
	t := string(payload)
	return &t
}

// startedBy are the version and the alias that an execution was started by.
type startedBy struct {
	VersionARN workflow.ARN `json:"stateMachineVersionArn,omitempty"`
	AliasARN   workflow.ARN `json:"stateMachineAliasArn,omitempty"`
}

func startedByOf(e workflow.ExecutionInfo) (by startedBy) {
	if e.Published != 0 {
		by.VersionARN = workflow.VersionARN(e.StateMachine, e.Published)
	}
	if e.Alias != "" {
		by.AliasARN = workflow.AliasARN(e.StateMachine, e.Alias)
	}
	return by
}
