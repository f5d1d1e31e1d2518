package storetest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"countersign/workflow"
)

// applyOffers keeps what a commit offers and takes back. The lock is held.
func (m *Memory) applyOffers(c *workflow.Commit) {
	m.offers = slices.DeleteFunc(m.offers, func(o workflow.Offer) bool {
		return o.Execution == c.Info.ID && slices.Contains(c.Withdrawn, o.Entry)
	})
	m.offers = append(m.offers, c.Offers...)
}

// Offers implements engine.Store.
func (m *Memory) Offers(_ context.Context, activity workflow.ARN, limit int) (offers []workflow.Offer, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.offers {
		if o.Activity == activity && len(offers) < limit {
			offers = append(offers, o)
		}
	}
	return offers, nil
}

// AllOffers lists what every activity offers.
func (m *Memory) AllOffers() []workflow.Offer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.offers)
}

// FindChild implements engine.Store.
func (m *Memory) FindChild(_ context.Context, p workflow.Parent) (workflow.ExecutionInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if row, ok := m.child(p); ok {
		return row.ExecutionInfo, nil
	}
	return workflow.ExecutionInfo{}, workflow.ErrNotFound
}

func (m *Memory) child(p workflow.Parent) (workflow.Row, bool) {
	for _, row := range m.rows {
		if row.MapRun == "" && row.Parent.Execution == p.Execution && row.Parent.Entry == p.Entry && row.Parent.Attempt == p.Attempt {
			return row, true
		}
	}
	return workflow.Row{}, false
}

// All lists every execution, oldest first.
func (m *Memory) All() []workflow.Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := slices.AppendSeq(make([]workflow.Row, 0, len(m.rows)), maps.Values(m.rows))
	slices.SortFunc(rows, byID)
	return rows
}

func byID(a, b workflow.Row) int { return cmp.Compare(a.ID, b.ID) }

// Children lists the executions that an execution has started.
func (m *Memory) Children(parent workflow.ExecutionID) (children []workflow.Row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range m.rows {
		if row.Parent.Execution == parent {
			children = append(children, row)
		}
	}
	slices.SortFunc(children, byID)
	return children
}

// Resolve implements engine.Store. A state machine whose name begins with "Express" is
// an EXPRESS one; there are no versions and aliases.
func (m *Memory) Resolve(_ context.Context, arn workflow.ARN, _ float64) (workflow.Deployment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, versions := range m.definitions {
		if workflow.StateMachineARN(name) != arn {
			continue
		}
		d := workflow.Deployment{StateMachine: name, Version: int64(len(versions)), Type: workflow.Standard}
		if strings.HasPrefix(name, "Express") {
			d.Type = workflow.Express
		}
		return d, nil
	}
	return workflow.Deployment{}, workflow.ErrNotFound
}

// Seize makes somebody else the holder of an execution, as if they had claimed it.
func (m *Memory) Seize(id workflow.ExecutionID, owner string, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if row, ok := m.rows[id]; ok && !row.DueAt.IsZero() {
		row.Owner, row.DueAt = owner, until
		m.rows[id] = row
	}
}
