package pages

import (
	"strconv"
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// Execution is everything that happened in one execution. Package web/history fills all of it
// but CSRF, MayStop and RedriveFrom.
type Execution struct {
	CSRF string
	Now  time.Time

	Key          string // finds its page: MACHINE:NAME
	Name         string
	ARN          workflow.ARN
	Status       workflow.ExecutionStatus
	StateMachine string
	Version      int64
	OrderID      workflow.OrderID // empty when it fulfils no order
	Parent       *ExecutionParent `json:",omitempty"` // nil when no execution has started it
	StartedAt    time.Time
	StoppedAt    time.Time // zero while it is open
	Redrives     int
	RedrivenAt   time.Time
	Transitions  int    // states entered
	Error, Cause string // why it ended badly
	FailedIn     string // the state in which it did
	Input        JSON
	Output       JSON

	MayTest     bool   // the reader may test its states
	MayStop     bool   // it is open, and the reader may stop it
	RedriveFrom string // the state at which a redrive goes on; empty: it cannot be redriven

	Iteration *ExecutionIteration `json:",omitempty"` // that the page is narrowed to; nil: it shows all

	Waits    []ExecutionWait // what it waits for, all of it
	Graph    StateGraph
	State    *ExecutionState // the selected one; nil before any state was entered
	Timeline Timeline
	Events   EventPage
	LiveURL  string
}

// ExecutionParent is the execution that has started this one, at one of its states.
type ExecutionParent struct {
	Execution components.Link
	State     components.Link
	MapRun    *components.Link // that this one belongs to; nil for none
}

// ExecutionIteration is the iteration of an inline Map that a page is narrowed to.
type ExecutionIteration struct {
	Text string // "Iteration 17 of Each"
	Mark StateMark
	All  string // address of the page that shows all
}

// ExecutionWait is one thing that an execution waits for.
type ExecutionWait struct {
	State string
	URL   string // of the page with that state selected
	Mark  StateMark
	What  string           // "an answer with its task token"
	Until time.Time        // when the wait ends by itself; zero: it has no end
	Then  string           // what happens then: "If nothing comes, it times out"
	Link  *components.Link `json:",omitempty"` // to the execution or Map Run that it waits for
}

// ExecutionState is the state that the reader has selected.
type ExecutionState struct {
	Name     string
	Type     string
	Mark     StateMark
	Comment  string // of the definition
	Function string // that a Task state invokes, in short
	Entered  int    // how often
	Entries  []StateEntry

	Iterations *Iterations `json:",omitempty"` // of an inline Map
}

// Iterations are those of the newest entry into an inline Map.
type Iterations struct {
	Filters    []components.Tab
	Rows       []IterationRow
	Prev, Next string // addresses of other parts; empty: there is none
}

// IterationRow is one of them.
type IterationRow struct {
	Index   int
	Mark    StateMark
	URL     string // of the page that is narrowed to it
	Current bool
}

// StateEntry is one time that a state was entered; the newest stands first.
type StateEntry struct {
	ID           workflow.EntryID
	Mark         StateMark
	EnteredAt    time.Time
	EndedAt      time.Time // zero while the execution is in the state
	Wait         *ExecutionWait
	Error, Cause string
	Attempts     []StateAttempt
	Input        JSON
	Result       JSON // what the function answered; only where it is not the output
	Output       JSON
	Assigned     JSON             // variables
	Within       *components.Link `json:",omitempty"` // the iteration that it lies in: narrows the page to it
	MapRun       *components.Link `json:",omitempty"` // of a Distributed Map
	Iteration    *int             `json:",omitempty"` // of the Map state that it is within
}

// StateAttempt is one invocation of a task.
type StateAttempt struct {
	Number       int
	ScheduledAt  time.Time
	StartedAt    time.Time // zero: not yet
	EndedAt      time.Time // zero: not yet
	Outcome      components.Status
	Error, Cause string
	RetryAt      time.Time        // when the next attempt is due; zero: none is
	Redriven     bool             // the first one after a redrive
	Started      *components.Link `json:",omitempty"` // the execution that it has started
}

// Timeline is when each state was entered and left, in the order of entering.
type Timeline struct {
	Rows    []TimelineRow
	Omitted int // earlier rows that are left out
	Span    time.Duration
}

// TimelineRow is one entry. Places are percent of the span.
type TimelineRow struct {
	State     string
	URL       string
	Mark      StateMark
	From      float64
	Length    float64
	Attempts  []TimelineBar // the parts in which a function was at work
	After     time.Duration // since the start of the execution
	Took      time.Duration // so far, when it is open
	Open      bool
	Entered   time.Time
	Iteration *int `json:",omitempty"` // of the Map state that it is within
}

// TimelineBar is a part of a row.
type TimelineBar struct {
	From, Length float64
	Failed       bool
}

// EventPage is a part of the history, in its order.
type EventPage struct {
	Rows                []EventRow
	Total               int64
	First, Prev         string // addresses of other parts; empty when there is none
	Next, Last          string
	Selected            string // state that is selected, whose events stand out
	TableIsOnALaterPage bool   // the part shown is not the first
}

// EventRow is one history event.
type EventRow struct {
	ID, PreviousID int64
	Type           workflow.EventType
	State          string
	StateURL       string
	At             time.Time
	After          time.Duration // since the start of the execution
	Tone           components.Tone
	Says           string // the essence in a few words: error, function, redrive count
	Facts          []EventFact
	Payloads       []JSON
}

// EventFact is a short detail field under its name in the API.
type EventFact struct {
	Name, Text string
	Link       *components.Link `json:",omitempty"` // where it leads; its Text is the fact's
}

func (m Execution) statuses() *components.Status {
	s := components.ExecutionStatus(m.Status)
	return &s
}

func (m Execution) open() bool { return !m.Status.Closed() }

// took is how long it took, or has taken so far.
func (m Execution) took() time.Duration {
	if m.StoppedAt.IsZero() {
		return m.Now.Sub(m.StartedAt)
	}
	return m.StoppedAt.Sub(m.StartedAt)
}

func (m Execution) version() string { return "version " + strconv.FormatInt(m.Version, 10) }

// stopAsk words the confirmation of a stop.
func (m Execution) stopAsk() components.Ask {
	return components.Ask{
		ID: "stop-execution", Title: "Stop this execution?",
		Text: "It ends where it stands, with status Aborted. Nothing is undone: what was charged stays charged, what is reserved stays reserved. To undo an order, cancel the order instead.",
		URL:  paths.ExecutionStop(m.Key), CSRF: m.CSRF, Confirm: "Stop the execution", Keep: "Let it go on", Danger: true,
	}
}

// redriveAsk words the confirmation of a redrive.
func (m Execution) redriveAsk() components.Ask {
	return components.Ask{
		ID: "redrive-execution", Title: "Redrive this execution?",
		Text: "It goes on at " + m.RedriveFrom + " with the input that state had, with all its retries again. States that succeeded are not repeated.",
		URL:  paths.ExecutionRedrive(m.Key), CSRF: m.CSRF, Confirm: "Go on at " + m.RedriveFrom, Keep: "Leave it",
	}
}
