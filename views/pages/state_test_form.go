package pages

import (
	"strconv"

	"countersign/views/components"
	"countersign/web/paths"
)

// StateTest tests one state of a state machine without an execution.
type StateTest struct {
	CSRF         string
	StateMachine string
	Version      int64
	Latest       int64
	States       []string // that can be tested
	State        string
	Input        string
	Variables    string
	Context      string
	Mode         string // one of the modes
	Result       string // that stands for the answer of the task
	Error, Cause string // with which it fails
	Validation   string // how strictly the result is held against the API's answers
	Retries      string // that were made already
	Errors       StateTestErrors
	Outcome      *StateTestOutcome
}

// The modes: whether the work of the state is done, or something stands for it.
const (
	TestCalls  = "call"
	TestMocks  = "result"
	TestErrors = "error"
)

// StateTestErrors are the problems of fields; empty ones are none.
type StateTestErrors struct {
	State, Input, Variables, Context, Mode, Result, Error, Validation, Retries, General string
}

// StateTestOutcome is what a test came to.
type StateTestOutcome struct {
	Status       string // of TestState: SUCCEEDED, FAILED, RETRIABLE, CAUGHT_ERROR
	Next         string // the state that would follow
	Error, Cause string
	Handled      string // who handles the error: "Catcher 0 …"; empty: nobody
	Output       JSON
	Steps        []JSON      // the data on its way through the state's fields
	Facts        []EventFact // what else is to be known
}

func (m StateTest) modeOptions() []components.Option {
	return []components.Option{
		{Value: TestCalls, Text: "Is done: its function is called"},
		{Value: TestMocks, Text: "Is supposed to give the result below"},
		{Value: TestErrors, Text: "Is supposed to fail with the error below"},
	}
}

func (m StateTest) stateField() components.Field {
	f := components.Field{Name: "state", Label: "State", Value: m.State, Error: m.Errors.State}
	for _, name := range m.States {
		f.Options = append(f.Options, components.Option{Value: name, Text: name})
	}
	return f
}

func (m StateTest) modeField() components.Field {
	return components.Field{Name: "mode", Label: "Its work", Value: m.Mode, Error: m.Errors.Mode, Options: m.modeOptions()}
}

func (m StateTest) inputField() components.Field {
	return components.Field{Name: "input", Label: "Input", Value: m.Input, Error: m.Errors.Input, Optional: true, Rows: 10, Code: true, Hint: "JSON. Left empty, it is {}."}
}

func (m StateTest) resultField() components.Field {
	return components.Field{Name: "result", Label: "Supposed result", Value: m.Result, Error: m.Errors.Result, Optional: true, Rows: 6, Code: true, Hint: "JSON, as the function, the service or the branches would answer."}
}

func (m StateTest) errorField() components.Field {
	return components.Field{Name: "error", Label: "Supposed error", Value: m.Error, Error: m.Errors.Error, Optional: true, Autocomplete: "off", Hint: "Its name, such as States.TaskFailed."}
}

func (m StateTest) causeField() components.Field {
	return components.Field{Name: "cause", Label: "Its cause", Value: m.Cause, Optional: true, Autocomplete: "off"}
}

func (m StateTest) moreFields() []components.Field {
	return []components.Field{
		{Name: "variables", Label: "Variables", Value: m.Variables, Error: m.Errors.Variables, Optional: true, Rows: 4, Code: true, Hint: "A JSON object of names and values that states before have assigned."},
		{Name: "context", Label: "Context object", Value: m.Context, Error: m.Errors.Context, Optional: true, Rows: 4, Code: true, Hint: "The whole of it as JSON. Left empty, one is made up."},
	}
}

func (m StateTest) retriesField() components.Field {
	return components.Field{Name: "retries", Label: "Retries made before", Value: m.Retries, Error: m.Errors.Retries, Optional: true, InputMode: "numeric", Hint: "Of the retrier that the supposed error is for."}
}

func (m StateTest) validationField() components.Field {
	return components.Field{Name: "validation", Label: "Check of the supposed result", Value: m.Validation, Error: m.Errors.Validation, Optional: true, Options: []components.Option{
		{Value: "STRICT", Text: "Strict"},
		{Value: "PRESENT", Text: "What is present"},
		{Value: "NONE", Text: "None"},
	}}
}

func (m StateTest) fields() []components.Field {
	return append([]components.Field{m.stateField(), m.modeField(), m.inputField(), m.resultField(), m.errorField(), m.causeField(), m.retriesField(), m.validationField()}, m.moreFields()...)
}

func (m StateTest) problems() []components.Problem {
	problems := components.Problems(m.fields()...)
	if m.Errors.General != "" {
		problems = append(problems, components.Problem{Text: m.Errors.General})
	}
	return problems
}

// more says whether the fields that are seldom needed stand open.
func (m StateTest) more() bool {
	return m.Variables != "" || m.Context != "" || m.Retries != "" || m.Validation != "" && m.Validation != "STRICT" ||
		m.Errors.Variables != "" || m.Errors.Context != "" || m.Errors.Retries != ""
}

func (m StateTest) lead() string {
	text := "Of " + m.StateMachine
	if m.Version != m.Latest {
		text += ", version " + strconv.FormatInt(m.Version, 10)
	}
	return text + ". Nothing is saved, and no execution is started."
}

func (o StateTestOutcome) status() components.Status {
	switch o.Status {
	case "SUCCEEDED":
		return components.Status{Text: "The state succeeds", Icon: components.IconDone, Tone: components.Success}
	case "CAUGHT_ERROR":
		return components.Status{Text: "The state fails, and the error is caught", Icon: components.IconWarning, Tone: components.Waiting}
	case "RETRIABLE":
		return components.Status{Text: "The state fails and would try again", Icon: components.IconRetry, Tone: components.Waiting}
	}
	return components.Status{Text: "The state fails", Icon: components.IconFailed, Tone: components.Danger}
}

func (m StateTest) nextURL() string {
	return paths.StateTest(m.StateMachine, m.Version, m.Outcome.Next)
}
