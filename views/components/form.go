package components

import (
	"strconv"

	"github.com/a-h/templ"
)

// Field is one labelled input. Name is also its id, so a page may use it only once,
// unless ID is set.
type Field struct {
	Name         string
	ID           string // Name when empty
	Label        string
	Type         string // of the input; "text" when empty
	Value        string
	Hint         string
	Error        string // said beside the field and in the summary
	Autocomplete string // the token of the HTML standard, such as "postal-code"
	InputMode    string
	Optional     bool
	Autofocus    bool
	Span         bool // takes the whole width of a two-column form
	MaxLength    int  // 0: no limit
	Rows         int  // of a text area
	Code         bool // of a text area: for a program's text, which nobody corrects
	Options      []Option
}

// Option is one choice of a select.
type Option struct {
	Value string
	Text  string
}

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

func (f Field) inputType() string {
	if f.Type != "" {
		return f.Type
	}
	return "text"
}

// describedBy lists the ids of hint and error, the error first: it is what to read now.
func (f Field) describedBy() string {
	switch {
	case f.Error != "" && f.Hint != "":
		return f.id() + "-error " + f.id() + "-hint"
	case f.Error != "":
		return f.id() + "-error"
	case f.Hint != "":
		return f.id() + "-hint"
	}
	return ""
}

// attributes are those that every kind of input has.
func (f Field) attributes() templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name}
	if d := f.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if !f.Optional {
		a["required"] = true
	}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	if f.InputMode != "" {
		a["inputmode"] = f.InputMode
	}
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Code {
		a["class"], a["spellcheck"], a["autocapitalize"], a["autocorrect"], a["wrap"] = "code-area", "false", "off", "off", "off"
	}
	if f.Autofocus {
		a["autofocus"] = true
	}
	return a
}

// Problem is one thing that is wrong in a form.
type Problem struct {
	Field string // the id of the field; empty when it is about the whole form
	Text  string
}

// Problems collects the errors of fields, in their order.
func Problems(fields ...Field) []Problem {
	var out []Problem
	for _, f := range fields {
		if f.Error != "" {
			out = append(out, Problem{Field: f.id(), Text: f.Error})
		}
	}
	return out
}
