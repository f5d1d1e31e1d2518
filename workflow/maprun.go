package workflow

import (
	"encoding/json"
	"time"
)

// MapRun is the work of one entry into a Distributed Map state: a child execution for
// each item or batch of items.
type MapRun struct {
	ARN          ARN
	Execution    ExecutionID // that the Map state belongs to
	Entry        EntryID     // into the Map state
	StateMachine string      // of the parent execution
	Label        string      // of the Map state
	Status       ExecutionStatus
	StartedAt    time.Time
	StoppedAt    time.Time // zero while it is open
	Redrives     int
	RedrivenAt   time.Time

	// What UpdateMapRun can change. A concurrency of 0 is as much as is sensible.
	MaxConcurrency             int64
	ToleratedFailureCount      int64
	ToleratedFailurePercentage float64

	// Sealed: everything was read, so that the counts are final.
	Sealed     bool
	Items      int64 // read so far
	Executions int64 // child executions that these make

	// Kept once it has closed.
	ResultsWritten int64
}

// Processor names the state machine of the child executions, as their ARNs do.
func (r MapRun) Processor() string { return r.StateMachine + "/" + r.Label }

// MapItem is the input of one child execution.
type MapItem struct {
	Index int64 // from 0, in the order of the items
	Count int64 // items that it holds: more than 1 in a batch
	Input json.RawMessage
}

// MapRunCounts say how many of a Map Run's child executions, or of their items, are in each status.
type MapRunCounts struct {
	Pending, Running, Succeeded, Failed, TimedOut, Aborted int64
}

// Total is the number of all.
func (c MapRunCounts) Total() int64 {
	return c.Pending + c.Running + c.Succeeded + c.Failed + c.TimedOut + c.Aborted
}

// Lost is the number of those that ended without success.
func (c MapRunCounts) Lost() int64 { return c.Failed + c.TimedOut + c.Aborted }

// Add counts n more of a status; the empty status is that of what has not started.
func (c *MapRunCounts) Add(s ExecutionStatus, n int64) {
	switch s {
	case Running, PendingRedrive:
		c.Running += n
	case Succeeded:
		c.Succeeded += n
	case Failed:
		c.Failed += n
	case TimedOut:
		c.TimedOut += n
	case Aborted:
		c.Aborted += n
	default:
		c.Pending += n
	}
}

// MapRunChange is what UpdateMapRun asks for; nil leaves a value as it is.
type MapRunChange struct {
	MaxConcurrency             *int64
	ToleratedFailureCount      *int64
	ToleratedFailurePercentage *float64
}
