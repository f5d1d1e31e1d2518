package engine

import (
	"context"
	"slices"
	"time"

	"countersign/workflow"
)

// What comes from outside is committed by the engine that it comes to, also when another one holds
// the execution because it is calling a function. The holder keeps its lease, hears of the commit
// (Store.Hear), and goes on with what is new beside its call. A holder that does not hear is fenced
// when it commits, and one that is dead loses its lease as ever: what was acknowledged is stored.

// heard is told of executions that other engines have committed beside their holder; of none when
// it may have been any.
func (e *Engine) heard(ids []workflow.ExecutionID) {
	if e.draining.Load() {
		return
	}
	e.mu.Lock()
	if len(ids) == 0 {
		for id := range e.live {
			ids = append(ids, id)
		}
		slices.Sort(ids)
	}
	for _, id := range ids {
		if e.live[id] != nil {
			e.due.push(func() { e.reread(e.base, e.due, id) })
		}
	}
	e.mu.Unlock()
}

// rereadAgain is when an execution is looked at again that could not be read.
const rereadAgain = time.Second

// reread forgets what is in memory of an execution that this engine has the lease of, or
// has lost it, and goes on with what is stored: calls that are not wanted any more are withdrawn,
// and what is outstanding besides is performed. A goroutine of a pool names it.
func (e *Engine) reread(ctx context.Context, pool *queue, id workflow.ExecutionID) {
	x := e.hold(id)
	defer e.release(x)
	e.lock(pool, x)
	defer x.mu.Unlock()
	if !x.leased.Load() {
		return
	}
	x.snapshot = nil
	if err := e.load(ctx, x); err != nil {
		e.complain("rereading execution "+id.String(), err)
		x.wake.Store(e.now().Add(rereadAgain).UnixMilli())
	}
}
