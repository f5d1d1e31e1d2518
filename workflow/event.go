package workflow

import (
	"encoding/json"
	"strings"
	"time"
)

// EventType is the type of a history event, spelt as in GetExecutionHistory.
type EventType string

// History event types of the Step Functions API that the engine writes.
const (
	EventExecutionStarted   EventType = "ExecutionStarted"
	EventExecutionSucceeded EventType = "ExecutionSucceeded"
	EventExecutionFailed    EventType = "ExecutionFailed"
	EventExecutionAborted   EventType = "ExecutionAborted"
	EventExecutionTimedOut  EventType = "ExecutionTimedOut"
	EventExecutionRedriven  EventType = "ExecutionRedriven"

	EventPassStateEntered    EventType = "PassStateEntered"
	EventPassStateExited     EventType = "PassStateExited"
	EventTaskStateEntered    EventType = "TaskStateEntered"
	EventTaskStateExited     EventType = "TaskStateExited"
	EventTaskStateAborted    EventType = "TaskStateAborted"
	EventChoiceStateEntered  EventType = "ChoiceStateEntered"
	EventChoiceStateExited   EventType = "ChoiceStateExited"
	EventWaitStateEntered    EventType = "WaitStateEntered"
	EventWaitStateExited     EventType = "WaitStateExited"
	EventWaitStateAborted    EventType = "WaitStateAborted"
	EventSucceedStateEntered EventType = "SucceedStateEntered"
	EventSucceedStateExited  EventType = "SucceedStateExited"
	EventFailStateEntered    EventType = "FailStateEntered"

	EventParallelStateEntered   EventType = "ParallelStateEntered"
	EventParallelStateStarted   EventType = "ParallelStateStarted"
	EventParallelStateSucceeded EventType = "ParallelStateSucceeded"
	EventParallelStateFailed    EventType = "ParallelStateFailed"
	EventParallelStateAborted   EventType = "ParallelStateAborted"
	EventParallelStateExited    EventType = "ParallelStateExited"

	EventMapStateEntered       EventType = "MapStateEntered"
	EventMapStateStarted       EventType = "MapStateStarted"
	EventMapStateSucceeded     EventType = "MapStateSucceeded"
	EventMapStateFailed        EventType = "MapStateFailed"
	EventMapStateAborted       EventType = "MapStateAborted"
	EventMapStateExited        EventType = "MapStateExited"
	EventMapIterationStarted   EventType = "MapIterationStarted"
	EventMapIterationSucceeded EventType = "MapIterationSucceeded"
	EventMapIterationFailed    EventType = "MapIterationFailed"
	EventMapIterationAborted   EventType = "MapIterationAborted"

	EventMapRunStarted   EventType = "MapRunStarted"
	EventMapRunSucceeded EventType = "MapRunSucceeded"
	EventMapRunFailed    EventType = "MapRunFailed"
	EventMapRunAborted   EventType = "MapRunAborted"
	EventMapRunRedriven  EventType = "MapRunRedriven"

	EventEvaluationFailed EventType = "EvaluationFailed"

	EventActivityScheduled      EventType = "ActivityScheduled"
	EventActivityScheduleFailed EventType = "ActivityScheduleFailed"
	EventActivityStarted        EventType = "ActivityStarted"
	EventActivitySucceeded      EventType = "ActivitySucceeded"
	EventActivityFailed         EventType = "ActivityFailed"
	EventActivityTimedOut       EventType = "ActivityTimedOut"

	EventLambdaFunctionScheduled EventType = "LambdaFunctionScheduled"
	EventLambdaFunctionStarted   EventType = "LambdaFunctionStarted"
	EventLambdaFunctionSucceeded EventType = "LambdaFunctionSucceeded"
	EventLambdaFunctionFailed    EventType = "LambdaFunctionFailed"
	EventLambdaFunctionTimedOut  EventType = "LambdaFunctionTimedOut"

	EventLambdaFunctionScheduleFailed EventType = "LambdaFunctionScheduleFailed"
	EventLambdaFunctionStartFailed    EventType = "LambdaFunctionStartFailed"

	EventTaskScheduled EventType = "TaskScheduled"
	EventTaskStarted   EventType = "TaskStarted"
	EventTaskSubmitted EventType = "TaskSubmitted"
	EventTaskSucceeded EventType = "TaskSucceeded"
	EventTaskFailed    EventType = "TaskFailed"
	EventTaskTimedOut  EventType = "TaskTimedOut"

	EventTaskStartFailed  EventType = "TaskStartFailed"
	EventTaskSubmitFailed EventType = "TaskSubmitFailed"
)

