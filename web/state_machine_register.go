package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"countersign/web/graph"
	"countersign/workflow"
	"countersign/workflow/asl"
)

// machineStore keeps definitions and where their states are drawn.
type machineStore interface {
	PutDefinition(ctx context.Context, machine string, definition []byte) (version int64, err error)
	SaveLayout(ctx context.Context, machine string, version int64, layout []byte) error
	Layout(ctx context.Context, machine string, version int64) ([]byte, error)
}

// RegisterStateMachine makes definition the latest version of a state machine and lays
// its graph out, once per version. A definition with problems is refused with all of them.
func RegisterStateMachine(ctx context.Context, store machineStore, name string, definition []byte) error {
	machine, err := asl.Compile(definition)
	if err != nil {
		return fmt.Errorf("definition of %s: %w", name, err)
	}
	version, err := store.PutDefinition(ctx, name, definition)
	if err != nil {
		return err
	}
	if _, err := store.Layout(ctx, name, version); !errors.Is(err, workflow.ErrNotFound) {
		return err
	}
	layout, err := json.Marshal(graph.Lay(ctx, graph.Of(machine)))
	if err != nil {
		return fmt.Errorf("layout of %s: %w", name, err)
	}
	return store.SaveLayout(ctx, name, version, layout)
}
