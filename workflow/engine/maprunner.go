package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/items"
)

// mapRunner works off one Map Run: it reads the items, keeps as many child executions
// going as may be, and answers when all have closed or too many have failed. What it
// knows is in the store: whoever is asked for the same Map Run again goes on there.
type mapRunner struct {
	e    *Engine
	v    *invocation
	spec *asl.MapRun
	run  workflow.MapRun
	wake chan struct{} // one token: a child has closed
}

const (
	// sensibleConcurrency is how many child executions there are at the same time when
	// the Map says nothing.
	sensibleConcurrency = 1000
	// startsAtOnce is how many of them are being created at the same time, so that
	// their commits share a transaction.
	startsAtOnce = 32
	// mapRunPoll is how often a Map Run is looked at when no child of it closes here.
	mapRunPoll = time.Second
)

// errLeft: the engine is shutting down or has lost the parent's lease. Somebody else goes on.
var errLeft = errors.New("the map run is left to another engine")

// mapWakes finds the runner of a Map Run that a child of has closed.
type mapWakes struct {
	runners sync.Map // workflow.ARN → chan struct{}
}

func (w *mapWakes) closed(info workflow.ExecutionInfo) {
	if info.MapRun == "" || !info.Status.Closed() {
		return
	}
	if wake, ok := w.runners.Load(info.MapRun); ok {
		select {
		case wake.(chan struct{}) <- struct{}{}:
		default:
		}
	}
}

// runMap performs an invocation that asks for a Map Run. errLeft means that there is
// no answer.
func (e *Engine) runMap(v *invocation) (workflow.Result, error) {
	r := &mapRunner{e: e, v: v, spec: v.command.Map, wake: make(chan struct{}, 1)}
	e.mapWakes.runners.Store(r.spec.ARN, r.wake)
	defer e.mapWakes.runners.Delete(r.spec.ARN)
	result, err := r.perform(v.ctx)
	var failure *workflow.TaskError
	switch {
	case err == nil, errors.As(err, &failure):
		return result, err
	case v.ctx.Err() == nil && !e.draining.Load():
		return workflow.Result{}, err
	}
	return workflow.Result{}, errors.Join(errLeft, r.abandon(context.WithoutCancel(v.ctx)))
}

func (r *mapRunner) perform(ctx context.Context) (workflow.Result, error) {
	if r.e.MapRuns == nil {
		return workflow.Result{}, errors.New("this engine keeps no Map Runs")
	}
	if err := r.open(ctx); err != nil {
		return workflow.Result{}, err
	}
	if !r.run.Sealed {
		if err := r.read(ctx); err != nil {
			return r.failed(ctx, err)
		}
	}
	if err := r.settle(ctx); err != nil {
		return r.failed(ctx, err)
	}
	output, written, err := r.output(ctx)
	if err != nil {
		return r.failed(ctx, err)
	}
	return workflow.Result{Output: output, Effects: []workflow.Effect{r.e.MapRuns.CloseMapRun(r.run.ARN, workflow.Succeeded, r.e.now(), written)}}, nil
}

