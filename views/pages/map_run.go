package pages

import (
	"strconv"
	"strings"
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// MapRun is the work of one Distributed Map state: its child executions, and how they stand.
type MapRun struct {
	Now time.Time

	Key          string // finds its page: MACHINE/LABEL:ID
	ARN          workflow.ARN
	Label        string
	StateMachine string // of the parent
	Status       workflow.ExecutionStatus
	StartedAt    time.Time
	StoppedAt    time.Time // zero while it is open
	Redrives     int
	RedrivenAt   time.Time

	Parent components.Link // the execution that it belongs to
	State  components.Link // the Map state there

	Items, Executions workflow.MapRunCounts
	Reading           bool // there may be more items than are counted

	MaxConcurrency      int64 // 0: no limit
	ToleratedFailures   int64
	ToleratedPercentage float64
	ResultsWritten      int64
	ResultBucket        string // where the results were written; empty: they are the state's output
	ResultKey           string
	Redrive             bool                     // the parent can be redriven, and this with it
	Shown               workflow.ExecutionStatus // that the list is narrowed to; empty: all
	Rows                []ExecutionRow
	Newer, Older        string // addresses of the neighbouring parts; empty: there is none
	LiveURL             string
}

func (m MapRun) status() *components.Status {
	s := components.ExecutionStatus(m.Status)
	return &s
}

func (m MapRun) open() bool { return !m.Status.Closed() }

func (m MapRun) lead() string {
	return "Map Run of the Map state " + m.State.Text + ": every item, or batch of items, is an execution of its own."
}

func (m MapRun) concurrency() string {
	if m.MaxConcurrency == 0 {
		return "no limit"
	}
	return thousands(m.MaxConcurrency)
}

// tolerated says how many items may fail.
func (m MapRun) tolerated() string {
	var said []string
	if m.ToleratedFailures > 0 {
		said = append(said, thousands(m.ToleratedFailures))
	}
	if m.ToleratedPercentage > 0 {
		said = append(said, strconv.FormatFloat(m.ToleratedPercentage, 'f', -1, 64)+" %")
	}
	if said == nil {
		return "none"
	}
	return strings.Join(said, " or ") + " of the items"
}

func (m MapRun) redriven() string { return Execution{Redrives: m.Redrives}.redriven() }

func (m MapRun) results() string {
	return m.ResultBucket + "/" + m.ResultKey
}

// itemsTotal says how many items there are.
func (m MapRun) itemsTotal() string {
	if m.Reading {
		return thousands(m.Items.Total()) + " so far"
	}
	return thousands(m.Items.Total())
}

// progress says how much of the work is over.
func (m MapRun) progress() string {
	over := m.Items.Total() - m.Items.Pending - m.Items.Running
	return thousands(over) + " of " + m.itemsTotal()
}

// mapRunShare is how many of a Map Run's items or executions stand somewhere.
type mapRunShare struct {
	status components.Status
	count  int64
}

func shares(c workflow.MapRunCounts) []mapRunShare {
	return []mapRunShare{
		{components.ExecutionStatus(workflow.Succeeded), c.Succeeded},
		{components.ExecutionStatus(workflow.Failed), c.Failed},
		{components.ExecutionStatus(workflow.TimedOut), c.TimedOut},
		{components.ExecutionStatus(workflow.Aborted), c.Aborted},
		{components.ExecutionStatus(workflow.Running), c.Running},
		{components.Status{Text: "Pending", Icon: components.IconPending, Tone: components.Neutral}, c.Pending},
	}
}

// mapRunPart is a part of the bar that shows the shares; places are percent.
type mapRunPart struct {
	tone         components.Tone
	pending      bool
	from, length float64
}

func parts(c workflow.MapRunCounts) []mapRunPart {
	total := float64(c.Total())
	var out []mapRunPart
	var from float64
	for i, s := range shares(c) {
		if s.count == 0 {
			continue
		}
		length := 100 * float64(s.count) / total
		out = append(out, mapRunPart{s.status.Tone, i == 5, from, length})
		from += length
	}
	return out
}

func (m MapRun) tabs() []components.Tab {
	tab := func(text string, status workflow.ExecutionStatus, count int64) components.Tab {
		return components.Tab{
			Text: text, URL: paths.MapRunView(m.Key, string(status), ""),
			Count: workflow.Count{N: count}, Counted: true, Current: m.Shown == status,
		}
	}
	c := m.Executions
	tabs := []components.Tab{tab("All", "", c.Total()-c.Pending)}
	counts := map[workflow.ExecutionStatus]int64{
		workflow.Running: c.Running, workflow.Succeeded: c.Succeeded, workflow.Failed: c.Failed, workflow.TimedOut: c.TimedOut, workflow.Aborted: c.Aborted,
	}
	for _, s := range statusTabs {
		tabs = append(tabs, tab(components.ExecutionStatus(s).Text, s, counts[s]))
	}
	return tabs
}

func (m MapRun) empty() components.Empty {
	e := components.Empty{Icon: components.IconExecutions, Title: "No child execution yet", Text: "Child executions appear here as soon as the first items are read."}
	switch {
	case m.Shown != "":
		e.Title, e.Text = "None is "+strings.ToLower(components.ExecutionStatus(m.Shown).Text), "Child executions with this status appear here as soon as there are any."
		e.Action = &components.Link{Text: "Show all", URL: paths.MapRun(m.Key)}
	case !m.open() && m.Items.Total() == 0:
		e.Title, e.Text = "There was nothing to do", "The state's input, or the file that it read, had no items."
	case !m.open():
		e.Title, e.Text = "No child execution was started", "The Map Run ended before its first child execution began."
	}
	return e
}

// redriveText says what became of the Map Run and what a redrive does.
func (m MapRun) redriveText() string {
	return "Redrive the execution that it belongs to: the child executions that did not succeed are done again, the others are not repeated."
}
