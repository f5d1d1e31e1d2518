package sfn

import (
	"errors"

	"countersign/workflow"
)

type listAliasesInput struct {
	ARN        string `json:"stateMachineArn"`
	MaxResults int    `json:"maxResults"`
	NextToken  string `json:"nextToken"`
}

type listAliasesOutput struct {
	Aliases   []aliasItem `json:"stateMachineAliases"`
	NextToken string      `json:"nextToken,omitempty"`
}

type aliasItem struct {
	ARN       workflow.ARN `json:"stateMachineAliasArn"`
	CreatedAt Timestamp    `json:"creationDate"`
}

// listAliases lists the aliases of a state machine, or those that lead to one version of it.
func (s *Service) listAliases(c *Call, in listAliasesInput) (any, error) {
	arn, err := parseMachine(in.ARN)
	switch {
	case err != nil:
		return nil, err
	case arn.label != "":
		return nil, labelled(in.ARN)
	case arn.alias != "":
		return nil, invalidArn("Resource type not valid in this context: %s", in.ARN)
	}
	after, err := s.after(c, in.NextToken, in.ARN)
	if err != nil {
		return nil, err
	}
	if err := s.aliased(c, arn); err != nil {
		return nil, err
	}
	limit := limitOf(in.MaxResults)
	rows, err := s.Store.Aliases(c, arn.name, arn.version, after, limit+1)
	if err != nil {
		return nil, err
	}
	out := listAliasesOutput{Aliases: []aliasItem{}}
	rows, out.NextToken, err = cut(s, c, rows, limit, func(a workflow.Alias) string { return a.Name }, in.ARN)
	for _, a := range rows {
		out.Aliases = append(out.Aliases, aliasItem{workflow.AliasARN(a.StateMachine, a.Name), Timestamp(a.CreatedAt)})
	}
	return out, err
}

// aliased says what is wrong with asking for the aliases of arn.
func (s *Service) aliased(c *Call, arn machineARN) error {
	if arn.version == 0 {
		_, err := s.Store.StateMachine(c, arn.name)
		return ofMachine(err, arn.text)
	}
	_, _, err := s.Store.PublishedVersion(c, arn.name, arn.version)
	if errors.Is(err, workflow.ErrNotFound) {
		return resourceNotFound(arn.text)
	}
	return err
}
