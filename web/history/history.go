// Package history reads an execution's history events: which states were entered and what
// became of each, how often its task was attempted, and what the execution waits for. From that
// it fills the view models of the execution page.
//
// Everything is a function of its arguments, the time included. A history that is cut off, or
// whose events do not fit together, is shown as far as it can be understood.
//
// It must not know where events, layouts and snapshots come from; it fetches nothing.
package history

import (
	"time"

	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/workflow"
)

// Facts is what is known of an execution.
type Facts struct {
	Info workflow.ExecutionInfo
	// Key finds the execution's page; empty stands for the tail of its ARN.
	Key string
	// Events are in order of id: to read, the whole history, or what has come since; to make a
	// page, all that Wants asks for.
	Events []workflow.HistoryEvent
	// Waits is what open entries wait for, which no history event says: it comes from the
	// snapshot. What is missing here is shown without its end.
	Waits map[workflow.EntryID]Wait
	Graph graph.Graph // of the version that the execution runs on
	Now   time.Time
}

// Wait is what one entry waits for. Zero times: no such end.
type Wait struct {
	RetryAt     time.Time // the next attempt is due
	WakeAt      time.Time // a Wait state ends
	Token       bool      // somebody must send the task token back
	Deadline    time.Time // the task times out
	HeartbeatBy time.Time // the task times out unless it is heard of before
}

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	Scheduled Outcome = "scheduled" // nobody has begun
	Started   Outcome = "started"   // the function is at work
	Submitted Outcome = "submitted" // the function has answered; its task token is still out
	Done      Outcome = "succeeded"
	Failed    Outcome = "failed"
	TimedOut  Outcome = "timed out"
	Stopped   Outcome = "stopped" // the execution ended before it did
)

func (o Outcome) open() bool { return o == Scheduled || o == Started || o == Submitted }
func (o Outcome) bad() bool  { return o == Failed || o == TimedOut }

// Attempt is one invocation of a task within one entry.
type Attempt struct {
	Number       int
	ScheduledAt  time.Time
	StartedAt    time.Time
	EndedAt      time.Time
	Outcome      Outcome
	Error, Cause string
	Redriven     bool // the first one after a redrive

	token    bool          // it waits for a task token
	worker   bool          // it is an activity's: a worker does it
	awaits   bool          // it waits for an execution that it has started
	timeout  time.Duration // 0: none
	function string
	started  workflow.ARN // the execution that the task has started
}

// Entry is one time that a state was entered. Retries stay within it.
type Entry struct {
	ID           workflow.EntryID
	State        string
	Type         string
	EnteredAt    time.Time
	EndedAt      time.Time // zero while the execution is in it
	Mark         pages.StateMark
	Attempts     []Attempt
	MapRun       workflow.ARN // of a Distributed Map
	Error, Cause string       // of the last failure
	Wait         Wait
	Iteration    *int  // of the Map state that it is within
	previous     int   // index of the entry it was reached from; -1: the first
	iteration    int   // index of the iteration that it lies in; -1: none
	result       int64 // the event that has what the task answered; 0: none
	exit         int64 // the event by which it was left; 0: none
	exited       bool
	ended        workflow.EventType // of the execution or of the state around it, when that ended this entry
}

// open says whether the execution is in the state.
func (e *Entry) open() bool { return e.EndedAt.IsZero() }

func (e *Entry) lastAttempt() *Attempt {
	if len(e.Attempts) == 0 {
		return nil
	}
	return &e.Attempts[len(e.Attempts)-1]
}

// History is a history that has been read. It keeps no payloads, so that a long one can be kept
// and read on.
type History struct {
	Entries    []Entry     // in order of entering
	Iterations []Iteration // of inline Maps, in order of starting
	FailedIn   string      // the state in which the execution ended badly

	entryOf     map[int64]int
	iterationOf map[int64]int // of events within iterations
	byState     map[string][]int
	byIndex     map[[2]int]int // the iteration of an entry into a Map and an index
	first, last int64          // ids of the events read
	count       int64          // of them
	skipped     bool           // the first ones were not read
	redriven    bool           // a redrive still waits for its first attempt
	facts       Facts
	view        View
	chosen      int // index of the iteration that the view is narrowed to; -1: none
}

// LastEventID is the id of the last event read, 0 before any.
func (h *History) LastEventID() int64 { return h.last }

// Last is the newest entry of a state that the view is not narrowed past, nil when there is none.
func (h *History) Last(state string) *Entry {
	if all := h.entriesOf(state); len(all) > 0 {
		return &h.Entries[all[len(all)-1]]
	}
	return nil
}

// entriesOf are the entries of a state: within the iteration that the view is narrowed to, or all
// when the state lies in no iteration.
func (h *History) entriesOf(state string) []int {
	all := h.byState[state]
	if h.chosen < 0 || len(all) == 0 || h.Entries[all[0]].iteration < 0 {
		return all
	}
	var inside []int
	for _, i := range all {
		if h.within(i, h.chosen) {
			inside = append(inside, i)
		}
	}
	return inside
}

// StateOf is the state that an event belongs to; empty for the events of the execution itself.
func (h *History) StateOf(eventID int64) string {
	if i, ok := h.entryOf[eventID]; ok {
		return h.Entries[i].State
	}
	return ""
}
