package sfn

import (
	"errors"
	"strings"

	"countersign/workflow/asl"
)

// compiled says whether a definition is one that can run, or everything that is wrong with it.
func compiled(definition string) (*asl.StateMachine, error) {
	machine, err := asl.Compile([]byte(definition))
	var found asl.Diagnostics
	if errors.As(err, &found) {
		return nil, invalidDefinition(found)
	}
	return machine, err
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
