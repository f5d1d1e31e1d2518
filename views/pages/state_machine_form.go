package pages

import (
	"strconv"

	"countersign/views/components"
	"countersign/web/paths"
)

// StateMachineForm makes a state machine, or changes its definition.
type StateMachineForm struct {
	CSRF       string
	Existing   bool // it is there, and its definition is changed
	Orders     bool // it is the one that fulfils orders
	Name       string
	Express    bool
	Definition string
	Revision   int64 // that the text was made from
	Latest     int64 // there is by now
	Publish    bool
	Errors     StateMachineFormErrors

	// Compared is how the version that somebody else has saved meanwhile becomes what was typed.
	Compared []ComparedLine

	Checked  bool // the definition has been looked at
	Findings []Finding
	States   int
	Graph    StateGraph
}

// StateMachineFormErrors are the problems of fields; empty ones are none.
type StateMachineFormErrors struct{ Name, Type, Definition, General string }

// ComparedLine is a line of one text, of another, or of both.
type ComparedLine struct {
	Kind ComparedKind
	Text string
}

// ComparedKind says whose a line is, by the mark that stands before it.
type ComparedKind string

const (
	SameLine   ComparedKind = " "
	OldLine    ComparedKind = "-" // of the first text only
	NewLine    ComparedKind = "+" // of the second text only
	GapOfLines ComparedKind = "…" // lines that are the same in both are left out
)

// said is what a reader hears who does not see the mark.
func (k ComparedKind) said() string {
	switch k {
	case OldLine:
		return "only there: "
	case NewLine:
		return "only yours: "
	}
	return ""
}

// Finding is something that is wrong in a definition, or hardly meant so.
type Finding struct {
	Warning bool
	Code    string
	Message string
	Pointer string
	Line    int
	Text    string // of that line
}

func (m StateMachineForm) title() string {
	if m.Existing {
		return "Edit " + m.Name
	}
	return "New state machine"
}

func (m StateMachineForm) back() *components.Link {
	if m.Existing {
		return &components.Link{Text: m.Name, URL: paths.StateMachine(m.Name)}
	}
	return &components.Link{Text: "State machines", URL: paths.StateMachines}
}

func (m StateMachineForm) action() string {
	if m.Existing {
		return paths.StateMachineEdit(m.Name)
	}
	return paths.StateMachines
}

// page is the address of the form itself.
func (m StateMachineForm) page() string {
	if m.Existing {
		return paths.StateMachineEdit(m.Name)
	}
	return paths.StateMachineNew
}

func (m StateMachineForm) lead() string {
	if m.Existing {
		return "Saving makes a new version. Executions that are under way finish on the version they started with."
	}
	return "Write what it does in the Amazon States Language. Check it as often as you like; nothing is saved before you save it."
}

func (m StateMachineForm) save() string {
	if m.Existing {
		return "Save as a new version"
	}
	return "Save the state machine"
}

func (m StateMachineForm) nameField() components.Field {
	return components.Field{Name: "name", Label: "Name", Value: m.Name, Error: m.Errors.Name, Autocomplete: "off", MaxLength: 80,
		Hint: "Up to 80 letters, digits, hyphens and underscores. It cannot be changed later."}
}

func (m StateMachineForm) typeField() components.Field {
	return components.Field{Name: "type", Label: "Type", Value: map[bool]string{true: "EXPRESS", false: "STANDARD"}[m.Express], Error: m.Errors.Type,
		Options: []components.Option{
			{Value: "STANDARD", Text: "Standard: may take up to a year"},
			{Value: "EXPRESS", Text: "Express: five minutes at most"},
		}, Hint: "It cannot be changed later."}
}

func (m StateMachineForm) definitionField() components.Field {
	return components.Field{Name: "definition", Label: "Definition", Value: m.Definition, Error: m.Errors.Definition, Rows: 24, Code: true,
		Hint: "JSON, at most 1 MiB."}
}

func (m StateMachineForm) problems() []components.Problem {
	problems := components.Problems(m.nameField(), m.typeField(), m.definitionField())
	if m.Errors.General != "" {
		problems = append(problems, components.Problem{Text: m.Errors.General})
	}
	return problems
}

// failed says whether the definition cannot be used as it is.
func (m StateMachineForm) failed() bool {
	for _, f := range m.Findings {
		if !f.Warning {
			return true
		}
	}
	return false
}

func (m StateMachineForm) verdict() components.Status {
	switch {
	case m.failed():
		return components.Status{Text: components.Count(m.wrong(), "problem") + " in the definition", Icon: components.IconFailed, Tone: components.Danger}
	case len(m.Findings) > 0:
		return components.Status{Text: "It can be saved, with " + components.Count(len(m.Findings), "warning"), Icon: components.IconWarning, Tone: components.Waiting}
	}
	return components.Status{Text: "Nothing is wrong with it", Icon: components.IconDone, Tone: components.Success}
}

func (m StateMachineForm) wrong() int {
	n := 0
	for _, f := range m.Findings {
		if !f.Warning {
			n++
		}
	}
	return n
}

func (f Finding) status() components.Status {
	if f.Warning {
		return components.Status{Text: "Warning", Icon: components.IconWarning, Tone: components.Waiting}
	}
	return components.Status{Text: "Error", Icon: components.IconFailed, Tone: components.Danger}
}

func (f Finding) place() string {
	text := "Line " + strconv.Itoa(f.Line)
	if f.Pointer != "" {
		text += ", " + f.Pointer
	}
	return text
}

// ExecutionStart is the form that starts an execution.
type ExecutionStart struct {
	CSRF         string
	StateMachine string
	Orders       bool // starting places an order
	Express      bool
	Key          string // name of an execution that is given none, so that sending the form twice starts one
	Name         string
	Target       string // version or alias; empty: the latest revision
	Targets      []components.Option
	Input        string
	Errors       ExecutionStartErrors
	Existing     *components.Link // the execution that has the name already
}

// ExecutionStartErrors are the problems of fields; empty ones are none.
type ExecutionStartErrors struct{ Name, Target, Input, General string }

func (m ExecutionStart) fields() []components.Field {
	name := components.Field{Name: "name", Label: "Name", Value: m.Name, Error: m.Errors.Name, Optional: true, Autocomplete: "off", MaxLength: 80,
		Hint: "Up to 80 letters, digits, hyphens and underscores. Left empty, it is given one."}
	target := components.Field{Name: "target", Label: "What to start", Value: m.Target, Error: m.Errors.Target, Optional: true, Options: m.Targets}
	input := components.Field{Name: "input", Label: "Input", Value: m.Input, Error: m.Errors.Input, Optional: true, Rows: 14, Code: true,
		Hint: "JSON, at most 256 KiB. Left empty, it is {}."}
	return []components.Field{name, target, input}
}

func (m ExecutionStart) problems() []components.Problem {
	problems := components.Problems(m.fields()...)
	if m.Errors.General != "" {
		problems = append(problems, components.Problem{Text: m.Errors.General})
	}
	return problems
}
