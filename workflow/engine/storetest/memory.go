package storetest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// Memory is a Store that forgets everything when the process ends.
type Memory struct {
	mu          sync.Mutex
	rows        map[workflow.ExecutionID]workflow.Row
	history     map[workflow.ExecutionID][]workflow.HistoryEvent
	definitions map[string][][]byte
	marks       map[string]bool
	mapRuns     map[workflow.ARN]*mapRun
	offers      []workflow.Offer
	hearers     []*func([]workflow.ExecutionID)

	// Elsewhere applies effects that are no Marks, all of them or none; it may refuse
	// them. Nil: there are no such effects.
	Elsewhere func([]workflow.Effect) error
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{
		rows:        map[workflow.ExecutionID]workflow.Row{},
		history:     map[workflow.ExecutionID][]workflow.HistoryEvent{},
		definitions: map[string][][]byte{},
		marks:       map[string]bool{},
		mapRuns:     map[workflow.ARN]*mapRun{},
	}
}

var _ engine.Store = (*Memory)(nil)

// Mark is an effect of Memory: it sets a mark that must not be set yet.
type Mark string

// EffectName implements workflow.Effect.
func (m Mark) EffectName() string { return "mark " + string(m) }

// Marked says whether a Mark has been committed.
func (m *Memory) Marked(mark string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.marks[mark]
}

// Commit implements engine.Store.
func (m *Memory) Commit(ctx context.Context, c *workflow.Commit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.admit(c); err != nil {
		return err
	}
	if err := m.applyEffects(c.Effects); err != nil {
		return err
	}
	due := c.DueAt
	if c.Beside {
		m.tell(c.Info.ID)
		if c.Owner == c.Holder {
			due = m.rows[c.Info.ID].DueAt
		}
	}
	m.rows[c.Info.ID] = workflow.Row{ExecutionInfo: c.Info, Snapshot: bytes.Clone(c.Snapshot),
		Revision: c.Expect + 1, Owner: c.Owner, DueAt: due}
	m.history[c.Info.ID] = append(m.history[c.Info.ID], c.Events...)
	m.applyOffers(c)
	return nil
}

func (m *Memory) admit(c *workflow.Commit) error {
	if c.Expect == 0 {
		return m.admitNew(c)
	}
	row, ok := m.rows[c.Info.ID]
	if !ok || row.Revision != c.Expect || row.Owner != c.Holder {
		return workflow.ErrFenced
	}
	last := int64(len(m.history[c.Info.ID]))
	for i, event := range c.Events {
		if event.ID != last+int64(i)+1 {
			return fmt.Errorf("history of execution %d: event %d follows %d", c.Info.ID, event.ID, last+int64(i))
		}
	}
	return nil
}

func (m *Memory) admitNew(c *workflow.Commit) error {
	if _, ok := m.child(c.Info.Parent); ok && c.Info.Parent.Execution != 0 && c.Info.MapRun == "" {
		return workflow.ErrExists
	}
	express := c.Info.Type == workflow.Express
	for _, row := range m.rows {
		if !express && row.Type != workflow.Express && row.StateMachine == c.Info.StateMachine && row.Name == c.Info.Name {
			if bytes.Equal(row.Input, c.Info.Input) {
				return workflow.ErrExists
			}
			return workflow.ErrConflict
		}
	}
	if _, taken := m.rows[c.Info.ID]; taken {
		return workflow.ErrIDTaken
	}
	return nil
}

// applyEffects applies all effects or none.
func (m *Memory) applyEffects(effects []workflow.Effect) error {
	var marks []string
	var others []workflow.Effect
	var maps []mapEffect
	for _, effect := range effects {
		switch effect := effect.(type) {
		case Mark:
			if m.marks[string(effect)] || slices.Contains(marks, string(effect)) {
				return workflow.ErrEffectRefused
			}
			marks = append(marks, string(effect))
		case mapEffect:
			if effect.refused() {
				return workflow.ErrEffectRefused
			}
			maps = append(maps, effect)
		default:
			others = append(others, effect)
		}
	}
	if len(others) > 0 {
		if m.Elsewhere == nil {
			return fmt.Errorf("effect %q is not of this store", others[0].EffectName())
		}
		if err := m.Elsewhere(others); err != nil {
			return err
		}
	}
	for _, mark := range marks {
		m.marks[mark] = true
	}
	for _, effect := range maps {
		effect.apply()
	}
	return nil
}

