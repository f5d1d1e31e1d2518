package web

import (
	"context"
	"errors"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// drawingStore keeps where the states of what was made through the API are drawn.
type drawingStore interface {
	machineStore
	Definition(ctx context.Context, machine string, version int64) (definition []byte, actual int64, err error)
	StateMachine(ctx context.Context, name string) (workflow.StateMachine, error)
}

// drawer lays out in advance what was made through the API, so that whoever looks at it first
// need not wait. Whatever it leaves out is laid out when it is looked at.
type drawer struct {
	asked chan askedDrawing
	store drawingStore
	warn  func(machine string, err error)
}

type askedDrawing struct {
	key versionKey
	at  time.Time
}

const (
	maxAskedDrawings = 256
	// drawingRest is how long a revision must have stood: a test's state machine mostly has not.
	drawingRest = 3 * time.Second
)

func newDrawer(store drawingStore, warn func(string, error)) *drawer {
	return &drawer{asked: make(chan askedDrawing, maxAskedDrawings), store: store, warn: warn}
}

// ask remembers a revision, unless very many are remembered already.
func (d *drawer) ask(machine string, version int64) {
	select {
	case d.asked <- askedDrawing{versionKey{machine, version}, time.Now()}:
	default:
	}
}

// run draws until ctx ends. It rests as long as it works, so that requests come first.
func (d *drawer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-d.asked:
			if !rest(ctx, time.Until(a.at.Add(drawingRest))) {
				return
			}
			began := time.Now()
			if err := d.draw(ctx, a.key); err != nil && ctx.Err() == nil {
				d.warn(a.key.machine, err)
			}
			if !rest(ctx, time.Since(began)) {
				return
			}
		}
	}
}

// draw lays out a revision if it is still the present one.
func (d *drawer) draw(ctx context.Context, key versionKey) error {
	m, err := d.store.StateMachine(ctx, key.machine)
	if errors.Is(err, workflow.ErrNotFound) || err == nil && (m.Version != key.version || m.Status != workflow.Active) {
		return nil
	}
	if err != nil {
		return err
	}
	compiled, _ := asl.Check(m.Definition, m.Type)
	if compiled == nil {
		return nil
	}
	return layOut(ctx, d.store, compiled, key.machine, key.version)
}

// rest waits, unless ctx ends first.
func rest(ctx context.Context, wait time.Duration) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
