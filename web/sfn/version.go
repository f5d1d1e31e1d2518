package sfn

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"countersign/models"
	"countersign/workflow"
)

// versionStore keeps the published versions of state machines.
type versionStore interface {
	PublishVersion(ctx context.Context, name string, revision *string, description string) (workflow.PublishedVersion, error)
	DeleteVersion(ctx context.Context, name string, number int64) error
	PublishedVersion(ctx context.Context, name string, number int64) (workflow.PublishedVersion, workflow.StateMachine, error)
	PublishedVersions(ctx context.Context, name string, below int64, limit int) ([]workflow.PublishedVersion, error)
}

var versionOperations = group{
	"PublishStateMachineVersion": write((*Service).publishVersion),
	"DeleteStateMachineVersion":  write((*Service).deleteVersion),
	"ListStateMachineVersions":   read((*Service).listVersions),
}

type publishVersionInput struct {
	ARN         string  `json:"stateMachineArn"`
	RevisionID  *string `json:"revisionId"`
	Description string  `json:"description"`
}

type versionItem struct {
	ARN       workflow.ARN `json:"stateMachineVersionArn"`
	CreatedAt Timestamp    `json:"creationDate"`
}

func itemOf(v workflow.PublishedVersion) versionItem {
	return versionItem{workflow.VersionARN(v.StateMachine, v.Number), Timestamp(v.CreatedAt)}
}

// initialRevision is what the first revision, which has no id, is called where one is asked for.
const initialRevision = "INITIAL"

func (s *Service) publishVersion(c *Call, in publishVersionInput) (any, error) {
	arn, err := parsePlain(in.ARN)
	if err != nil {
		return nil, err
	}
	wanted := in.RevisionID
	if wanted != nil && *wanted == initialRevision {
		wanted = new(string)
	}
	v, err := s.Store.PublishVersion(c, arn.name, wanted, in.Description)
	var changed *models.RevisionChangedError
	if errors.As(err, &changed) {
		present := changed.Present
		if present == "" {
			present = initialRevision
		}
		return nil, Refuse("ConflictException", "Failed to publish the State Machine version for revision %s. The current State Machine revision is %s.",
			*in.RevisionID, present)
	}
	if err != nil {
		return nil, ofMachine(err, in.ARN)
	}
	return itemOf(v), nil
}

type deleteVersionInput struct {
	ARN string `json:"stateMachineVersionArn"`
}

func (s *Service) deleteVersion(c *Call, in deleteVersionInput) (any, error) {
	arn, err := parseVersion(in.ARN)
	if err != nil {
		return nil, err
	}
	err = s.Store.DeleteVersion(c, arn.name, arn.version)
	var aliased *models.AliasedError
	if errors.As(err, &aliased) {
		return nil, Refuse("ConflictException",
			"Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [%s]", strings.Join(aliased.Aliases, ", "))
	}
	return nil, err
}

type listVersionsInput struct {
	ARN        string `json:"stateMachineArn"`
	MaxResults int    `json:"maxResults"`
	NextToken  string `json:"nextToken"`
}

type listVersionsOutput struct {
	Versions  []versionItem `json:"stateMachineVersions"`
	NextToken string        `json:"nextToken,omitempty"`
}

func (s *Service) listVersions(c *Call, in listVersionsInput) (any, error) {
	arn, err := parsePlain(in.ARN)
	if err != nil {
		return nil, err
	}
	cursor, err := s.after(c, in.NextToken, in.ARN)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.StateMachine(c, arn.name); errors.Is(err, workflow.ErrNotFound) {
		return nil, invalidArn("%s", in.ARN)
	} else if err != nil {
		return nil, err
	}
	below, _ := strconv.ParseInt(cursor, 10, 64) // sealed, so it is a number or empty
	limit := limitOf(in.MaxResults)
	rows, err := s.Store.PublishedVersions(c, arn.name, below, limit+1)
	if err != nil {
		return nil, err
	}
	out := listVersionsOutput{Versions: []versionItem{}}
	rows, out.NextToken, err = cut(s, c, rows, limit, func(v workflow.PublishedVersion) string { return strconv.FormatInt(v.Number, 10) }, in.ARN)
	for _, v := range rows {
		out.Versions = append(out.Versions, itemOf(v))
	}
	return out, err
}
