package storetest

import (
	"countersign/workflow"
)

// Hear implements engine.Store. The engine that commits hears of it, too.
func (m *Memory) Hear(tell func([]workflow.ExecutionID)) (stop func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hearers == nil {
		m.hearers = map[*func([]workflow.ExecutionID)]bool{}
	}
	m.hearers[&tell] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.hearers, &tell)
	}
}

// tell passes on that somebody commits beside a holder. The lock is held: what hears it reads
// what is committed.
func (m *Memory) tell(id workflow.ExecutionID) {
	for tell := range m.hearers {
		(*tell)([]workflow.ExecutionID{id})
	}
}
