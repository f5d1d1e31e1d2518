package engine

import (
	"context"

	"countersign/workflow/asl"
)

// lookAfterParent withdraws this Map Run when another engine has the parent, because it was stopped
// there or the lease was lost: until the lease would be renewed, many more children could begin.
func (r *mapRunner) lookAfterParent(ctx context.Context) {
	if r.e.Exclusive {
		return
	}
	row, err := r.e.Store.Load(ctx, r.v.info.ID)
	if err == nil && row.Owner != r.e.Owner {
		r.e.reread(ctx, nil, row.ID)
	}
}

// abandon ends a Map Run whose parent does not wait for it any more, and leaves one
// alone that somebody else goes on with.
func (r *mapRunner) abandon(ctx context.Context) error {
	if r.run.ARN == "" || r.e.draining.Load() || r.awaited(ctx) {
		return nil
	}
	if err := r.e.MapRuns.AbortMapRun(ctx, r.run.ARN, r.e.now()); err != nil {
		return err
	}
	return r.stopChildren(ctx)
}

// awaited says whether the parent still waits for this Map Run, as far as anybody can tell.
func (r *mapRunner) awaited(ctx context.Context) bool {
	row, err := r.e.Store.Load(ctx, r.run.Execution)
	if err != nil {
		return true
	}
	snapshot, err := asl.Decode(row.Snapshot)
	if err != nil {
		return true
	}
	machine, err := r.e.machines.get(ctx, row.StateMachine, row.Version)
	if err != nil {
		return true
	}
	for _, c := range machine.Outstanding(snapshot) {
		if invoke, ok := c.(asl.Invoke); ok && invoke.Map != nil && invoke.Map.ARN == r.run.ARN {
			return true
		}
	}
	return false
}
