package engine_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// deceptive says of some executions that they exist, which then cannot be found.
type deceptive struct {
	engine.Store
	denials int   // how many commits are refused so
	finding error // of Find while there are denials
	denied  bool
}

func (d *deceptive) Commit(ctx context.Context, c *workflow.Commit) error {
	if d.denied = c.Expect == 0 && d.denials > 0; d.denied {
		d.denials--
		return workflow.ErrExists
	}
	return d.Store.Commit(ctx, c)
}

func (d *deceptive) Find(ctx context.Context, machine, name string) (workflow.ExecutionInfo, error) {
	if d.denied {
		return workflow.ExecutionInfo{}, d.finding
	}
	return d.Store.Find(ctx, machine, name)
}

// Whoever is told that an execution exists gets that execution, never an empty one.
func TestAnExecutionThatExistsIsShown(t *testing.T) {
	unreadable := errors.New("the database does not answer")
	for name, c := range map[string]struct {
		denials int
		finding error
		starts  bool
	}{
		"it is gone meanwhile":         {1, workflow.ErrNotFound, true},
		"it is gone again and again":   {100, workflow.ErrNotFound, false},
		"it is there, but unreadable ": {1, unreadable, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := storetest.NewMemory()
				i := install(t, store, machine(`"P":{"Type":"Pass","End":true}`), nil, func(o *engine.Options) {
					o.Store = &deceptive{Store: store, denials: c.denials, finding: c.finding}
				})
				defer i.drain()
				info, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "n"})
				if errors.Is(err, workflow.ErrExists) || (err == nil) != c.starts || errors.Is(err, workflow.ErrNotFound) {
					t.Errorf("%+v, %v", info, err)
				}
				if c.finding == unreadable && !errors.Is(err, unreadable) {
					t.Errorf("%v does not say why", err)
				}
				if c.starts {
					i.wantStatus(info.ID, workflow.Succeeded)
				}
			})
		})
	}
}

// Two engines may draw the same id in the same millisecond: that is nobody's trouble.
func TestAnIDThatIsTakenIsDrawnAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		definition := machine(`"W":{"Type":"Wait","Seconds":5,"End":true}`)
		a := install(t, store, definition, nil, shared) // before 2020 every engine counts from one
		b := install(t, store, definition, nil, shared)
		first, second := a.start("a"), b.start("b")
		if first.ID == second.ID {
			t.Errorf("two executions have the id %d", first.ID)
		}
		pass(10 * time.Second)
		a.wantStatus(first.ID, workflow.Succeeded)
		b.wantStatus(second.ID, workflow.Succeeded)
		a.drain()
		b.drain()
	})
}
