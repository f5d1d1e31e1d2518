package storetest

import (
	"slices"

	"countersign/workflow"
)

// Hear implements engine.Store. The engine that commits hears of it, too.
func (m *Memory) Hear(tell func([]workflow.ExecutionID)) (stop func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hearers = append(m.hearers, &tell)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.hearers = slices.DeleteFunc(m.hearers, func(other *func([]workflow.ExecutionID)) bool { return other == &tell })
	}
}

// tell passes on that somebody commits beside a holder. The lock is held: what hears it reads
// what is committed.
func (m *Memory) tell(id workflow.ExecutionID) {
	for _, tell := range m.hearers {
		(*tell)([]workflow.ExecutionID{id})
	}
}