// StateEntered says whether the event is the entry into a state: one transition.
func (t EventType) StateEntered() bool { return strings.HasSuffix(string(t), "StateEntered") }

// HistoryEvent is one line of an execution's history. IDs start at 1 and have no gaps.
type HistoryEvent struct {
	ID         int64
	PreviousID int64 // the event that led to this one; 0 for the first
	Type       EventType
	At         time.Time // to the millisecond
	Details    Details
}

// Details holds the detail fields of every event type in one flat struct; which
// are set depends on the type, under the names of the API's …EventDetails members.
// Payloads are JSON texts exactly as they were.
type Details struct {
	Name                string          `json:"name,omitempty"` // of the state
	Input               json.RawMessage `json:"input,omitempty"`
	Output              json.RawMessage `json:"output,omitempty"`
	Error               string          `json:"error,omitempty"`
	Cause               string          `json:"cause,omitempty"`
	Resource            string          `json:"resource,omitempty"`
	ResourceType        string          `json:"resourceType,omitempty"`
	Region              string          `json:"region,omitempty"`
	Parameters          json.RawMessage `json:"parameters,omitempty"`
	TimeoutInSeconds    *int64          `json:"timeoutInSeconds,omitempty"`
	HeartbeatInSeconds  *int64          `json:"heartbeatInSeconds,omitempty"`
	RoleARN             string          `json:"roleArn,omitempty"`
	CredentialsRole     string          `json:"taskCredentials,omitempty"` // the API's taskCredentials.roleArn
	RedriveCount        *int            `json:"redriveCount,omitempty"`
	Index               *int            `json:"index,omitempty"`  // of a Map iteration
	Length              *int            `json:"length,omitempty"` // of a Map's array
	WorkerName          string          `json:"workerName,omitempty"`
	MapRunARN           ARN             `json:"mapRunArn,omitempty"`
	Assigned            json.RawMessage `json:"assignedVariables,omitempty"` // an object: name → JSON text
	EvaluationLocation  string          `json:"location,omitempty"`
	State               string          `json:"state,omitempty"` // whose evaluation failed
	StateMachineAlias   ARN             `json:"stateMachineAliasArn,omitempty"`
	StateMachineVersion ARN             `json:"stateMachineVersionArn,omitempty"`
}

// Predefined error names of the Amazon States Language (states-language.net, Appendix A).
const (
	ErrorAll                    = "States.ALL"
	ErrorHeartbeatTimeout       = "States.HeartbeatTimeout"
	ErrorTimeout                = "States.Timeout"
	ErrorTaskFailed             = "States.TaskFailed"
	ErrorPermissions            = "States.Permissions"
	ErrorResultPathMatchFailure = "States.ResultPathMatchFailure"
	ErrorParameterPathFailure   = "States.ParameterPathFailure"
	ErrorNoChoiceMatched        = "States.NoChoiceMatched"
	ErrorIntrinsicFailure       = "States.IntrinsicFailure"
	ErrorRuntime                = "States.Runtime"
	ErrorDataLimitExceeded      = "States.DataLimitExceeded"
	ErrorBranchFailed           = "States.BranchFailed"
	ErrorQueryEvaluation        = "States.QueryEvaluationError"
	ErrorThresholdExceeded      = "States.ExceedToleratedFailureThreshold"
	ErrorItemReaderFailed       = "States.ItemReaderFailed"
	ErrorResultWriterFailed     = "States.ResultWriterFailed"
	ErrorHTTPSocket             = "States.Http.Socket"
)

// Limits of the service.
const (
	MaxPayload       = 256 * 1024 // bytes of one state's input or output, as UTF-8
	MaxHistoryEvents = 25_000
	MaxDefinition    = 1 << 20 // bytes
	MaxName          = 80      // characters of a name
)
