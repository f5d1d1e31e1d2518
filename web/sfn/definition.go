package sfn

import (
	"errors"
	"strings"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// runnable refuses a definition that a state machine of that type cannot have.
func runnable(definition string, _ workflow.StateMachineType) error {
	if found, err := diagnose(definition); err != nil {
		return err
	} else if len(found) > 0 {
		return invalidDefinition(found)
	}
	return nil
}

func diagnose(definition string) (asl.Diagnostics, error) {
	_, err := asl.Compile([]byte(definition))
	var found asl.Diagnostics
	if errors.As(err, &found) {
		return found, nil
	}
	return nil, err
}

func invalidDefinition(found asl.Diagnostics) *Error {
	texts := make([]string, len(found))
	for i, d := range found {
		texts[i] = d.Code + ": " + d.Message
		if d.Pointer != "" {
			texts[i] += " at " + d.Pointer
		}
	}
	return Refuse("InvalidDefinition", "Invalid State Machine Definition: '%s'", strings.Join(texts, ", "))
}

type validateDefinitionInput struct {
	Definition string `json:"definition"`
	Type       string `json:"type"`
	Severity   string `json:"severity"`
	MaxResults int    `json:"maxResults"`
}

type validateDefinitionOutput struct {
	Result      string               `json:"result"`
	Diagnostics []diagnosticDocument `json:"diagnostics"`
	Truncated   bool                 `json:"truncated"`
}

type diagnosticDocument struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Location string `json:"location,omitempty"`
}

const defaultDiagnostics = 100

func (s *Service) validateDefinition(_ *Call, in validateDefinitionInput) (any, error) {
	found, err := diagnose(in.Definition)
	if err != nil {
		return nil, err
	}
	limit := in.MaxResults
	if limit == 0 {
		limit = defaultDiagnostics
	}
	out := validateDefinitionOutput{Result: "OK", Diagnostics: []diagnosticDocument{}}
	if len(found) > 0 {
		out.Result = "FAIL"
	}
	if out.Truncated = len(found) > limit; out.Truncated {
		found = found[:limit]
	}
	for _, d := range found {
		location := d.Pointer
		if location == "" {
			location = "/"
		}
		out.Diagnostics = append(out.Diagnostics, diagnosticDocument{"ERROR", d.Code, d.Message, location})
	}
	return out, nil
}

// references are the variables that each state refers to; none in a definition that cannot run.
func references(definition []byte) map[string][]string {
	machine, err := asl.Compile(definition)
	if err != nil {
		return nil
	}
	return machine.VariableReferences()
}
