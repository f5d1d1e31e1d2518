package sfn

import (
	"cmp"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// runnable refuses a definition that a state machine of that type cannot have.
func runnable(definition string, kind workflow.StateMachineType) error {
	if _, found := asl.Check([]byte(definition), kind); found.Failed() {
		return invalidDefinition(found)
	}
	return nil
}

func invalidDefinition(found asl.Diagnostics) *Error {
	return Refuse("InvalidDefinition", "%s", found.Message())
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
	Severity asl.Severity `json:"severity"`
	Code     string       `json:"code"`
	Message  string       `json:"message"`
	Location string       `json:"location,omitempty"`
}

// maxDiagnostics is how many are told at once, and how many when nothing else is asked for.
const maxDiagnostics = 100

// validateDefinition answers as the service does: warnings only when they are asked for, and OK
// when there is nothing worse than them.
func (s *Service) validateDefinition(_ *Call, in validateDefinitionInput) (any, error) {
	_, found := asl.Check([]byte(in.Definition), workflow.StateMachineType(cmp.Or(in.Type, string(workflow.Standard))))
	out := validateDefinitionOutput{Result: "OK", Diagnostics: []diagnosticDocument{}}
	if found.Failed() {
		out.Result = "FAIL"
	}
	if in.Severity != string(asl.SeverityWarning) {
		found = found.Errors()
	}
	if limit := cmp.Or(in.MaxResults, maxDiagnostics); len(found) > limit {
		found, out.Truncated = found[:limit], true
	}
	for _, d := range found {
		out.Diagnostics = append(out.Diagnostics, diagnosticDocument{d.Severity, d.Code, d.Message, d.Location})
	}
	return out, nil
}

// references are the variables that each state refers to; none in a definition that cannot run.
func references(definition []byte, kind workflow.StateMachineType) map[string][]string {
	machine, _ := asl.Check(definition, kind)
	if machine == nil {
		return nil
	}
	return machine.VariableReferences()
}
