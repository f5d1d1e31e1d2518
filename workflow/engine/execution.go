package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// execution is an execution in memory. It is there only while somebody holds it:
// a function call in progress, a request from outside, a timer that fires.
type execution struct {
	id   workflow.ExecutionID
	refs int // guarded by Engine.mu

	wake   atomic.Int64                       // earliest timer in unix ms, 0 for none
	leased atomic.Bool                        // this engine's lease, to be renewed
	giveUp atomic.Pointer[context.CancelFunc] // of a slow step in progress
	ending atomic.Int64                       // how many wait to end it

	mu       latch // guards the rest; held during a step and its commit
	row      workflow.Row
	snapshot *asl.Snapshot // nil: to be read from the store
	machine  *asl.StateMachine
	inflight map[asl.Asked]*invocation
	unbegun  bool // nobody held the row that is being taken up, so nothing of it was performed
}

// hold brings an execution into memory, or finds it there; release lets it go.
func (e *Engine) hold(id workflow.ExecutionID) *execution {
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.live[id]
	if x == nil {
		x = &execution{id: id, inflight: map[asl.Asked]*invocation{}}
		e.live[id] = x
	}
	x.refs++
	return x
}

// holdNew brings an execution into memory that is to be created, under this id, or another one
// when there is an execution in memory that has it.
func (e *Engine) holdNew(id workflow.ExecutionID) *execution {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ; ; id = e.newID() {
		if e.live[id] != nil {
			continue // another engine has made the same one
		}
		x := &execution{id: id, refs: 1, inflight: map[asl.Asked]*invocation{}}
		e.live[id] = x
		return x
	}
}

func (e *Engine) release(x *execution) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x.refs--
	if x.refs == 0 {
		delete(e.live, x.id)
	}
}

