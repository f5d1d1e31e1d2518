package sim

import (
	"context"
	"time"

	"countersign/workflow"
)

// What an engine asks of Map Runs fails like everything else.

func (f *Faulty) OpenMapRun(ctx context.Context, run workflow.MapRun) (workflow.MapRun, error) {
	return attempt(f, "open map run", run.ARN, func() (workflow.MapRun, error) { return f.MapRuns.OpenMapRun(ctx, run) })
}

func (f *Faulty) AddMapItems(ctx context.Context, arn workflow.ARN, items []workflow.MapItem) error {
	_, err := attempt(f, "add map items", arn, func() (struct{}, error) { return nothing(f.MapRuns.AddMapItems(ctx, arn, items)) })
	return err
}

func (f *Faulty) SealMapRun(ctx context.Context, arn workflow.ARN) error {
	_, err := attempt(f, "seal map run", arn, func() (struct{}, error) { return nothing(f.MapRuns.SealMapRun(ctx, arn)) })
	return err
}

func (f *Faulty) MapRun(ctx context.Context, arn workflow.ARN) (workflow.MapRun, error) {
	return attempt(f, "map run", arn, func() (workflow.MapRun, error) { return f.MapRuns.MapRun(ctx, arn) })
}

func (f *Faulty) CountMapRun(ctx context.Context, arn workflow.ARN) (executions, items workflow.MapRunCounts, err error) {
	executions, err = attempt(f, "count map run", arn, func() (n workflow.MapRunCounts, err error) {
		n, items, err = f.MapRuns.CountMapRun(ctx, arn)
		return n, err
	})
	return executions, items, err
}

func (f *Faulty) MapItems(ctx context.Context, arn workflow.ARN, limit int) ([]workflow.MapItem, error) {
	return attempt(f, "map items", arn, func() ([]workflow.MapItem, error) { return f.MapRuns.MapItems(ctx, arn, limit) })
}

func (f *Faulty) MapChildren(ctx context.Context, arn workflow.ARN, statuses []workflow.ExecutionStatus, visit func(int64, workflow.ExecutionInfo) error) error {
	_, err := attempt(f, "map children", arn, func() (struct{}, error) { return nothing(f.MapRuns.MapChildren(ctx, arn, statuses, visit)) })
	return err
}

func (f *Faulty) RedriveMapRun(ctx context.Context, arn workflow.ARN, at time.Time) error {
	_, err := attempt(f, "redrive map run", arn, func() (struct{}, error) { return nothing(f.MapRuns.RedriveMapRun(ctx, arn, at)) })
	return err
}

func (f *Faulty) OrphanedMapRuns(ctx context.Context) ([]workflow.ARN, error) {
	return attempt(f, "orphaned map runs", "", func() ([]workflow.ARN, error) { return f.MapRuns.OrphanedMapRuns(ctx) })
}

func (f *Faulty) AbortMapRun(ctx context.Context, arn workflow.ARN, at time.Time) error {
	_, err := attempt(f, "abort map run", arn, func() (struct{}, error) { return nothing(f.MapRuns.AbortMapRun(ctx, arn, at)) })
	return err
}
