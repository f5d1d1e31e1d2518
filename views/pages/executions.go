package pages

import (
	"strings"
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// Executions is the list of executions, the newest first.
type Executions struct {
	Now          time.Time
	Status       workflow.ExecutionStatus // that the list is narrowed to; empty: all
	StateMachine string                   // that the list is narrowed to; empty: all
	Search       string                   // beginning of the name that the list is narrowed to
	Counts       map[workflow.ExecutionStatus]workflow.Count
	Rows         []ExecutionRow
	Newer, Older string // addresses of the neighbouring parts; empty: there is none
	LiveURL      string
}

// ExecutionRow is one execution in a list.
type ExecutionRow struct {
	Key          string // the tail of its ARN, by which its page is found
	Name         string
	StateMachine string
	Status       workflow.ExecutionStatus
	OrderID      workflow.OrderID // empty when it fulfils no order
	StartedAt    time.Time
	StoppedAt    time.Time // zero while it is open
	Error        string    // why it ended badly
	Redrives     int
}

// ExecutionChoice lists the executions of one name.
type ExecutionChoice struct {
	Now  time.Time
	Name string
	Rows []ExecutionRow
}

func (m ExecutionChoice) lead() string {
	return "This is the name of " + components.Count(len(m.Rows), "execution") + ". Choose the one you mean, by its state machine and when it started."
}

// statusTabs are the statuses by which the list can be narrowed.
var statusTabs = []workflow.ExecutionStatus{workflow.Running, workflow.Succeeded, workflow.Failed, workflow.TimedOut, workflow.Aborted}

func (m Executions) tabs() []components.Tab {
	var total workflow.Count
	for _, n := range m.Counts {
		total = total.Plus(n)
	}
	tab := func(text string, status workflow.ExecutionStatus, count workflow.Count) components.Tab {
		return components.Tab{
			Text: text, URL: paths.ExecutionsFiltered(string(status), m.StateMachine, m.Search, ""),
			Count: count, Counted: true, Current: m.Status == status,
		}
	}
	tabs := []components.Tab{tab("All", "", total)}
	for _, s := range statusTabs {
		tabs = append(tabs, tab(components.ExecutionStatus(s).Text, s, m.Counts[s]))
	}
	return tabs
}

// narrowed says whether the list leaves something out by name or state machine.
func (m Executions) narrowed() bool { return m.Search != "" || m.StateMachine != "" }

func (m Executions) empty() components.Empty {
	e := components.Empty{Icon: components.IconExecutions}
	switch {
	case m.Search != "":
		e.Title, e.Text = "No execution has such a name", "Looked for names that begin with “"+m.Search+"”. An order's execution is named order- and its number."
		e.Action = &components.Link{Text: "Show all", URL: paths.ExecutionsRoot}
	case m.Status != "":
		e.Title, e.Text = "None is "+strings.ToLower(components.ExecutionStatus(m.Status).Text), "Executions with this status appear here as soon as there are any."
		e.Action = &components.Link{Text: "Show all", URL: paths.ExecutionsFiltered("", m.StateMachine, "", "")}
	default:
		e.Title, e.Text = "Nothing has been executed yet", "Every order that is placed starts an execution, and it appears here at once."
		e.Action = &components.Link{Text: "Place an order", URL: paths.Shop}
	}
	return e
}

// took is how long the execution took, or has taken so far.
func (r ExecutionRow) took(now time.Time) time.Duration {
	if r.StoppedAt.IsZero() {
		return now.Sub(r.StartedAt)
	}
	return r.StoppedAt.Sub(r.StartedAt)
}
