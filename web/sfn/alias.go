package sfn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/models"
	"countersign/workflow"
)

// aliasStore keeps the aliases of state machines.
type aliasStore interface {
	CreateAlias(ctx context.Context, a workflow.Alias) (workflow.Alias, error)
	UpdateAlias(ctx context.Context, machine, name string, description *string, routes []workflow.Route) (workflow.Alias, error)
	DeleteAlias(ctx context.Context, machine, name string) error
	Alias(ctx context.Context, machine, name string) (workflow.Alias, error)
	Aliases(ctx context.Context, machine string, number int64, after string, limit int) ([]workflow.Alias, error)
}

var aliasOperations = group{
	"CreateStateMachineAlias":   write((*Service).createAlias),
	"UpdateStateMachineAlias":   write((*Service).updateAlias),
	"DeleteStateMachineAlias":   write((*Service).deleteAlias),
	"DescribeStateMachineAlias": read((*Service).describeAlias),
	"ListStateMachineAliases":   read((*Service).listAliases),
}

type routeDocument struct {
	VersionARN string `json:"stateMachineVersionArn"`
	Weight     int    `json:"weight"`
}

func invalidRouting(format string, args ...any) *Error {
	return invalidBecause("INVALID_ROUTING_CONFIGURATION", format, args...)
}

// routes reads a routing configuration: one or two versions of one state machine, whose weights
// make a hundred.
func routes(configuration []routeDocument) (machine string, list []workflow.Route, err error) {
	var arns, weights []string
	total := 0
	for _, r := range configuration {
		arns = append(arns, r.VersionARN)
		weights = append(weights, fmt.Sprint(r.Weight))
		total += r.Weight
	}
	received := "[" + strings.Join(arns, ", ") + "]"
	for _, r := range configuration {
		arn, err := parseMachine(r.VersionARN)
		switch {
		case err != nil:
			return "", nil, err
		case arn.version == 0:
			return "", nil, invalidRouting("Routing configuration must contain state machine version ARNs. Received: %s", received)
		case machine != "" && machine != arn.name:
			return "", nil, invalidRouting("Routing configuration must contain versions of the same state machine. Received: %s", received)
		}
		machine = arn.name
		list = append(list, workflow.Route{Number: arn.version, Weight: r.Weight})
	}
	if len(list) == 2 && list[0].Number == list[1].Number {
		return "", nil, invalidRouting("Routing configuration must contain distinct state machine version ARNs. Received: %s", received)
	}
	if total != 100 {
		return "", nil, invalidRouting("Sum of routing configuration weights must equal 100. Received: [%s]", strings.Join(weights, ", "))
	}
	return machine, list, nil
}

func documentsOf(machine string, routes []workflow.Route) []routeDocument {
	documents := make([]routeDocument, len(routes))
	for i, r := range routes {
		documents[i] = routeDocument{string(workflow.VersionARN(machine, r.Number)), r.Weight}
	}
	return documents
}

// ofAlias words the store's errors about an alias, or about where it should lead.
func ofAlias(err error, machine, arn string) error {
	var missing *models.MissingVersionError
	switch {
	case errors.As(err, &missing):
		return resourceNotFound(string(workflow.VersionARN(machine, missing.Number)))
	case errors.Is(err, workflow.ErrNotFound):
		return resourceNotFound(arn)
	}
	return ofMachine(err, arn)
}

type createAliasInput struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Routing     []routeDocument `json:"routingConfiguration"`
}

type createAliasOutput struct {
	ARN       workflow.ARN `json:"stateMachineAliasArn"`
	CreatedAt Timestamp    `json:"creationDate"`
}

func (s *Service) createAlias(c *Call, in createAliasInput) (any, error) {
	machine, list, err := routes(in.Routing)
	if err != nil {
		return nil, err
	}
	made, err := s.Store.CreateAlias(c, workflow.Alias{StateMachine: machine, Name: in.Name, Description: in.Description, Routes: list})
	if errors.Is(err, workflow.ErrConflict) {
		return nil, Refuse("ConflictException", "Failed to create alias because an alias with the same name and a different routing configuration already exists.")
	}
	if err != nil {
		return nil, ofAlias(err, machine, in.Routing[0].VersionARN)
	}
	return createAliasOutput{workflow.AliasARN(machine, made.Name), Timestamp(made.CreatedAt)}, nil
}

type updateAliasInput struct {
	ARN         string          `json:"stateMachineAliasArn"`
	Description *string         `json:"description"`
	Routing     []routeDocument `json:"routingConfiguration"`
}

type updateAliasOutput struct {
	UpdatedAt Timestamp `json:"updateDate"`
}

func (s *Service) updateAlias(c *Call, in updateAliasInput) (any, error) {
	arn, err := parseAlias(in.ARN)
	if err != nil {
		return nil, err
	}
	if in.Description == nil && in.Routing == nil {
		return nil, invalidBecause("MISSING_REQUIRED_PARAMETER", "Either the description or the routing configuration must be specified")
	}
	var list []workflow.Route
	if in.Routing != nil {
		machine, given, err := routes(in.Routing)
		if err != nil {
			return nil, err
		}
		if machine != arn.name {
			return nil, invalidRouting("Routing configuration must contain versions of the state machine that the alias belongs to.")
		}
		list = given
	}
	now, err := s.Store.UpdateAlias(c, arn.name, arn.alias, in.Description, list)
	if err != nil {
		return nil, ofAlias(err, arn.name, in.ARN)
	}
	return updateAliasOutput{Timestamp(now.UpdatedAt)}, nil
}

type aliasInput struct {
	ARN string `json:"stateMachineAliasArn"`
}

func (s *Service) deleteAlias(c *Call, in aliasInput) (any, error) {
	arn, err := parseAlias(in.ARN)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.DeleteAlias(c, arn.name, arn.alias)
}

type describeAliasOutput struct {
	ARN         workflow.ARN    `json:"stateMachineAliasArn"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Routing     []routeDocument `json:"routingConfiguration"`
	CreatedAt   Timestamp       `json:"creationDate"`
	UpdatedAt   Timestamp       `json:"updateDate"`
}

func (s *Service) describeAlias(c *Call, in aliasInput) (any, error) {
	arn, err := parseAlias(in.ARN)
	if err != nil {
		return nil, err
	}
	a, err := s.Store.Alias(c, arn.name, arn.alias)
	if err != nil {
		return nil, ofAlias(err, arn.name, in.ARN)
	}
	return describeAliasOutput{workflow.AliasARN(a.StateMachine, a.Name), a.Name, a.Description,
		documentsOf(a.StateMachine, a.Routes), Timestamp(a.CreatedAt), Timestamp(a.UpdatedAt)}, nil
}
