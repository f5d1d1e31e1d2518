package asl

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
)

// failure is a state's failure as data: what Retry and Catch match.
type failure struct {
	name  string
	cause string
	// also is a second, more exact name to match by. The service reports a missed
	// heartbeat as States.Timeout and a failed path as States.Runtime, while the
	// specification has names of their own for them.
	also string
	// inside is set when a state with branches records that it has failed (…StateFailed):
	// it failed of its branches, or of an expression of its query language.
	inside bool
	// branch is set when a branch has failed, which can be caught as States.BranchFailed.
	branch bool
	// evaluation is set until the history says that an expression has failed, which the
	// service records as an event of its own; location is the expression's field.
	evaluation bool
	location   string
}

// Limits of the service for an error's name and its cause, in characters.
const (
	maxErrorName = 256
	maxCause     = 32768
)

// told is a failure that was reported from outside.
func told(name, cause string) *failure {
	return &failure{name: cut(name, maxErrorName), cause: cut(cause, maxCause)}
}

// inState makes the failure of a state's own processing, with the service's opening words.
func inState(f *frame, name, format string, args ...any) *failure {
	text := fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). ", f.state, f.entry)
	return &failure{name: name, cause: cut(text+fmt.Sprintf(format, args...), maxCause)}
}

func runtimeFailure(f *frame, format string, args ...any) *failure {
	return inState(f, workflow.ErrorRuntime, format, args...)
}

func pathFailure(f *frame, format string, args ...any) *failure {
	p := inState(f, workflow.ErrorRuntime, format, args...)
	p.also = workflow.ErrorParameterPathFailure
	return p
}

// cut shortens a text to n bytes at most, not within a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// matches says whether a retrier's or catcher's ErrorEquals names the failure.
// Neither wildcard takes a Runtime or DataLimitExceeded failure, and TaskFailed
// takes no timeout. A failure that is States.Runtime and nothing more exact always
// ends the execution, whoever names it.
func (e *failure) matches(names []string) bool {
	switch {
	case e.also != "" && slices.Contains(names, e.also):
		return true
	case e.name == workflow.ErrorRuntime:
		return false
	case e.branch && slices.Contains(names, workflow.ErrorBranchFailed):
		return true
	case slices.Contains(names, e.name):
		return true
	case e.name == workflow.ErrorDataLimitExceeded:
		return false
	case e.name != workflow.ErrorTimeout && slices.Contains(names, workflow.ErrorTaskFailed):
		return true
	}
	return slices.Contains(names, workflow.ErrorAll)
}

// output is what a catcher hands on: {"Error": …, "Cause": …}.
func (e *failure) output() []byte {
	name := e.name
	b := append(make([]byte, 0, 32+len(name)+len(e.cause)), `{"Error":`...)
	b = jsontext.AppendString(b, name)
	b = append(b, `,"Cause":`...)
	b = jsontext.AppendString(b, e.cause)
	return append(b, '}')
}
