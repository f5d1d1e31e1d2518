package pages

import (
	"strconv"
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// StateMachines is the list of state machines.
type StateMachines struct {
	Now         time.Time
	Search      string // beginning of the name that the list is narrowed to
	MayChange   bool   // the reader may make and change them
	Rows        []StateMachineRow
	First, Next string // addresses of other parts; empty: there is none
}

// searched says whether there are so many that looking for one by name helps.
func (m StateMachines) searched() bool {
	return m.Search != "" || m.First != "" || m.Next != "" || len(m.Rows) > 10
}

// StateMachineRow is one state machine by its latest version.
type StateMachineRow struct {
	Name      string
	Version   int64
	CreatedAt time.Time // of the version
	States    int
	Express   bool
	Deleting  bool
}

func (r StateMachineRow) kind() string { return machineType(r.Express) }

func machineType(express bool) string {
	if express {
		return "Express"
	}
	return "Standard"
}

// StateMachine is one version of a state machine.
type StateMachine struct {
	CSRF       string
	Now        time.Time
	Type       workflow.StateMachineType
	Deleting   bool // or deleted
	Orders     bool // it is the one that fulfils orders
	MayChange  bool // the reader may start executions, edit and delete it
	Name       string
	ARN        workflow.ARN
	Version    int64 // the one shown
	Latest     int64
	CreatedAt  time.Time
	Comment    string // of the definition; may be empty
	States     int
	Definition string // JSON, indented; its beginning if it is very long
	Left       int    // lines of it that are left out
	Whole      string // address of all of it
	Graph      StateGraph
	Versions   []StateMachineVersion // newest first
}

// StateMachineVersion is one of the versions that were saved.
type StateMachineVersion struct {
	Version   int64
	CreatedAt time.Time
}

func versionText(n int64) string { return "Version " + strconv.FormatInt(n, 10) }

func (m StateMachine) lead() string {
	if m.Deleting {
		return versionText(m.Version) + " of a state machine that is deleted. Nothing can be started with it any more."
	}
	if m.Version == m.Latest {
		return versionText(m.Version) + " of " + strconv.FormatInt(m.Latest, 10) + ", the one that new executions start with."
	}
	return versionText(m.Version) + ", an earlier one. Executions that started with it finish on it; new ones start with version " + strconv.FormatInt(m.Latest, 10) + "."
}

// deleteAsk words the confirmation of a deletion.
func (m StateMachine) deleteAsk() components.Ask {
	text := "Nothing can be started with it any more, and its versions and aliases go. Executions that are under way end at their next state; their pages stay."
	if m.Orders {
		text = "Orders are fulfilled by it: without it no order can be placed. " + text
	}
	return components.Ask{
		ID: "delete-machine", Title: "Delete “" + m.Name + "”?", Text: text, URL: paths.StateMachineDelete(m.Name), CSRF: m.CSRF,
		Confirm: "Delete the state machine", Keep: "Keep it", Danger: true,
	}
}

// editURL leads to the form with the definition that is shown.
func (m StateMachine) editURL() string {
	if m.Version == m.Latest {
		return paths.StateMachineEdit(m.Name)
	}
	return paths.StateMachineEditFrom(m.Name, m.Version)
}

func (m StateMachine) editText() string {
	if m.Version == m.Latest {
		return "Edit definition"
	}
	return "Edit from this version"
}

func (m StateMachine) definition() JSON {
	return JSON{ID: "definition", Title: "Definition", Text: m.Definition}
}

func (m StateMachine) left() string {
	return components.Several(workflow.Count{N: int64(m.Left)}, "more line") + " are left out here."
}

func (m StateMachines) empty() components.Empty {
	if m.Search != "" {
		return components.Empty{
			Icon: components.IconStateMachines, Title: "No state machine has such a name", Text: "Looked for names that begin with “" + m.Search + "”.",
			Action: &components.Link{Text: "Show all", URL: paths.StateMachines},
		}
	}
	return components.Empty{
		Icon: components.IconStateMachines, Title: "There is no state machine yet",
		Text:   "Countersign registers its order workflow when it starts. If this stays empty, look at the server's log.",
		Action: &components.Link{Text: "To the dashboard", URL: paths.Dashboard},
	}
}
