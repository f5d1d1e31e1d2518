package sfn

import (
	"countersign/models"
	"countersign/workflow"
)

type updateStateMachineInput struct {
	ARN         string                   `json:"stateMachineArn"`
	Definition  *string                  `json:"definition"`
	RoleARN     string                   `json:"roleArn"`
	Logging     *loggingConfiguration    `json:"loggingConfiguration"`
	Tracing     *tracingConfiguration    `json:"tracingConfiguration"`
	Encryption  *encryptionConfiguration `json:"encryptionConfiguration"`
	Publish     bool                     `json:"publish"`
	Description string                   `json:"versionDescription"`
}

type updateStateMachineOutput struct {
	UpdatedAt  Timestamp    `json:"updateDate"`
	RevisionID string       `json:"revisionId,omitempty"`
	VersionARN workflow.ARN `json:"stateMachineVersionArn,omitempty"`
}

func (s *Service) updateStateMachine(c *Call, in updateStateMachineInput) (any, error) {
	arn, err := parsePlain(in.ARN)
	if err != nil {
		return nil, err
	}
	was, err := s.Store.StateMachine(c, arn.name)
	if err != nil {
		return nil, ofMachine(err, in.ARN)
	}
	if err := in.check(was.Type); err != nil {
		return nil, err
	}
	r := models.Revision{Of: c.seen, RoleARN: in.RoleARN, Logging: kept(in.Logging.complete()), Tracing: kept(in.Tracing), Encryption: kept(in.Encryption),
		Publish: in.Publish, Description: in.Description}
	if in.Definition != nil {
		r.Definition = []byte(*in.Definition)
	}
	now, published, err := s.Store.UpdateStateMachine(c, arn.name, r)
	if err != nil {
		return nil, ofMachine(err, in.ARN)
	}
	s.Drawn(now.Name, now.Version)
	out := updateStateMachineOutput{UpdatedAt: Timestamp(s.Now()), RevisionID: now.RevisionID}
	if published != 0 {
		out.VersionARN = workflow.VersionARN(now.Name, published)
	}
	return out, nil
}

func (in *updateStateMachineInput) check(kind workflow.StateMachineType) error {
	if in.Definition == nil && in.RoleARN == "" && in.Logging == nil && in.Tracing == nil && in.Encryption == nil {
		return Refuse("MissingRequiredParameter",
			"Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified")
	}
	if in.Description != "" && !in.Publish {
		return errUnpublishedDescription
	}
	if in.RoleARN != "" {
		if err := roleARN(in.RoleARN); err != nil {
			return err
		}
	}
	if err := in.Logging.check(); err != nil {
		return err
	}
	if err := in.Encryption.check(); err != nil {
		return err
	}
	if in.Definition == nil {
		return nil
	}
	return runnable(*in.Definition, kind)
}

var errUnpublishedDescription = Refuse("ValidationException", "Version description can only be set when publish is true")
