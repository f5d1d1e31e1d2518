package sfn

import (
	"strings"

	"countersign/workflow"
)

type describeForExecutionOutput struct {
	ARN        workflow.ARN `json:"stateMachineArn"`
	Name       string       `json:"name"`
	Definition string       `json:"definition"`
	RoleARN    string       `json:"roleArn"`
	UpdatedAt  Timestamp    `json:"updateDate"`
	MapRunARN  workflow.ARN `json:"mapRunArn,omitempty"`
	Label      string       `json:"label,omitempty"`
	RevisionID string       `json:"revisionId,omitempty"`
	Configuration
	References map[string][]string `json:"variableReferences,omitempty"`
}

// describeStateMachineForExecution describes the revision that an execution follows, whatever
// has become of the state machine since.
func (s *Service) describeStateMachineForExecution(c *Call, in executionInputARN) (any, error) {
	e, err := s.execution(c, in.ARN)
	if err != nil {
		return nil, err
	}
	name, label, _ := strings.Cut(e.StateMachine, "/")
	m, err := s.Store.Revision(c, name, e.Version)
	if err != nil {
		return nil, err
	}
	out := describeForExecutionOutput{
		ARN: workflow.StateMachineARN(e.StateMachine), Name: name, Definition: string(m.Definition), RoleARN: e.RoleARN,
		UpdatedAt: Timestamp(m.UpdatedAt), MapRunARN: e.MapRun, Label: label, RevisionID: m.RevisionID, Configuration: configurationOf(m),
	}
	if out.RoleARN == "" {
		out.RoleARN = m.RoleARN
	}
	if in.IncludedData == metadataOnly {
		out.Definition = "{}"
		return out, nil
	}
	out.References = references(m.Definition, m.Type)
	return out, nil
}
