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

// TaskSubmitted answers the invocation of a task that goes on waiting: of
// .waitForTaskToken for its token, of .sync for the execution that was started.
type TaskSubmitted struct {
	Entry     workflow.EntryID
	Attempt   int
	StartedAt time.Time
	Output    json.RawMessage
	Child     workflow.ExecutionID // of .sync: the execution that was started
}

// ActivityStarted says that a worker has taken an offered task (GetActivityTask). It
// has workflow.ErrTaskGone for an answer when another worker was quicker.
type ActivityStarted struct {
	Token  workflow.TaskToken
	Worker string // its name; may be empty
}

// ChildClosed completes a .sync task: the execution that it started has closed.
type ChildClosed struct {
	Child workflow.ExecutionInfo // its Parent says whose child it is
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

func (TaskSucceeded) event()   {}
func (TaskFailed) event()      {}
func (TaskSubmitted) event()   {}
func (ActivityStarted) event() {}
func (ChildClosed) event()     {}
func (TokenSucceeded) event()  {}
func (TokenFailed) event()     {}
func (TokenHeartbeat) event()  {}
func (Tick) event()            {}
func (Stop) event()            {}
func (Redrive) event()         {}

// Command is something to do outside once the outcome is stored.
type Command interface{ command() }

// Invoke asks for a task to be performed and its answer to be brought back as
// TaskSucceeded or TaskFailed; when Waits, as TaskSubmitted instead of TaskSucceeded.
type Invoke struct {
	Entry       workflow.EntryID
	Attempt     int // from 1, growing for as long as the state is not left
	State       string
	Resource    string // "lambda:invoke", "sns:publish", …; a function's own ARN is "lambda:invoke" too
	Pattern     Pattern
	Function    string             // of lambda:invoke: its name, without ARN and qualifier
	Payload     json.RawMessage    // of lambda:invoke; else the task's arguments
	Token       workflow.TaskToken // set for .waitForTaskToken
	Map         *MapRun            // of "map:run"
	ScheduledAt time.Time
	Deadline    time.Time // when the task times out; zero when it has no limit
	Unheard     bool      // an earlier attempt was not answered before it was too late, and may have had its effect
}

// Waits says that the task does not end with the answer to its invocation.
func (i Invoke) Waits() bool { return i.Pattern != RequestResponse }

// Offer puts an activity's task up for workers. It is outstanding until a worker takes
// it (ActivityStarted) or it is withdrawn; whoever stores the outcome stores it too.
type Offer struct {
	Entry       workflow.EntryID
	Activity    workflow.ARN
	Token       workflow.TaskToken
	Input       json.RawMessage
	ScheduledAt time.Time
}

// Withdraw says that the answer to an invocation, or a worker for an offer, is no
// longer wanted.
type Withdraw struct {
	Entry workflow.EntryID
	Offer bool // of an offer that no worker has taken
}

// StopChild says that the execution that a .sync task has started is no longer
// waited for and should be stopped.
type StopChild struct {
	Entry workflow.EntryID
	Child workflow.ExecutionID
}

func (Invoke) command()    {}
func (Offer) command()     {}
func (Withdraw) command()  {}
func (StopChild) command() {}
