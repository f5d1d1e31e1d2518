package sfn

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode"

	"countersign/models"
	"countersign/workflow"
)

// tagStore keeps the tags of state machines and activities.
type tagStore interface {
	Tag(ctx context.Context, resource workflow.ARN, tags []workflow.Tag) error
	Untag(ctx context.Context, resource workflow.ARN, keys []string) error
	Tags(ctx context.Context, resource workflow.ARN) ([]workflow.Tag, error)
}

var tagOperations = group{
	"TagResource":         write((*Service).tagResource),
	"UntagResource":       write((*Service).untagResource),
	"ListTagsForResource": read((*Service).listTags),
}

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// maxTags is how many a resource may have.
const maxTags = 50

func tagsOf(tags []tag) []workflow.Tag {
	list := make([]workflow.Tag, len(tags))
	for i, t := range tags {
		list[i] = workflow.Tag(t)
	}
	return list
}

// checkTags is what can be said of tags without those that the resource has.
func checkTags(tags []tag, resource workflow.ARN) error {
	keys := map[string]bool{}
	for i, t := range tags {
		at := "tags." + strconv.Itoa(i+1) + ".member."
		switch {
		case t.Key == "":
			return violated([]string{"Value null at '" + at + "key' failed to satisfy constraint: Member must not be null"})
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return Refuse("ValidationException", "Tag keys must not begin with 'aws:': '%s'", t.Key)
		case strings.ContainsFunc(t.Key, notInTags):
			return notATag(t.Key, at+"key")
		case strings.ContainsFunc(t.Value, notInTags):
			return notATag(t.Value, at+"value")
		}
		keys[t.Key] = true
	}
	if len(keys) > maxTags {
		return tooManyTags(resource)
	}
	return nil
}

func notInTags(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("_.:/=+-@", r)
}

func notATag(text, at string) *Error {
	return violated([]string{"Value '" + text + "' at '" + at + `' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`})
}

func tooManyTags(resource workflow.ARN) *Error {
	e := Refuse("TooManyTags", "A resource may have %d tags at most: '%s'", maxTags, resource)
	e.Members = map[string]any{"resourceName": resource}
	return e
}

// taggable is the ARN of something that may have tags. A version or an alias is a resource that
// is not found, whether there is one or not.
func taggable(arn string) (workflow.ARN, error) {
	kind, rest, found, err := resource(arn)
	switch {
	case err != nil:
		return "", err
	case kind != "stateMachine" && kind != "activity":
		return "", invalidArn("Resource type not valid in this context: %s", kind)
	case !found || strings.ContainsAny(rest, ":/"):
		return "", resourceNotFound(arn)
	}
	return workflow.ARN(arn), nil
}

func ofTags(err error, resource workflow.ARN) error {
	switch {
	case errors.Is(err, workflow.ErrNotFound):
		return resourceNotFound(string(resource))
	case errors.Is(err, models.ErrTooManyTags):
		return tooManyTags(resource)
	}
	return err
}

type tagResourceInput struct {
	ARN  string `json:"resourceArn"`
	Tags []tag  `json:"tags"`
}

func (s *Service) tagResource(c *Call, in tagResourceInput) (any, error) {
	arn, err := taggable(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags, arn); err != nil {
		return nil, err
	}
	return nil, ofTags(s.Store.Tag(c, arn, tagsOf(in.Tags)), arn)
}

type untagResourceInput struct {
	ARN  string   `json:"resourceArn"`
	Keys []string `json:"tagKeys"`
}

func (s *Service) untagResource(c *Call, in untagResourceInput) (any, error) {
	arn, err := taggable(in.ARN)
	if err != nil {
		return nil, err
	}
	return nil, ofTags(s.Store.Untag(c, arn, in.Keys), arn)
}

type listTagsInput struct {
	ARN string `json:"resourceArn"`
}

type listTagsOutput struct {
	Tags []tag `json:"tags"`
}

func (s *Service) listTags(c *Call, in listTagsInput) (any, error) {
	arn, err := taggable(in.ARN)
	if err != nil {
		return nil, err
	}
	tags, err := s.Store.Tags(c, arn)
	if err != nil {
		return nil, ofTags(err, arn)
	}
	out := listTagsOutput{Tags: []tag{}}
	for _, t := range tags {
		out.Tags = append(out.Tags, tag(t))
	}
	return out, nil
}
