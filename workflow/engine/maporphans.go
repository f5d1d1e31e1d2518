package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"countersign/workflow"
)

// A Map Run that its parent does not wait for is an orphan when nobody runs it: its process has
// died before it could end it, or before it could stop all its children, or the parent was stopped
// before anybody took it up.

// abortOrphans ends what a process has left behind. Nobody runs anything yet.
func (e *Engine) abortOrphans(ctx context.Context) error {
	arns, err := e.orphans(ctx)
	if err != nil {
		return err
	}
	for _, arn := range slices.Sorted(maps.Keys(arns)) {
		if err := e.abortOrphan(ctx, arn); err != nil {
			return err
		}
	}
	return nil
}

// abortLasting ends those orphans that were orphans the last time too. A Map Run that ends
// just now is its own runner's business. It returns the orphans of this time.
func (e *Engine) abortLasting(ctx context.Context, last map[workflow.ARN]bool) map[workflow.ARN]bool {
	arns, err := e.orphans(ctx)
	e.complain("looking for map runs without a parent", err)
	for _, arn := range slices.Sorted(maps.Keys(arns)) {
		if last[arn] {
			e.complain("ending a map run without a parent", e.abortOrphan(ctx, arn))
		}
	}
	return arns
}

func (e *Engine) orphans(ctx context.Context) (map[workflow.ARN]bool, error) {
	if e.MapRuns == nil {
		return nil, nil
	}
	arns, err := e.MapRuns.OrphanedMapRuns(ctx)
	found := make(map[workflow.ARN]bool, len(arns))
	for _, arn := range arns {
		found[arn] = true
	}
	return found, err
}

// abortOrphan ends a Map Run, and what is left of it, unless its parent waits for it. What a
// redrive is about to open again is closed and has children that go on, too.
func (e *Engine) abortOrphan(ctx context.Context, arn workflow.ARN) error {
	run, err := e.MapRuns.MapRun(ctx, arn)
	if err != nil {
		return fmt.Errorf("engine: read map run %s: %w", arn, err)
	}
	r := &mapRunner{e: e, run: run}
	if r.awaited(ctx) {
		return nil
	}
	if err := errors.Join(e.MapRuns.AbortMapRun(ctx, arn, e.now()), r.stopChildren(ctx)); err != nil {
		return fmt.Errorf("engine: abort map run %s: %w", arn, err)
	}
	return nil
}
