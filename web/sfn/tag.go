package sfn

import "countersign/workflow"

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
	for _, t := range tags {
		if t.Key == "" {
			return Refuse("ValidationException", "1 validation error detected: Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null")
		}
		keys[t.Key] = true
	}
	if len(keys) > maxTags {
		return tooManyTags(resource)
	}
	return nil
}

func tooManyTags(resource workflow.ARN) *Error {
	e := Refuse("TooManyTags", "Too many tags: a resource may have %d. '%s'", maxTags, resource)
	e.Members = map[string]any{"resourceName": resource}
	return e
}
