package workflow

import (
	"encoding/json"
	"time"
)

// StateMachineType says how long executions may last and what is kept of them.
type StateMachineType string

// The types of state machines.
const (
	Standard StateMachineType = "STANDARD"
	Express  StateMachineType = "EXPRESS"
)

// StateMachineStatus is where a state machine is in its life.
type StateMachineStatus string

// The statuses of a state machine. One that is deleted while executions are open
// stays DELETING until they have closed.
const (
	Active   StateMachineStatus = "ACTIVE"
	Deleting StateMachineStatus = "DELETING"
)

// StateMachine is a state machine at one revision. Revisions are counted by Version,
// from 1; people see RevisionID instead, and the versions that they publish.
type StateMachine struct {
	Name       string
	Type       StateMachineType
	Status     StateMachineStatus
	Version    int64  // grows with every change of definition or role; what executions keep
	RevisionID string // empty for the first revision (the API says INITIAL there)
	RoleARN    string
	Definition []byte
	// As they were given; nil when they were not.
	Logging, Tracing, Encryption json.RawMessage
	CreatedAt, UpdatedAt         time.Time
}

// DefaultRole is the role of a state machine that was made without one. Roles are kept and
// shown; what a state machine may do here does not depend on them.
const DefaultRole = "arn:aws:iam::" + Account + ":role/StepFunctionsExecutionRole"

// ARN names the state machine without a version or alias.
func (m StateMachine) ARN() ARN { return StateMachineARN(m.Name) }

// PublishedVersion is a numbered, unchangeable revision of a state machine.
type PublishedVersion struct {
	StateMachine string
	Number       int64 // from 1, never used again
	Version      int64 // the revision it stands for
	RevisionID   string
	Description  string
	CreatedAt    time.Time
}

// Alias points at one or two published versions of a state machine.
type Alias struct {
	StateMachine string
	Name         string
	Description  string
	Routes       []Route
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Route is a published version and the percentage of executions that go there.
type Route struct {
	Number int64
	Weight int
}

// Deployment is what exactly an execution starts with.
type Deployment struct {
	StateMachine string
	Version      int64 // revision
	Type         StateMachineType
	RoleARN      string
	Published    int64  // number of the published version it was reached by; 0 for none
	Alias        string // it was reached by; empty for none
}

// Activity is a queue of tasks that workers ask for.
type Activity struct {
	Name       string
	Encryption json.RawMessage // as it was given; nil when it was not
	CreatedAt  time.Time
}

// Tag is a key and value that people attach to a resource.
type Tag struct{ Key, Value string }

// Offer is an activity's task that no worker has taken yet.
type Offer struct {
	Execution   ExecutionID
	Entry       EntryID
	Activity    ARN
	Token       TaskToken
	Input       json.RawMessage
	ScheduledAt time.Time
}

// Parent is the state entry of another execution that an execution was started by.
type Parent struct {
	Execution ExecutionID
	Entry     EntryID
	Attempt   int // of the entry's task that started it
	// Awaited says that the parent wants to be told when this execution closes.
	Awaited bool
}
