package pages

import (
	"strconv"
	"time"

	"countersign/views/components"
	"countersign/web/paths"
)

// Functions are the functions that are reached by HTTP.
type Functions struct {
	Now  time.Time
	Rows []FunctionRow
}

// FunctionRow is one function and its latest call.
type FunctionRow struct {
	Name     string
	URL      string
	CalledAt time.Time // zero: never
	Took     time.Duration
	Error    string // name of the latest call's error; empty when it answered
}

// FunctionForm registers a function: POST to paths.Functions with "name", "url" and "timeout" in
// seconds. Values and errors are as they were sent.
type FunctionForm struct {
	CSRF               string
	Name, URL, Timeout string
	Errors             FunctionErrors
}

// FunctionErrors says what is wrong, by field.
type FunctionErrors struct{ Name, URL, Timeout, Payload string }

// Function is one function with what an administrator can do with it: POST "url" and "timeout" to
// paths.Function, "payload" to paths.FunctionTry, nothing to paths.FunctionSecret and
// paths.FunctionRemove.
type Function struct {
	Now  time.Time
	CSRF string
	FunctionRow
	Timeout       string // in seconds
	ARN           string
	CreatedAt     time.Time
	BuiltIn       string    // the state machine that comes with a function of this name; empty: none
	SecretBegins  string    // first characters of the secret
	OldSecretEnds time.Time // until when the secret before signs too; zero: there is none
	NewSecret     string    // just made; shown this once
	CanTry        bool
	Payload       string // to try it with
	Trial         *FunctionTrial
	Errors        FunctionErrors
}

// FunctionTrial is what came of trying a function.
type FunctionTrial struct {
	Took   time.Duration
	Output JSON   // of a success
	Error  string // else
	Cause  string // as people read it; empty when it is JSON
	Data   JSON   // the cause, when it is JSON
}

func (t FunctionTrial) status() components.Status {
	if t.Error != "" {
		return components.Status{Text: "Failed with " + t.Error + " after " + milliseconds(t.Took), Icon: components.IconFailed, Tone: components.Danger}
	}
	return components.Status{Text: "Answered after " + milliseconds(t.Took), Icon: components.IconDone, Tone: components.Success}
}

// outgoingTabs are the pages about what leaves the process.
func outgoingTabs(current string) []components.Tab {
	tabs := []components.Tab{
		{Text: "Functions", URL: paths.Functions}, {Text: "Topics", URL: paths.Topics}, {Text: "Connections", URL: paths.Connections},
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].URL == current
	}
	return tabs
}

func (r FunctionRow) status() components.Status {
	switch {
	case r.CalledAt.IsZero():
		return components.Status{Text: "Never called", Icon: components.IconPending, Tone: components.Neutral}
	case r.Error != "":
		return components.Status{Text: "Failed", Icon: components.IconFailed, Tone: components.Danger}
	}
	return components.Status{Text: "Answered", Icon: components.IconDone, Tone: components.Success}
}

func (m Functions) empty() components.Empty {
	return components.Empty{
		Icon: components.IconZap, Title: "No function is registered yet",
		Text:   "A function is a URL that gets a task's input by POST and answers with the output, in any language. A task names it by its ARN.",
		Action: &components.Link{Text: "Register a function", URL: paths.FunctionNew},
	}
}

func urlField(value, problem string) components.Field {
	return components.Field{Name: "url", Label: "URL", Type: "url", Value: value, Error: problem, Autocomplete: "off", MaxLength: 2000, Span: true,
		Hint: "Where Countersign posts the task's input. It may be on this machine or in a private network."}
}

func timeoutField(value, problem string) components.Field {
	return components.Field{Name: "timeout", Label: "Timeout in seconds", Value: value, Error: problem, InputMode: "numeric", Autocomplete: "off", MaxLength: 3,
		Hint: "From 1 to 900. Later than that the task fails with Sandbox.Timedout."}
}

func (m FunctionForm) fields() []components.Field {
	return []components.Field{
		{Name: "name", Label: "Name", Value: m.Name, Error: m.Errors.Name, Autocomplete: "off", MaxLength: 64,
			Hint: "Letters, digits, hyphens and underscores. It is the end of the function's ARN and stays as it is."},
		urlField(m.URL, m.Errors.URL), timeoutField(m.Timeout, m.Errors.Timeout),
	}
}

func (m Function) fields() []components.Field {
	return []components.Field{urlField(m.URL, m.Errors.URL), timeoutField(m.Timeout, m.Errors.Timeout)}
}

func (m Function) payloadField() components.Field {
	return components.Field{Name: "payload", Label: "Input", Value: m.Payload, Error: m.Errors.Payload, Rows: 5, Hint: "Any JSON. It is sent as a task would send it, and the function really does what it does."}
}

func milliseconds(d time.Duration) string {
	if d < time.Millisecond {
		return "under 1 ms"
	}
	if d < 10*time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}
