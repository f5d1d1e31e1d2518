package sfn

import (
	"context"
	"encoding/json"
	"errors"

	"countersign/models"
	"countersign/workflow"
)

// activityStore keeps activities.
type activityStore interface {
	CreateActivity(ctx context.Context, a workflow.Activity, tags []workflow.Tag) (workflow.Activity, error)
	DeleteActivity(ctx context.Context, name string) error
	Activity(ctx context.Context, name string) (workflow.Activity, error)
	Activities(ctx context.Context, after string, limit int) ([]workflow.Activity, error)
}

var activityOperations = group{
	"CreateActivity":   write((*Service).createActivity),
	"DeleteActivity":   write((*Service).deleteActivity),
	"DescribeActivity": read((*Service).describeActivity),
	"ListActivities":   read((*Service).listActivities),
}

type createActivityInput struct {
	Name       string                   `json:"name"`
	Tags       []tag                    `json:"tags"`
	Encryption *encryptionConfiguration `json:"encryptionConfiguration"`
}

type createActivityOutput struct {
	ARN       workflow.ARN `json:"activityArn"`
	CreatedAt Timestamp    `json:"creationDate"`
}

func (s *Service) createActivity(c *Call, in createActivityInput) (any, error) {
	if err := validName(in.Name); err != nil {
		return nil, err
	}
	arn := workflow.ActivityARN(in.Name)
	if err := in.Encryption.check(); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags, arn); err != nil {
		return nil, err
	}
	made, err := s.Store.CreateActivity(c, workflow.Activity{Name: in.Name, Encryption: kept(in.Encryption)}, tagsOf(in.Tags))
	switch {
	case errors.Is(err, workflow.ErrConflict):
		return nil, Refuse("ActivityAlreadyExists", "Activity Already Exists: '%s'", arn)
	case errors.Is(err, models.ErrTooManyTags):
		return nil, tooManyTags(arn)
	case err != nil:
		return nil, err
	}
	return createActivityOutput{arn, Timestamp(made.CreatedAt)}, nil
}

type activityInput struct {
	ARN string `json:"activityArn"`
}

func (s *Service) deleteActivity(c *Call, in activityInput) (any, error) {
	name, err := parseActivity(in.ARN)
	if err != nil {
		return nil, err
	}
	return nil, s.Store.DeleteActivity(c, name)
}

type activityItem struct {
	ARN       workflow.ARN `json:"activityArn"`
	Name      string       `json:"name"`
	CreatedAt Timestamp    `json:"creationDate"`
}

type describeActivityOutput struct {
	activityItem
	Encryption json.RawMessage `json:"encryptionConfiguration"`
}

func (s *Service) describeActivity(c *Call, in activityInput) (any, error) {
	a, err := s.activity(c, in.ARN)
	if err != nil {
		return nil, err
	}
	return describeActivityOutput{activityItem{workflow.ActivityARN(a.Name), a.Name, Timestamp(a.CreatedAt)}, orElse(a.Encryption, noEncryption)}, nil
}

// activity reads the activity that an ARN names.
func (s *Service) activity(c *Call, arn string) (workflow.Activity, error) {
	name, err := parseActivity(arn)
	if err != nil {
		return workflow.Activity{}, err
	}
	a, err := s.Store.Activity(c, name)
	if errors.Is(err, workflow.ErrNotFound) {
		return workflow.Activity{}, Refuse("ActivityDoesNotExist", "Activity Does Not Exist: '%s'", arn)
	}
	return a, err
}

type listActivitiesOutput struct {
	Activities []activityItem `json:"activities"`
	NextToken  string         `json:"nextToken,omitempty"`
}

func (s *Service) listActivities(c *Call, in pageInput) (any, error) {
	after, err := s.after(c, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.MaxResults)
	rows, err := s.Store.Activities(c, after, limit+1)
	if err != nil {
		return nil, err
	}
	out := listActivitiesOutput{Activities: []activityItem{}}
	rows, out.NextToken, err = cut(s, c, rows, limit, func(a workflow.Activity) string { return a.Name })
	for _, a := range rows {
		out.Activities = append(out.Activities, activityItem{workflow.ActivityARN(a.Name), a.Name, Timestamp(a.CreatedAt)})
	}
	return out, err
}
