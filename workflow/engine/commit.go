package engine

import (
	"strings"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

func (e *Engine) commitFor(x *execution, out asl.Outcome, now time.Time, effects []workflow.Effect) *workflow.Commit {
	c := &workflow.Commit{
		Info:     infoAfter(x.row.ExecutionInfo, out, now),
		Snapshot: out.Snapshot.Encode(),
		Expect:   x.row.Revision,
		Holder:   x.row.Owner,
		Events:   out.Events,
		Effects:  effects,
	}
	c.Owner, c.DueAt = e.leaseFor(x, c.Info, out, now)
	c.Beside = c.Holder != "" && c.Holder != e.Owner
	c.Offers, c.Withdrawn = offers(x.id, out.Commands)
	if e.Observe != nil {
		c.Effects = append(c.Effects[:len(c.Effects):len(c.Effects)], e.Observe(c.Info, out.Events)...)
	}
	return c
}

// offers are the activity tasks that a step has put up and taken back.
func offers(id workflow.ExecutionID, commands []asl.Command) (offered []workflow.Offer, withdrawn []workflow.EntryID) {
	for _, c := range commands {
		switch c := c.(type) {
		case asl.Offer:
			offered = append(offered, workflow.Offer{Execution: id, Entry: c.Entry, Activity: c.Activity, Token: c.Token,
				Input: c.Input, ScheduledAt: c.ScheduledAt})
		case asl.Withdraw:
			if c.Offer {
				withdrawn = append(withdrawn, c.Entry)
			}
		}
	}
	return offered, withdrawn
}

// leaseFor decides who looks after the execution from now on: this engine while
// functions are to be called or a parent is to be told, otherwise nobody until the
// earliest timer. While another engine has the lease, what is to be called is its to call.
func (e *Engine) leaseFor(x *execution, info workflow.ExecutionInfo, out asl.Outcome, now time.Time) (owner string, due time.Time) {
	if awaited(info) {
		if e.draining.Load() {
			return "", now
		}
		return e.Owner, now.Add(e.Lease)
	}
	calls := x.machine.Unanswered(out.Snapshot)
	if len(calls) == 0 {
		due, _ = out.Snapshot.WakeAt()
		return "", due
	}
	if e.heldElsewhere(x) {
		return x.row.Owner, x.row.DueAt
	}
	crowded := len(x.inflight) == 0 && e.queue.len() >= e.Backlog
	if crowded || e.draining.Load() && !e.anyInFlight(x, calls) {
		return "", now // a row that waits for whoever has time
	}
	return e.Owner, e.leaseEnd(x, now)
}

// leaseEnd leaves a lease as it is that has most of its time left: the store then need not
// touch its index of what is due, and the lease is renewed before it comes to matter.
func (e *Engine) leaseEnd(x *execution, now time.Time) time.Time {
	left := x.row.DueAt.Sub(now)
	if x.row.Owner == e.Owner && x.leased.Load() && left >= e.Lease*3/4 && left <= e.Lease {
		return x.row.DueAt
	}
	return now.Add(e.Lease)
}

func (e *Engine) anyInFlight(x *execution, calls []asl.Asked) bool {
	for _, c := range calls {
		if x.inflight[c] != nil {
			return true
		}
	}
	return false
}

func (e *Engine) count(c *workflow.Commit) {
	if c.Expect == 0 {
		e.stats.started.Add(1)
	}
	if c.Info.Status.Closed() {
		e.stats.closed.Add(1)
	}
	var entered int64
	for i := range c.Events {
		if c.Events[i].Type.StateEntered() {
			entered++
		}
	}
	e.stats.transitions.Add(entered)
}

// infoAfter is what the execution's row says once out has been committed.
func infoAfter(info workflow.ExecutionInfo, out asl.Outcome, now time.Time) workflow.ExecutionInfo {
	info.Status = out.Snapshot.Status()
	info.Output, info.Error, info.Cause, info.StoppedAt = nil, "", "", time.Time{}
	if info.Status.Closed() {
		info.Output = out.Snapshot.Output()
		name, cause := out.Snapshot.Failure()
		info.Error, info.Cause = storable(name), storable(cause)
		info.StoppedAt = now
	}
	if n := out.Snapshot.Redrives(); n > info.Redrives { // it may have closed again at once
		info.Redrives, info.RedrivenAt = n, now
	}
	return info
}

// storable is a text that every database takes: functions, workers and expressions may name
// errors as they like, and a failure that cannot be stored would be tried again for ever.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}
