package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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

// drawWithin is how long a drawing may take; one that takes longer is not worth waiting for.
var drawWithin = 10 * time.Second

// lay lays out in that time. A layout for which it was not enough is plain, and inTime false: on a
// machine that has less to do it may be another.
func lay(ctx context.Context, g graph.Graph) (l graph.Layout, inTime bool) {
	ctx, cancel := context.WithTimeout(ctx, drawWithin)
	defer cancel()
	l = graph.Lay(ctx, g)
	return l, ctx.Err() == nil
}

// layOut keeps how a version is drawn, unless that is known already or could not be found out in
// time: then it is laid out when somebody looks at it.
func layOut(ctx context.Context, store machineStore, machine *asl.StateMachine, name string, version int64) error {
	if _, err := store.Layout(ctx, name, version); !errors.Is(err, workflow.ErrNotFound) {
		return err
	}
	drawn, inTime := lay(ctx, graph.Of(machine))
	if !inTime {
		return ctx.Err()
	}
	layout, err := json.Marshal(drawn)
	if err != nil {
		return fmt.Errorf("layout of %s: %w", name, err)
	}
	return store.SaveLayout(ctx, name, version, layout)
}
