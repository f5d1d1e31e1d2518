package history

import (
	"strings"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// executionLink leads to an execution by its ARN; nil when that is none.
func executionLink(arn workflow.ARN) *components.Link {
	tail := arn.Tail()
	parts := strings.Split(tail, ":")
	if len(parts) < 2 {
		return nil
	}
	return &components.Link{Text: parts[1], URL: paths.Execution(tail)}
}

// MapRunLink leads to a Map Run by its ARN; nil when that is none.
func MapRunLink(arn workflow.ARN) *components.Link {
	tail := arn.Tail()
	_, of, ok := strings.Cut(tail, "/")
	if !ok {
		return nil
	}
	return &components.Link{Text: of, URL: paths.MapRun(tail)}
}

// began is what the entry has started that goes on by itself: an execution or a Map Run.
func (e *Entry) began() *components.Link {
	if e.MapRun != "" {
		return MapRunLink(e.MapRun)
	}
	if last := e.lastAttempt(); last != nil {
		return executionLink(last.started)
	}
	return nil
}
