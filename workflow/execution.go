package workflow

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// ExecutionID is an execution's key inside Countersign. IDs grow with time, so
// that new rows are appended to the end of an index. The name people see is the ARN.
type ExecutionID int64

func (id ExecutionID) String() string { return strconv.FormatInt(int64(id), 10) }

// ExecutionStatus is the status of an execution, in the words of DescribeExecution.
type ExecutionStatus string

// The statuses of a Step Functions execution.
const (
	Running        ExecutionStatus = "RUNNING"
	Succeeded      ExecutionStatus = "SUCCEEDED"
	Failed         ExecutionStatus = "FAILED"
	TimedOut       ExecutionStatus = "TIMED_OUT"
	Aborted        ExecutionStatus = "ABORTED"
	PendingRedrive ExecutionStatus = "PENDING_REDRIVE"
)

// Closed says whether nothing more will happen unless the execution is redriven.
func (s ExecutionStatus) Closed() bool { return s != Running && s != PendingRedrive }

// ExecutionInfo is what an execution is called and where it stands.
type ExecutionInfo struct {
	ID           ExecutionID
	Name         string
	StateMachine string // name of the state machine
	Version      int64  // version of the state machine it started with
	Status       ExecutionStatus
	Input        json.RawMessage
	Output       json.RawMessage // set when SUCCEEDED
	Error        string          // set when FAILED, ABORTED
	Cause        string
	StartedAt    time.Time
	StoppedAt    time.Time // zero while it is open
	Redrives     int
	RedrivenAt   time.Time

	Type        StateMachineType // STANDARD when empty
	RoleARN     string
	Published   int64  // number of the published version it was started by; 0 for none
	Alias       string // it was started by; empty for none
	Parent      Parent // zero when it was not started by another execution
	MapRun      ARN    // of a Distributed Map's child execution
	TraceHeader string
}

// ARN names the execution as the Step Functions API does.
func (e ExecutionInfo) ARN() ARN {
	if e.Type == Express {
		return ExpressARN(e.StateMachine, e.Name, e.ID)
	}
	return ExecutionARN(e.StateMachine, e.Name)
}

// EntryID identifies one entry into a state: the id of its state-entered history
// event. Retries of a task stay within one entry; entering again makes a new one.
type EntryID int64

// IdempotencyKey is the key under which an outside party performs an effect at
// most once: the same for every attempt within one state entry, before and after
// a crash.
func IdempotencyKey(id ExecutionID, entry EntryID) string {
	return fmt.Sprintf("%d/%d", id, entry)
}

// TaskToken is the secret that lets its bearer complete one waiting task.
type TaskToken string