// open begins the Map Run, goes on with it, or redrives it.
func (r *mapRunner) open(ctx context.Context) (err error) {
	s := r.spec
	base, _, _ := strings.Cut(r.v.info.StateMachine, "/")
	r.run, err = r.e.MapRuns.OpenMapRun(ctx, workflow.MapRun{
		ARN: s.ARN, Execution: r.v.info.ID, Entry: r.v.command.Entry, StateMachine: base, Label: s.Label,
		Status: workflow.Running, StartedAt: r.e.now(), MaxConcurrency: s.MaxConcurrency,
		ToleratedFailureCount: s.ToleratedFailureCount, ToleratedFailurePercentage: s.ToleratedFailurePercentage,
	})
	if err != nil || r.run.Status == workflow.Running {
		return err
	}
	// The children come first: whoever finds the Map Run open takes all of them for redriven.
	err = r.children(ctx, lost, func(child workflow.ExecutionInfo) error {
		err := r.e.Redrive(ctx, child.ID)
		if errors.Is(err, workflow.ErrNotRedrivable) {
			return nil // it keeps its failure, or gives up its item
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := r.e.MapRuns.RedriveMapRun(ctx, s.ARN, r.e.now()); err != nil {
		return err
	}
	r.run.Status = workflow.Running
	return nil
}

var lost = []workflow.ExecutionStatus{workflow.Failed, workflow.TimedOut, workflow.Aborted}

// children does something with each child execution that is in one of the statuses. They
// are listed first: doing it may change the list.
func (r *mapRunner) children(ctx context.Context, statuses []workflow.ExecutionStatus, do func(workflow.ExecutionInfo) error) error {
	var found []workflow.ExecutionInfo
	err := r.e.MapRuns.MapChildren(ctx, r.run.ARN, statuses, func(_ int64, child workflow.ExecutionInfo) error {
		found = append(found, workflow.ExecutionInfo{ID: child.ID, StateMachine: child.StateMachine, Name: child.Name})
		return nil
	})
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(startsAtOnce)
	for _, child := range found {
		group.Go(func() error { return do(child) })
	}
	return group.Wait()
}

// settle keeps child executions going until all have closed.
func (r *mapRunner) settle(ctx context.Context) error {
	ticker := time.NewTicker(mapRunPoll)
	defer ticker.Stop()
	for {
		run, err := r.e.MapRuns.MapRun(ctx, r.run.ARN) // UpdateMapRun may have changed it
		if err != nil {
			return err
		}
		executions, counts, err := r.e.MapRuns.CountMapRun(ctx, r.run.ARN)
		if err != nil {
			return err
		}
		if intolerable(run, counts) {
			return workflow.Failf(workflow.ErrorThresholdExceeded, "The specified tolerated failure threshold was exceeded")
		}
		if executions.Pending == 0 && executions.Running == 0 {
			return nil
		}
		if err := r.start(ctx, executions, run.MaxConcurrency); err != nil {
			return err
		}
		select {
		case <-r.wake:
		case <-ticker.C:
			r.lookAfterParent(ctx)
		case <-r.e.stop:
			return errLeft
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// intolerable says whether more has failed than the thresholds allow. A threshold of 0
// is none, unless both are.
func intolerable(run workflow.MapRun, counts workflow.MapRunCounts) bool {
	failed, count, share := counts.Lost(), run.ToleratedFailureCount, run.ToleratedFailurePercentage
	if count == 0 && share == 0 {
		return failed > 0
	}
	return count > 0 && failed > count || share > 0 && float64(failed)*100 > share*float64(counts.Total())
}

// start creates child executions as far as there is room for them.
func (r *mapRunner) start(ctx context.Context, now workflow.MapRunCounts, concurrency int64) error {
	if concurrency == 0 {
		concurrency = sensibleConcurrency
	}
	room := min(concurrency-now.Running, now.Pending)
	if room <= 0 {
		return nil
	}
	waiting, err := r.e.MapRuns.MapItems(ctx, r.run.ARN, int(room))
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(startsAtOnce)
	for _, item := range waiting {
		drawn := r.e.draw()
		group.Go(func() error { return r.startChild(ctx, item, drawn) })
	}
	return group.Wait()
}

func (r *mapRunner) startChild(ctx context.Context, item workflow.MapItem, drawn *draws) error {
	_, err := r.e.StartExecution(ctx, StartRequest{
		Deployment: workflow.Deployment{StateMachine: r.run.Processor(), Version: r.v.info.Version, Type: r.spec.Type, RoleARN: r.v.info.RoleARN},
		Name:       mapChildName(r.run.ARN, item.Index),
		Input:      item.Input,
		MapRun:     r.run.ARN,
		drawn:      drawn,
		Effects: func(id workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{r.e.MapRuns.StartMapItem(r.run.ARN, item.Index, id)}
		},
	})
	if errors.Is(err, workflow.ErrEffectRefused) || errors.Is(err, workflow.ErrExists) {
		return nil // it was started before
	}
	if errors.Is(err, asl.ErrInvalidInput) { // nor will it be one the next time
		return items.Failed("The input of a child execution cannot be used: %v", err)
	}
	return err
}

// mapChildName tells the children of a Map Run apart, and those of different Map Runs.
func mapChildName(run workflow.ARN, index int64) string {
	return fmt.Sprintf("%s-%d", run.Last(), index)
}

// failed ends the Map Run without success: what is still going is stopped. Errors that
// are no failure of the Map Run come back as they are.
func (r *mapRunner) failed(ctx context.Context, err error) (workflow.Result, error) {
	var failure *workflow.TaskError
	if !errors.As(err, &failure) {
		return workflow.Result{}, err
	}
	if err := r.stopChildren(ctx); err != nil {
		return workflow.Result{}, err
	}
	return workflow.Result{Effects: []workflow.Effect{r.e.MapRuns.CloseMapRun(r.run.ARN, workflow.Failed, r.e.now(), 0)}}, failure
}

func (r *mapRunner) stopChildren(ctx context.Context) error {
	return r.children(ctx, []workflow.ExecutionStatus{workflow.Running}, func(child workflow.ExecutionInfo) error {
		err := r.e.StopExecution(ctx, child.ID, "", "")
		if errors.Is(err, workflow.ErrClosed) {
			return nil
		}
		return err
	})
}

// jsonArray joins JSON texts.
func jsonArray(values []json.RawMessage) json.RawMessage {
	size := 2
	for _, v := range values {
		size += len(v) + 1
	}
	out := append(make(json.RawMessage, 0, size), '[')
	for i, v := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	return append(out, ']')
}