// leased lists the executions whose lease this engine holds.
func (e *Engine) leased() []workflow.ExecutionID {
	e.mu.Lock()
	defer e.mu.Unlock()
	var ids []workflow.ExecutionID
	for id, x := range e.live {
		if x.leased.Load() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// errHeld: another engine's lease has not lapsed yet.
var errHeld = errors.New("another engine holds this execution")

// advance takes one step of x for event and commits it with effects. The
// invocations it returns are registered and must be performed. Errors of the
// interpreter (the event does not apply) and workflow.ErrEffectRefused mean that
// nothing has happened; so does errHeld.
//
// A goroutine of a pool names it: while a step of its is slow, somebody else works there.
func (e *Engine) advance(ctx context.Context, pool *queue, x *execution, event asl.Event, effects []workflow.Effect) ([]*invocation, error) {
	ctx = context.WithoutCancel(ctx) // a commit's outcome must be heard
	e.lock(pool, x)
	defer x.mu.Unlock()
	for {
		remembered := x.snapshot
		if err := e.load(ctx, x); err != nil {
			return nil, err
		}
		if e.heldElsewhere(x) && !comesFromOutside(event) {
			return nil, errHeld
		}
		now := e.now()
		out, err := e.step(pool, x, event, now)
		switch {
		case inapplicable(err) && x.snapshot == remembered:
			x.snapshot = nil // no commit will tell that another engine has gone on meanwhile
			continue
		case err != nil:
			return nil, err
		}
		if _, tick := event.(asl.Tick); tick && len(out.Events) == 0 && x.row.Owner == e.Owner && len(x.inflight) > 0 {
			x.setWake() // it came before its time
			return nil, nil
		}
		commit := e.commitFor(x, out, now, effects)
		switch err := e.Store.Commit(ctx, commit); {
		case err == nil:
			return e.committed(x, commit, out), nil
		case errors.Is(err, workflow.ErrFenced):
			e.stats.fenced.Add(1)
			x.snapshot = nil
		case errors.Is(err, workflow.ErrEffectRefused):
			e.stats.refused.Add(1)
			return nil, err
		default:
			x.snapshot = nil // it may have been written all the same
			return nil, fmt.Errorf("engine: commit execution %s: %w", x.row.ARN(), err)
		}
	}
}

// inapplicable says that an execution, as it is believed to be, has no use for an event.
func inapplicable(err error) bool {
	return errors.Is(err, workflow.ErrTaskGone) || errors.Is(err, workflow.ErrTaskTokenInvalid) ||
		errors.Is(err, workflow.ErrClosed) || errors.Is(err, workflow.ErrNotRedrivable)
}

// load reads the execution from the store unless it is in memory, and then
// performs what is outstanding in it if the lease is ours. Memory of what another
// holds is not trusted: a holder renews its lease without a new revision. Memory of what
// is ours may be behind (heard); then a commit is fenced.
func (e *Engine) load(ctx context.Context, x *execution) error {
	others := x.row.Owner != "" && x.row.Owner != e.Owner
	if x.snapshot != nil && !others {
		return nil
	}
	row, err := e.Store.Load(ctx, x.id)
	if err != nil {
		return err
	}
	return e.adopt(ctx, x, row)
}

func (e *Engine) adopt(ctx context.Context, x *execution, row workflow.Row) error {
	snapshot, err := asl.Decode(row.Snapshot)
	if err != nil {
		return fmt.Errorf("engine: snapshot of execution %s: %w", row.ARN(), err)
	}
	machine, err := e.machines.get(ctx, row.StateMachine, row.Version)
	if err != nil {
		return err
	}
	row.Snapshot = nil
	x.row, x.snapshot, x.machine = row, snapshot, machine
	e.enqueue(e.reconcile(x))
	return nil
}

// comesFromOutside says that an event is nobody's answer to a call of this execution, nor a timer of
// it. Such an event is committed beside an engine that holds the execution: what that engine does is
// of no account to it, and its next commit, if it has not heard by then, is refused and tried again.
func comesFromOutside(event asl.Event) bool {
	switch event.(type) {
	case asl.Stop, asl.TokenSucceeded, asl.TokenFailed, asl.TokenHeartbeat, asl.ActivityStarted, asl.ChildClosed:
		return true
	}
	return false
}

func (e *Engine) heldElsewhere(x *execution) bool {
	return x.row.Owner != "" && x.row.Owner != e.Owner && x.row.DueAt.After(e.now())
}

// committed makes memory what the store now holds.
func (e *Engine) committed(x *execution, c *workflow.Commit, out asl.Outcome) []*invocation {
	e.stats.commits.Add(1)
	e.count(c)
	if e.Committed != nil {
		e.Committed(c.Info, c.Events)
	}
	x.row = workflow.Row{ExecutionInfo: c.Info, Revision: c.Expect + 1, Owner: c.Owner, DueAt: c.DueAt}
	x.snapshot = out.Snapshot
	next := e.reconcile(x, out.Commands...)
	e.goOnSoon(x)
	e.stopChildren(c.Info, out.Commands)
	if c.Info.Status.Closed() {
		e.mapWakes.closed(c.Info)
		e.waiters.tell(x.id)
		if awaited(c.Info) && c.Owner == e.Owner {
			e.tellSoon(x)
		}
	}
	return next
}

// goOnSoon takes up an execution that is due again as soon as it is committed: its step has
// stopped because it grew too large. It queues behind everybody else; who claims the row
// meanwhile goes on instead. The execution's lock is held.
func (e *Engine) goOnSoon(x *execution) {
	at := x.wake.Load()
	if at == 0 || at > e.now().UnixMilli() || x.row.Owner != "" || e.draining.Load() {
		return
	}
	e.mu.Lock()
	x.refs++
	e.mu.Unlock()
	e.due.push(func() { e.tick(x) })
}

// reconcile compares what is outstanding with what is in flight: it withdraws calls
// whose answer is no longer wanted and registers those that are missing. The arguments of
// what has just been asked for are not evaluated again.
func (e *Engine) reconcile(x *execution, asked ...asl.Command) []*invocation {
	x.setWake()
	ours := x.row.Owner == e.Owner
	x.leased.Store(ours)
	wanted := map[asl.Asked]bool{}
	var missing []*invocation
	if ours {
		for _, key := range x.machine.Unanswered(x.snapshot) {
			wanted[key] = true
			if x.inflight[key] != nil {
				continue
			}
			if c, now, ok := x.invocation(key, asked); ok {
				v := e.register(x, key, c)
				v.repeated = !now && !x.unbegun
				missing = append(missing, v)
			}
		}
	}
	var obsolete []asl.Asked
	for key := range x.inflight {
		if !wanted[key] {
			obsolete = append(obsolete, key)
		}
	}
	slices.SortFunc(obsolete, func(a, b asl.Asked) int {
		return cmp.Or(cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Attempt, b.Attempt))
	})
	for _, key := range obsolete {
		x.inflight[key].withdraw()
		delete(x.inflight, key)
	}
	return missing
}

// invocation is the one of that name; now says that it has just been asked for.
func (x *execution) invocation(key asl.Asked, asked []asl.Command) (c asl.Invoke, now, ok bool) {
	for _, c := range asked {
		if c, ok := c.(asl.Invoke); ok && (asl.Asked{Entry: c.Entry, Attempt: c.Attempt}) == key {
			return c, true, true
		}
	}
	c, ok = x.machine.Invocation(x.snapshot, key)
	return c, false, ok
}

// setWake notes the earliest timer; the execution's lock is held.
func (x *execution) setWake() {
	var wake int64
	if at, ok := x.snapshot.WakeAt(); ok {
		wake = at.UnixMilli()
	}
	x.wake.Store(wake)
}
