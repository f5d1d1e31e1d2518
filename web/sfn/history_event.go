package sfn

import (
	"encoding/json"
	"strings"

	"countersign/workflow"
)

// historyEvent is an event as the API shows it.
type historyEvent struct {
	*workflow.HistoryEvent
	data bool // inputs and outputs are shown
}

// MarshalJSON writes the event with the one member …EventDetails that its type has, if any.
func (e historyEvent) MarshalJSON() ([]byte, error) {
	members := struct {
		At         Timestamp          `json:"timestamp"`
		Type       workflow.EventType `json:"type"`
		ID         int64              `json:"id"`
		PreviousID int64              `json:"previousEventId"`
	}{Timestamp(e.At), e.Type, e.ID, e.PreviousID}
	text, err := encode(members)
	name, shows := eventMember(e.Type)
	if err != nil || name == "" {
		return text, err
	}
	details, err := encode(e.details(shows))
	if err != nil {
		return nil, err
	}
	text = append(text[:len(text)-1], `,"`...)
	text = append(append(text, name...), `":`...)
	return append(append(text, details...), '}'), nil
}

// shown are the groups of members that the details of an event have besides those that are
// shown wherever they are set.
type shown uint8

const (
	showsInput shown = 1 << iota
	showsOutput
)

// eventMember is the name of the member with the details of a type of event; empty when the
// type has none.
func eventMember(t workflow.EventType) (name string, shows shown) {
	switch {
	case t.StateEntered():
		return "stateEnteredEventDetails", showsInput
	case strings.HasSuffix(string(t), "StateExited"):
		return "stateExitedEventDetails", showsOutput
	}
	switch t {
	case workflow.EventMapStateSucceeded, workflow.EventMapStateFailed, workflow.EventMapStateAborted,
		workflow.EventParallelStateStarted, workflow.EventParallelStateSucceeded, workflow.EventParallelStateFailed, workflow.EventParallelStateAborted,
		workflow.EventTaskStateAborted, workflow.EventWaitStateAborted,
		workflow.EventLambdaFunctionStarted, workflow.EventMapRunSucceeded, workflow.EventMapRunAborted:
		return "", 0
	case workflow.EventExecutionStarted, workflow.EventActivityScheduled, workflow.EventLambdaFunctionScheduled:
		shows = showsInput
	case workflow.EventExecutionSucceeded, workflow.EventActivitySucceeded, workflow.EventLambdaFunctionSucceeded,
		workflow.EventTaskSucceeded, workflow.EventTaskSubmitted:
		shows = showsOutput
	}
	return strings.ToLower(string(t[:1])) + string(t[1:]) + "EventDetails", shows
}

type taskCredentials struct {
	RoleARN string `json:"roleArn"`
}

type truncatedDetails struct {
	Truncated bool `json:"truncated"`
}

// eventDetails are the members of all types' details; each type has some of them.
type eventDetails struct {
	Name                string            `json:"name,omitempty"`
	Index               *int              `json:"index,omitempty"`
	Length              *int              `json:"length,omitempty"`
	Resource            string            `json:"resource,omitempty"`
	ResourceType        string            `json:"resourceType,omitempty"`
	Region              string            `json:"region,omitempty"`
	Parameters          *string           `json:"parameters,omitempty"`
	TimeoutInSeconds    *int64            `json:"timeoutInSeconds,omitempty"`
	HeartbeatInSeconds  *int64            `json:"heartbeatInSeconds,omitempty"`
	TaskCredentials     *taskCredentials  `json:"taskCredentials,omitempty"`
	Input               *string           `json:"input,omitempty"`
	InputDetails        *truncatedDetails `json:"inputDetails,omitempty"`
	Output              *string           `json:"output,omitempty"`
	OutputDetails       *truncatedDetails `json:"outputDetails,omitempty"`
	Error               string            `json:"error,omitempty"`
	Cause               string            `json:"cause,omitempty"`
	WorkerName          string            `json:"workerName,omitempty"`
	RoleARN             string            `json:"roleArn,omitempty"`
	StateMachineAlias   workflow.ARN      `json:"stateMachineAliasArn,omitempty"`
	StateMachineVersion workflow.ARN      `json:"stateMachineVersionArn,omitempty"`
	MapRunARN           workflow.ARN      `json:"mapRunArn,omitempty"`
	RedriveCount        *int              `json:"redriveCount,omitempty"`
	Assigned            json.RawMessage   `json:"assignedVariables,omitempty"`
	AssignedDetails     *truncatedDetails `json:"assignedVariablesDetails,omitempty"`
	Location            string            `json:"location,omitempty"`
	State               string            `json:"state,omitempty"`
}

func (e historyEvent) details(shows shown) eventDetails {
	d := &e.Details
	out := eventDetails{
		Name: d.Name, Index: d.Index, Length: d.Length, Resource: d.Resource, ResourceType: d.ResourceType, Region: d.Region,
		TimeoutInSeconds: d.TimeoutInSeconds, HeartbeatInSeconds: d.HeartbeatInSeconds, Error: d.Error, Cause: d.Cause,
		WorkerName: d.WorkerName, RoleARN: d.RoleARN, StateMachineAlias: d.StateMachineAlias, StateMachineVersion: d.StateMachineVersion,
		MapRunARN: d.MapRunARN, RedriveCount: d.RedriveCount, Location: d.EvaluationLocation, State: d.State,
	}
	if d.CredentialsRole != "" {
		out.TaskCredentials = &taskCredentials{d.CredentialsRole}
	}
	if d.Parameters != nil {
		out.Parameters = verbatim(d.Parameters)
	}
	if !e.data {
		return out
	}
	if shows&showsInput != 0 && d.Input != nil {
		out.Input, out.InputDetails = verbatim(d.Input), &truncatedDetails{}
	}
	if shows&showsOutput != 0 && d.Output != nil {
		out.Output, out.OutputDetails = verbatim(d.Output), &truncatedDetails{}
	}
	if d.Assigned != nil {
		out.Assigned, out.AssignedDetails = d.Assigned, &truncatedDetails{}
	}
	return out
}
