package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Call is one invocation of a function by a task state.
type Call struct {
	Execution      ExecutionInfo
	State          string
	Entry          EntryID
	Attempt        int             // 1 for the first; not part of the idempotency key
	Resource       string          // "lambda:invoke", "sns:publish", "http:invoke", …; a function's own ARN is "lambda:invoke" too
	Function       string          // of lambda:invoke
	Payload        json.RawMessage // of lambda:invoke; else the task's arguments
	Token          TaskToken       // set for .waitForTaskToken
	IdempotencyKey string
	ScheduledAt    time.Time
	Deadline       time.Time // when the task times out; zero when it has no limit
	// Repeated says that the function may have been called for this state entry before without
	// its answer being known: it timed out, or whoever called it died.
	Repeated bool
}

// Result is what a function answers. Effects commit together with the history
// event of the answer, or not at all; they commit with a TaskError too.
type Result struct {
	Output  json.RawMessage
	Effects []Effect
}

// Handler performs a function. A *TaskError in the error is an answer that Retry
// and Catch see by its name; any other error becomes the task failure
// "Lambda.Unknown". A cancelled context means that the answer is no longer wanted.
// It may be called more than once for one state entry.
type Handler func(ctx context.Context, call Call) (Result, error)

// TaskError is a task's failure as data: what Retry and Catch match, and what people read.
type TaskError struct {
	Name  string // matched by ErrorEquals
	Cause string
}

func (e *TaskError) Error() string { return e.Name + ": " + e.Cause }

// Failf makes a TaskError.
func Failf(name, format string, args ...any) *TaskError {
	return &TaskError{Name: name, Cause: fmt.Sprintf(format, args...)}
}

// Effect is a local, conditional change that commits in the same transaction as
// the history event it belongs to. Only the store that made it can apply it; to
// everybody else it is opaque. An effect whose condition no longer holds refuses
// the whole commit with ErrEffectRefused.
type Effect interface {
	// EffectName says what the effect does, for logs and tests.
	EffectName() string
}

// Errors that cross rooms. Match them with errors.Is.
var (
	// ErrEffectRefused: an effect's condition no longer held, so nothing was written.
	// Read the facts again and decide anew.
	ErrEffectRefused = errors.New("the facts have changed since they were read")
	// ErrFenced: the row's revision or owner is not what the commit expects; whoever
	// committed since holds the truth. Nothing was written.
	ErrFenced = errors.New("another worker has taken this execution over")
	// ErrNotFound: there is no such thing, or it is not the asker's to see.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the same key exists with different content.
	ErrConflict = errors.New("exists with different content")
	// ErrExists: the same key exists with the same content; the earlier one stands.
	ErrExists = errors.New("exists already")
	// ErrIDTaken: another execution has the id that one was to be created under.
	ErrIDTaken = errors.New("the id is another execution's")
	// ErrTaskTokenInvalid: a text that is not a task token of ours (API: InvalidToken).
	ErrTaskTokenInvalid = errors.New("invalid task token")
	// ErrTaskGone: the token's task is no longer waiting: answered, timed out or stopped (API: TaskTimedOut / TaskDoesNotExist).
	ErrTaskGone = errors.New("the task is no longer waiting for an answer")
	// ErrDeleting: the state machine is being deleted and starts nothing more (API: StateMachineDeleting).
	ErrDeleting = errors.New("the state machine is being deleted")
	// ErrClosed: the execution is closed, so it cannot be stopped or advanced.
	ErrClosed = errors.New("the execution is closed")
	// ErrNotRedrivable: the execution is open, succeeded, or too old to be redriven.
	ErrNotRedrivable = errors.New("the execution cannot be redriven")
)
