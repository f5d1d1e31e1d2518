package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

const claimAtOnce = 256

// pollLoop looks for what is due: rows that nobody holds, and timers of executions
// that are in memory because a function is being called.
func (e *Engine) pollLoop() {
	ticker := time.NewTicker(e.Poll)
	defer ticker.Stop()
	for {
		e.fireLiveTimers()
		e.claimDue()
		e.sayTakeovers(e.now())
		select {
		case <-ticker.C:
		case <-e.stop:
			return
		}
	}
}

func (e *Engine) fireLiveTimers() {
	now := e.now().UnixMilli()
	e.mu.Lock()
	var due []firing
	for _, x := range e.live {
		// CompareAndSwap: one tick per deadline; the commit sets the next.
		if at := x.wake.Load(); at != 0 && at <= now && x.leased.Load() && x.wake.CompareAndSwap(at, 0) {
			x.refs++
			due = append(due, firing{x, at})
		}
	}
	e.mu.Unlock()
	slices.SortFunc(due, func(a, b firing) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.x.id, b.x.id)) })
	for _, f := range due {
		e.due.push(func() { e.tickLive(f.x, f.at) })
	}
}

// firing is an execution in memory and its timer that is due.
type firing struct {
	x  *execution
	at int64
}

// tickLive fires timers unless a step is being taken: that may last, and the timers are still
// there afterwards.
func (e *Engine) tickLive(x *execution, at int64) {
	if !x.mu.TryLock() {
		x.wake.CompareAndSwap(0, at)
		e.release(x)
		return
	}
	x.mu.Unlock()
	e.tick(x)
}

// claimDue takes up rows that are due, as many as there is room for.
func (e *Engine) claimDue() {
	ctx := e.base
	for {
		room := min(e.Backlog-e.queue.len()-e.due.len(), claimAtOnce)
		if room <= 0 {
			return
		}
		now := e.now()
		at, ok, err := e.Store.NextDue(ctx)
		if err != nil || !ok || at.After(now) {
			e.complain("looking for due executions", err)
			return
		}
		rows, err := e.Store.Claim(ctx, e.Owner, now, now.Add(e.Lease), room)
		if err != nil {
			e.complain("claiming due executions", err)
			return
		}
		e.noteTakeovers(rows, now)
		for _, row := range rows {
			x := e.hold(row.ID)
			x.leased.Store(true) // renewed and given back like any other, from now on
			e.due.push(func() { e.takeUp(x, row.LeftBy) })
		}
		if len(rows) < room {
			return
		}
	}
}

func (e *Engine) complain(doing string, err error) {
	switch {
	case err == nil:
		e.trouble.Worked()
	case e.base.Err() == nil && !errors.Is(err, errGivenUp):
		e.trouble.Failed(doing+" failed; trying again", 1, err)
	}
}

// takeUp goes on with an execution that was claimed and held: its due timers fire, and
// what is outstanding is performed (again). The row is read anew: whoever committed
// since the claim may have ended what the claimed row would have performed.
func (e *Engine) takeUp(x *execution, leftBy string) {
	e.lock(e.due, x)
	x.snapshot, x.unbegun = nil, leftBy == ""
	err := e.load(e.base, x)
	x.unbegun = false
	closed := awaited(x.row.ExecutionInfo)
	x.mu.Unlock()
	switch {
	case err != nil:
		e.release(x)
		e.complain("taking up execution "+x.id.String(), err)
		e.dueAgain(x)
	case closed:
		defer e.release(x)
		e.tellParent(x)
	default:
		e.tick(x)
	}
}

// retryDue is when a due execution that could not be seen to is looked at again.
const retryDue = 5 * time.Second

// dueAgain shortens the lease of a claim that came to nothing. When that fails too,
// the lease lapses by itself.
func (e *Engine) dueAgain(x *execution) {
	x.mu.Lock()
	calling := len(x.inflight) > 0 // then the lease is needed, and live timers have their own retry
	x.mu.Unlock()
	if calling {
		return
	}
	e.dueIn(x, retryDue)
}

// dueIn lets the lease of an execution end after d, so that it is claimed again.
func (e *Engine) dueIn(x *execution, d time.Duration) {
	x.leased.Store(false) // not to be renewed
	_, err := e.Store.Renew(e.base, e.Owner, []workflow.ExecutionID{x.id}, e.now().Add(d))
	e.complain("making execution "+x.id.String()+" due again", err)
}

// tick fires the due timers of an execution that the caller has held, and releases it.
func (e *Engine) tick(x *execution) {
	defer e.release(x)
	next, err := e.advance(e.base, e.due, x, asl.Tick{}, nil)
	e.enqueue(next)
	if err != nil && !unwanted(err) {
		x.wake.CompareAndSwap(0, e.now().Add(time.Second).UnixMilli())
		e.complain("firing timers of execution "+x.id.String(), err)
		e.dueAgain(x)
	}
}

func (e *Engine) enqueue(next []*invocation) {
	for _, v := range next {
		e.assign(v)
	}
}

// assign gives an invocation to a worker. A Map Run, which lasts as long as its children
// do, has a goroutine of its own.
func (e *Engine) assign(v *invocation) {
	switch {
	case v.command.Map == nil:
		e.queue.push(func() { e.perform(v) })
	case !e.draining.Load():
		work := func() { e.perform(v) }
		if e.Around != nil {
			work = e.Around(work)
		}
		e.workers.Go(work)
	}
}

// renewals is how often a lease is renewed before it would end.
const renewals = 3

// renewLoop keeps the leases of executions whose functions are being called.
func (e *Engine) renewLoop() {
	ticker := time.NewTicker(e.Lease / renewals)
	defer ticker.Stop()
	var orphans map[workflow.ARN]bool
	for {
		select {
		case <-ticker.C:
			e.renew(e.base)
			orphans = e.abortLasting(e.base, orphans)
		case <-e.stop:
			return
		}
	}
}

func (e *Engine) renew(ctx context.Context) {
	ids := e.leased()
	if len(ids) == 0 {
		return
	}
	lost, err := e.Store.Renew(ctx, e.Owner, ids, e.now().Add(e.Lease))
	if err != nil {
		e.complain("renewing leases", err)
		return
	}
	for _, id := range lost {
		e.reread(ctx, nil, id)
	}
}
