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
	PutBuiltIn(ctx context.Context, name string, definition []byte) (version int64, present bool, err error)
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
	return layOut(ctx, store, machine, name, version)
}

// RegisterBuiltIn is RegisterStateMachine for one that comes with the program: what people have
// made of it since stays.
func RegisterBuiltIn(ctx context.Context, store machineStore, name string, definition []byte) error {
	machine, err := asl.Compile(definition)
	if err != nil {
		return fmt.Errorf("definition of %s: %w", name, err)
	}
	version, present, err := store.PutBuiltIn(ctx, name, definition)
	if err != nil || !present {
		return err
	}
	return layOut(ctx, store, machine, name, version)
}

// layOut keeps how a version is drawn, unless that is known already.
func layOut(ctx context.Context, store machineStore, machine *asl.StateMachine, name string, version int64) error {
	if _, err := store.Layout(ctx, name, version); !errors.Is(err, workflow.ErrNotFound) {
		return err
	}
	layout, err := json.Marshal(graph.Lay(ctx, graph.Of(machine)))
	if err != nil {
		return fmt.Errorf("layout of %s: %w", name, err)
	}
	return store.SaveLayout(ctx, name, version, layout)
}
