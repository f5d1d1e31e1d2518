package engine

import (
	"time"

	"countersign/workflow"
)

// takeovers are whose lapsed leases this engine has claimed and has not yet said so. Only the poll
// loop knows them, and Drain when that has ended.
type takeovers map[string]*takeover // by the name of the engine that is dead, or hangs

type takeover struct {
	since      time.Time
	executions int
}

// noteTakeovers counts claimed rows that were another engine's.
func (e *Engine) noteTakeovers(rows []workflow.Row, now time.Time) {
	if e.Exclusive {
		return // Run has said so
	}
	for _, row := range rows {
		if row.LeftBy == "" || row.LeftBy == e.Owner || row.LeftBy == workflow.GivenBack {
			continue
		}
		e.stats.takenOver.Add(1)
		if e.takeovers[row.LeftBy] == nil {
			e.takeovers[row.LeftBy] = &takeover{since: now}
		}
		e.takeovers[row.LeftBy].executions++
	}
}

// sayTakeovers says once of each engine that its leases have lapsed: they do so within the time
// between two renewals, which is waited for.
func (e *Engine) sayTakeovers(now time.Time) {
	for name, t := range e.takeovers {
		if now.Sub(t.since) >= e.Lease/renewals || e.draining.Load() {
			e.Logger.Warn("another replica did not renew its leases in time; went on with its executions", "replica", name, "executions", t.executions)
			delete(e.takeovers, name)
		}
	}
}
