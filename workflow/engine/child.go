package engine

import (
	"errors"
	"fmt"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// An execution that its parent waits for has something outstanding when it closes:
// its parent must be told. Until that is committed, at the parent as the event and at
// the child as the end of its lease, the child's row stays due, so the news survives
// whatever happens in between. A parent that no longer waits counts as told.

// awaited says that a closed execution's parent must be told.
func awaited(info workflow.ExecutionInfo) bool { return info.Parent.Awaited && info.Status.Closed() }

// tellSoon has the parent told by somebody who holds no lock. The execution's lock is held.
func (e *Engine) tellSoon(x *execution) {
	e.mu.Lock()
	x.refs++
	e.mu.Unlock()
	e.due.push(func() {
		defer e.release(x)
		e.tellParent(x)
	})
}

// tellParent tells the parent of a closed execution that the caller has held.
func (e *Engine) tellParent(x *execution) {
	x.mu.Lock()
	err := e.load(e.base, x)
	info, pending := x.row.ExecutionInfo, x.row.Owner == e.Owner
	x.mu.Unlock()
	if err != nil {
		e.complain("reading execution "+x.id.String(), err)
		e.dueAgain(x)
		return
	}
	if !awaited(info) || !pending {
		return // told meanwhile, or redriven, or another engine's to tell
	}
	p := e.hold(info.Parent.Execution)
	defer e.release(p)
	next, err := e.advance(e.base, e.due, p, asl.ChildClosed{Child: info}, nil)
	e.enqueue(next)
	switch {
	case err == nil, errors.Is(err, workflow.ErrTaskGone), errors.Is(err, workflow.ErrClosed), errors.Is(err, workflow.ErrNotFound):
		e.told(x)
	default:
		e.complain("telling the parent of execution "+x.id.String(), err)
		e.dueAgain(x)
	}
}

// told notes that nothing more is to be done for a closed execution.
func (e *Engine) told(x *execution) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := e.load(e.base, x); err != nil || !awaited(x.row.ExecutionInfo) || x.row.Owner != e.Owner {
		e.complain("reading execution "+x.id.String(), err)
		return // if nobody else has seen to it, the lease lapses, and the parent is told once more
	}
	c := &workflow.Commit{Info: x.row.ExecutionInfo, Snapshot: x.snapshot.Encode(), Expect: x.row.Revision, Holder: x.row.Owner}
	if err := e.Store.Commit(e.base, c); err != nil {
		x.snapshot = nil
		if !errors.Is(err, workflow.ErrFenced) {
			e.complain("noting that the parent of execution "+x.id.String()+" was told", err)
		}
		return
	}
	e.stats.commits.Add(1)
	x.row.Revision, x.row.Owner, x.row.DueAt = c.Expect+1, "", time.Time{}
	x.leased.Store(false)
}

// stopChildren stops the executions that a step no longer waits for. It is done once
// the step is committed, as well as can be: who is killed in between does not do it.
func (e *Engine) stopChildren(parent workflow.ExecutionInfo, commands []asl.Command) {
	for _, c := range commands {
		if stop, ok := c.(asl.StopChild); ok {
			e.due.push(func() { e.stopChild(parent, stop.Child) })
		}
	}
}

func (e *Engine) stopChild(parent workflow.ExecutionInfo, child workflow.ExecutionID) {
	cause := fmt.Sprintf("The Task state in AWS Step Functions execution [%s] which was managing this resource was aborted", parent.ARN())
	err := e.StopExecution(e.base, child, "", cause)
	if err != nil && !errors.Is(err, workflow.ErrClosed) && !errors.Is(err, workflow.ErrNotFound) && !errors.Is(err, ErrDraining) {
		e.complain("stopping execution "+child.String(), err)
	}
}

// abandon stops the execution that a call has started for a parent that no longer
// waited by then. The answer to the call may have been committed without our hearing
// of it; then the parent does wait.
func (e *Engine) abandon(v *invocation, event asl.Event) {
	submitted, ok := event.(asl.TaskSubmitted)
	if !ok || submitted.Child == 0 || e.draining.Load() {
		return
	}
	x := v.execution
	x.mu.Lock()
	x.snapshot = nil // what is remembered may be behind
	err := e.load(e.base, x)
	gone := err == nil && !e.heldElsewhere(x) && !x.snapshot.Awaits(v.command.Entry, v.command.Attempt, submitted.Child)
	x.mu.Unlock()
	if gone {
		e.stopChild(v.info, submitted.Child)
	}
}
