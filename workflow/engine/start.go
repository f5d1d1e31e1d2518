package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// StartRequest starts an execution.
type StartRequest struct {
	// Deployment is what to start, as Store.Resolve gives it. When it names no state
	// machine, it is the latest version of StateMachine.
	Deployment   workflow.Deployment
	StateMachine string
	Name         string
	Input        json.RawMessage
	TraceHeader  string
	Parent       workflow.Parent // zero when no execution starts this one
	MapRun       workflow.ARN    // of a Distributed Map's child execution
	// Effects commit together with the creation of the execution. May be nil.
	Effects func(workflow.ExecutionID) []workflow.Effect

	drawn *draws // by who starts many at once, so that they are drawn in order
}

// StartExecution creates an execution and sets it going; when it returns nil, that is
// on disk. When a STANDARD execution of this name exists, its info comes with
// workflow.ErrExists (same input) or workflow.ErrConflict (another input), and
// nothing was changed; names of EXPRESS executions are not looked at. When the same
// Parent has already started an execution, that one's info comes with
// workflow.ErrExists. workflow.ErrEffectRefused changes nothing either.
func (e *Engine) StartExecution(ctx context.Context, r StartRequest) (workflow.ExecutionInfo, error) {
	if e.draining.Load() {
		return workflow.ExecutionInfo{}, ErrDraining
	}
	if r.Deployment.StateMachine == "" {
		var err error
		if r.Deployment, err = e.Store.Resolve(ctx, workflow.StateMachineARN(r.StateMachine), 0); err != nil {
			return workflow.ExecutionInfo{}, fmt.Errorf("engine: state machine %q: %w", r.StateMachine, err)
		}
	}
	machine, err := e.machines.get(ctx, r.Deployment.StateMachine, r.Deployment.Version)
	if err != nil {
		return workflow.ExecutionInfo{}, err
	}
	for attempt := 1; ; attempt++ {
		info, err := e.startOnce(ctx, machine, r)
		if errors.Is(err, workflow.ErrIDTaken) && attempt < startAttempts { // another engine has drawn the same one
			r.drawn = nil
			continue
		}
		if !errors.Is(err, workflow.ErrExists) && !errors.Is(err, workflow.ErrConflict) {
			return info, err
		}
		existing, findErr := e.existing(ctx, r)
		switch {
		case findErr == nil:
			return existing, err
		case !errors.Is(findErr, workflow.ErrNotFound):
			return workflow.ExecutionInfo{}, fmt.Errorf("engine: execution %s of %s exists, but cannot be read: %w", r.Name, r.Deployment.StateMachine, findErr)
		case attempt == startAttempts:
			return workflow.ExecutionInfo{}, fmt.Errorf("engine: execution %s of %s is there and is not, by turns", r.Name, r.Deployment.StateMachine)
		}
	}
}

// startAttempts is how often an execution is started whose id is another's, or whose predecessor is
// gone when it is looked for.
const startAttempts = 3

func (e *Engine) startOnce(ctx context.Context, machine *asl.StateMachine, r StartRequest) (workflow.ExecutionInfo, error) {
	drawn := r.drawn
	if drawn == nil {
		drawn = e.draw()
	}
	x := e.holdNew(drawn.id)
	defer e.release(x)
	info, next, err := e.create(ctx, x, machine, drawn.seed, r)
	e.enqueue(next)
	return info, err
}

// existing is the execution that keeps r from being started.
func (e *Engine) existing(ctx context.Context, r StartRequest) (workflow.ExecutionInfo, error) {
	if r.Parent.Execution != 0 {
		if child, err := e.Store.FindChild(ctx, r.Parent); err == nil || !errors.Is(err, workflow.ErrNotFound) {
			return child, err
		}
	}
	return e.Store.Find(ctx, r.Deployment.StateMachine, r.Name)
}

func (e *Engine) create(ctx context.Context, x *execution, machine *asl.StateMachine, seed asl.Seed, r StartRequest) (workflow.ExecutionInfo, []*invocation, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	d, now := r.Deployment, e.now()
	if d.RoleARN == "" {
		d.RoleARN = workflow.DefaultRole
	}
	out, err := machine.StartSoon(asl.Start{ID: x.id, Name: r.Name, StateMachine: d.StateMachine, Version: d.Version,
		Type: d.Type, RoleARN: d.RoleARN, Input: r.Input, Published: d.Published, Alias: d.Alias}, now, seed)
	if err != nil {
		return workflow.ExecutionInfo{}, nil, err
	}
	x.machine = machine
	x.row = workflow.Row{ExecutionInfo: workflow.ExecutionInfo{ID: x.id, Name: r.Name, StateMachine: d.StateMachine,
		Version: d.Version, Status: workflow.Running, Input: r.Input, StartedAt: now,
		Type: d.Type, RoleARN: d.RoleARN, Published: d.Published, Alias: d.Alias,
		Parent: r.Parent, MapRun: r.MapRun, TraceHeader: r.TraceHeader}}
	var effects []workflow.Effect
	if r.Effects != nil {
		effects = r.Effects(x.id)
	}
	commit := e.commitFor(x, out, now, effects)
	if err := e.Store.Commit(context.WithoutCancel(ctx), commit); err != nil {
		return workflow.ExecutionInfo{}, nil, fmt.Errorf("start execution %s: %w", x.row.ARN(), err)
	}
	return commit.Info, e.committed(x, commit, out), nil
}

// StartSync starts an execution and waits until it has closed or ctx ends (API:
// StartSyncExecution). The info is of the closed execution, or as far as it came.
func (e *Engine) StartSync(ctx context.Context, r StartRequest) (workflow.ExecutionInfo, error) {
	info, err := e.StartExecution(ctx, r)
	if err != nil {
		return info, err
	}
	return e.await(ctx, info)
}

// await waits for an execution's end. This engine is told of ends that it commits
// itself; for those that another engine commits it looks now and then.
func (e *Engine) await(ctx context.Context, info workflow.ExecutionInfo) (workflow.ExecutionInfo, error) {
	closed, forget := e.waiters.expect(info.ID)
	defer forget()
	look := time.NewTicker(10 * e.Poll)
	defer look.Stop()
	for {
		row, err := e.Store.Load(ctx, info.ID)
		if err != nil {
			return info, err
		}
		if info = row.ExecutionInfo; info.Status.Closed() {
			return info, nil
		}
		select {
		case <-closed:
		case <-look.C:
		case <-ctx.Done():
			return info, ctx.Err()
		case <-e.stop:
			return info, ErrDraining
		}
	}
}

// waiters are those who wait for executions to close.
type waiters struct {
	mu   sync.Mutex
	many map[workflow.ExecutionID][]chan struct{} // guarded by mu
}

func (w *waiters) expect(id workflow.ExecutionID) (closed <-chan struct{}, forget func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.many == nil {
		w.many = map[workflow.ExecutionID][]chan struct{}{}
	}
	w.many[id] = append(w.many[id], c)
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		rest := w.many[id][:0]
		for _, other := range w.many[id] {
			if other != c {
				rest = append(rest, other)
			}
		}
		if w.many[id] = rest; len(rest) == 0 {
			delete(w.many, id)
		}
	}
}

func (w *waiters) tell(id workflow.ExecutionID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.many[id] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
