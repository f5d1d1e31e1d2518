package asl

import (
	"encoding/json"
	"time"

	"countersign/workflow"
)

// Event is something from outside that moves an execution on.
type Event interface{ event() }

// TaskSucceeded answers an invocation. Output is the function's result.
type TaskSucceeded struct {
	Entry     workflow.EntryID
	Attempt   int
	StartedAt time.Time // when the function began; zero when nobody knows
	Output    json.RawMessage
}

// TaskFailed answers an invocation whose function failed.
type TaskFailed struct {
	Entry     workflow.EntryID
	Attempt   int
	StartedAt time.Time
	Error     string
	Cause     string
}

// TaskSubmitted answers the invocation of a .waitForTaskToken task: its function
// has returned, and the task goes on waiting for its token.
type TaskSubmitted struct {
	Entry     workflow.EntryID
	Attempt   int
	StartedAt time.Time
	Output    json.RawMessage
}

// TokenSucceeded completes the task that waits for the token (SendTaskSuccess).
type TokenSucceeded struct {
	Token  workflow.TaskToken
	Output json.RawMessage
}

// TokenFailed fails the task that waits for the token (SendTaskFailure).
type TokenFailed struct {
	Token workflow.TaskToken
	Error string
	Cause string
}

// TokenHeartbeat says that somebody still works on the task (SendTaskHeartbeat).
type TokenHeartbeat struct {
	Token workflow.TaskToken
}

// Tick fires every timer that is due, earliest first. Nothing due is no error.
type Tick struct{}

// Stop aborts the execution.
type Stop struct {
	Error string
	Cause string
}

// Redrive continues a failed, aborted or timed-out execution at the state where
// it ended, with that state's input.
type Redrive struct{}

func (TaskSucceeded) event()  {}
func (TaskFailed) event()     {}
func (TaskSubmitted) event()  {}
func (TokenSucceeded) event() {}
func (TokenFailed) event()    {}
func (TokenHeartbeat) event() {}
func (Tick) event()           {}
func (Stop) event()           {}
func (Redrive) event()        {}

// Command is something to do outside once the outcome is stored.
type Command interface{ command() }

// Invoke asks for a function to be called and its answer to be brought back as
// TaskSucceeded, TaskFailed or, when Token is set, TaskSubmitted or TaskFailed.
type Invoke struct {
	Entry       workflow.EntryID
	Attempt     int // from 1, growing for as long as the state is not left
	State       string
	Function    string // name, without ARN and qualifier
	Payload     json.RawMessage
	Token       workflow.TaskToken // set for .waitForTaskToken
	ScheduledAt time.Time
	Deadline    time.Time // when the task times out; zero when it has no limit
}

// Withdraw says that the answer to an invocation is no longer wanted.
type Withdraw struct {
	Entry workflow.EntryID
}

func (Invoke) command()   {}
func (Withdraw) command() {}