// Load implements engine.Store.
func (m *Memory) Load(_ context.Context, id workflow.ExecutionID) (workflow.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.rows[id]
	if !ok {
		return workflow.Row{}, workflow.ErrNotFound
	}
	return row, nil
}

// Claim implements engine.Store.
func (m *Memory) Claim(_ context.Context, owner string, now, until time.Time, limit int) ([]workflow.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []workflow.Row
	for _, row := range m.rows {
		if !row.DueAt.IsZero() && !row.DueAt.After(now) {
			due = append(due, row)
		}
	}
	slices.SortFunc(due, func(a, b workflow.Row) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	due = due[:min(limit, len(due))]
	for i := range due {
		left := due[i].Owner
		due[i].Owner, due[i].DueAt = owner, until
		m.rows[due[i].ID] = due[i]
		due[i].LeftBy = left
	}
	return due, nil
}

// Renew implements engine.Store.
func (m *Memory) Renew(_ context.Context, owner string, ids []workflow.ExecutionID, until time.Time) (lost []workflow.ExecutionID, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		row, ok := m.rows[id]
		if !ok || row.Owner != owner {
			lost = append(lost, id)
			continue
		}
		row.DueAt = until
		m.rows[id] = row
	}
	return lost, nil
}

// GiveBack implements engine.Store.
func (m *Memory) GiveBack(_ context.Context, owner string, ids []workflow.ExecutionID, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		if row := m.rows[id]; row.Owner == owner {
			row.Owner, row.DueAt = workflow.GivenBack, now
			m.rows[id] = row
		}
	}
	return nil
}

// Abandon implements engine.Store.
func (m *Memory) Abandon(_ context.Context, owner string, now time.Time) (n int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, row := range m.rows {
		if row.Owner != "" && row.Owner != owner {
			row.DueAt = now
			m.rows[id] = row
			n++
		}
	}
	return n, nil
}

// NextDue implements engine.Store.
func (m *Memory) NextDue(context.Context) (at time.Time, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range m.rows {
		if !row.DueAt.IsZero() && (!ok || row.DueAt.Before(at)) {
			at, ok = row.DueAt, true
		}
	}
	return at, ok, nil
}

// Find implements engine.Store.
func (m *Memory) Find(_ context.Context, machine, name string) (workflow.ExecutionInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range m.rows {
		if row.StateMachine == machine && row.Name == name && row.Type != workflow.Express {
			return row.ExecutionInfo, nil
		}
	}
	return workflow.ExecutionInfo{}, workflow.ErrNotFound
}

// History implements engine.Store.
func (m *Memory) History(_ context.Context, id workflow.ExecutionID, after int64, limit int) ([]workflow.HistoryEvent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := m.history[id]
	events = events[min(after, int64(len(events))):]
	if limit > 0 {
		events = events[:min(limit, len(events))]
	}
	return slices.Clone(events), nil
}

// PutDefinition implements engine.Store.
func (m *Memory) PutDefinition(_ context.Context, machine string, definition []byte) (version int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	versions := m.definitions[machine]
	if n := len(versions); n > 0 && bytes.Equal(versions[n-1], definition) {
		return int64(n), nil
	}
	m.definitions[machine] = append(versions, bytes.Clone(definition))
	return int64(len(versions) + 1), nil
}

// Definition implements engine.Store.
func (m *Memory) Definition(_ context.Context, machine string, version int64) (definition []byte, actual int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	versions := m.definitions[machine]
	if version == 0 {
		version = int64(len(versions))
	}
	if version < 1 || version > int64(len(versions)) {
		return nil, 0, workflow.ErrNotFound
	}
	return versions[version-1], version, nil
}
