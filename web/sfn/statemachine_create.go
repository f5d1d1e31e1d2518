package sfn

import (
	"errors"

	"countersign/models"
	"countersign/workflow"
)

type createStateMachineInput struct {
	Name        string                   `json:"name"`
	Definition  string                   `json:"definition"`
	RoleARN     string                   `json:"roleArn"`
	Type        string                   `json:"type"`
	Logging     *loggingConfiguration    `json:"loggingConfiguration"`
	Tracing     *tracingConfiguration    `json:"tracingConfiguration"`
	Encryption  *encryptionConfiguration `json:"encryptionConfiguration"`
	Tags        []tag                    `json:"tags"`
	Publish     bool                     `json:"publish"`
	Description string                   `json:"versionDescription"`
}

type createStateMachineOutput struct {
	ARN        workflow.ARN `json:"stateMachineArn"`
	CreatedAt  Timestamp    `json:"creationDate"`
	VersionARN workflow.ARN `json:"stateMachineVersionArn,omitempty"`
}

func (s *Service) createStateMachine(c *Call, in createStateMachineInput) (any, error) {
	if in.Type == "" {
		in.Type = string(workflow.Standard)
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	made, published, err := s.Store.CreateStateMachine(c, workflow.StateMachine{
		Name: in.Name, Type: workflow.StateMachineType(in.Type), RoleARN: in.RoleARN, Definition: []byte(in.Definition),
		Logging: kept(in.Logging.complete()), Tracing: kept(in.Tracing), Encryption: kept(in.Encryption),
	}, models.Creation{Tags: tagsOf(in.Tags), Publish: in.Publish, Description: in.Description})
	switch arn := workflow.StateMachineARN(in.Name); {
	case errors.Is(err, workflow.ErrConflict):
		return nil, Refuse("StateMachineAlreadyExists", "State Machine Already Exists: '%s'", arn)
	case errors.Is(err, models.ErrTooManyTags):
		return nil, tooManyTags(arn)
	case err != nil:
		return nil, ofMachine(err, string(arn))
	}
	s.Drawn(made.Name, made.Version)
	out := createStateMachineOutput{ARN: made.ARN(), CreatedAt: Timestamp(made.CreatedAt)}
	if published != 0 {
		out.VersionARN = workflow.VersionARN(made.Name, published)
	}
	return out, nil
}

func (in *createStateMachineInput) check() error {
	if err := validName(in.Name); err != nil {
		return err
	}
	if err := roleARN(in.RoleARN); err != nil {
		return err
	}
	if in.Description != "" && !in.Publish {
		return errUnpublishedDescription
	}
	if err := in.Logging.check(); err != nil {
		return err
	}
	if err := in.Encryption.check(); err != nil {
		return err
	}
	if err := checkTags(in.Tags, workflow.StateMachineARN(in.Name)); err != nil {
		return err
	}
	return runnable(in.Definition, workflow.StateMachineType(in.Type))
}
