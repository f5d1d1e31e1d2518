package sfn

import (
	"encoding/json"

	"countersign/workflow"
)

type describeStateMachineInput struct {
	ARN          string `json:"stateMachineArn"`
	IncludedData string `json:"includedData"`
}

type describeStateMachineOutput struct {
	ARN         string                      `json:"stateMachineArn"`
	Name        string                      `json:"name"`
	Status      workflow.StateMachineStatus `json:"status"`
	Definition  string                      `json:"definition"`
	RoleARN     string                      `json:"roleArn"`
	Type        workflow.StateMachineType   `json:"type"`
	CreatedAt   Timestamp                   `json:"creationDate"`
	Label       string                      `json:"label,omitempty"`
	RevisionID  string                      `json:"revisionId,omitempty"`
	Description string                      `json:"description,omitempty"`
	Configuration
	References map[string][]string `json:"variableReferences,omitempty"`
}

// Configuration is what is described back of a state machine beside its definition.
type Configuration struct {
	Logging    json.RawMessage `json:"loggingConfiguration"`
	Tracing    json.RawMessage `json:"tracingConfiguration"`
	Encryption json.RawMessage `json:"encryptionConfiguration"`
}

const metadataOnly = "METADATA_ONLY"

func (s *Service) describeStateMachine(c *Call, in describeStateMachineInput) (any, error) {
	arn, err := parseMachine(in.ARN)
	if err != nil {
		return nil, err
	}
	if arn.label != "" {
		return nil, labelled(in.ARN)
	}
	m, v, err := s.described(c, arn)
	if err != nil {
		return nil, ofMachine(err, in.ARN)
	}
	out := describeStateMachineOutput{ARN: in.ARN, Name: m.Name, Status: m.Status, Definition: string(m.Definition), RoleARN: m.RoleARN, Type: m.Type,
		CreatedAt: Timestamp(m.CreatedAt), RevisionID: m.RevisionID, Description: v.Description, Configuration: configurationOf(m)}
	if v.Number != 0 {
		out.CreatedAt = Timestamp(v.CreatedAt)
	}
	if in.IncludedData == metadataOnly {
		out.Definition = "{}"
		return out, nil
	}
	out.References = references(m.Definition, m.Type)
	return out, nil
}

// described reads what an ARN points at: of an alias it is the version that the first route leads to.
func (s *Service) described(c *Call, arn machineARN) (workflow.StateMachine, workflow.PublishedVersion, error) {
	number := arn.version
	if arn.alias != "" {
		alias, err := s.Store.Alias(c, arn.name, arn.alias)
		if err != nil {
			return workflow.StateMachine{}, workflow.PublishedVersion{}, err
		}
		number = alias.Routes[0].Number
	}
	if number == 0 {
		m, err := s.Store.StateMachine(c, arn.name)
		return m, workflow.PublishedVersion{}, err
	}
	v, m, err := s.Store.PublishedVersion(c, arn.name, number)
	return m, v, err
}

var (
	noLogging    = json.RawMessage(`{"level":"OFF","includeExecutionData":false}`)
	noTracing    = json.RawMessage(`{"enabled":false}`)
	noEncryption = json.RawMessage(`{"type":"AWS_OWNED_KEY"}`)
)

// configurationOf fills in what holds where nothing was given.
func configurationOf(m workflow.StateMachine) Configuration {
	return Configuration{orElse(m.Logging, noLogging), orElse(m.Tracing, noTracing), orElse(m.Encryption, noEncryption)}
}

func orElse(given, otherwise json.RawMessage) json.RawMessage {
	if given == nil {
		return otherwise
	}
	return given
}
