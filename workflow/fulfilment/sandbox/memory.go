package sandbox

import (
	"bytes"
	"context"
	"sync"

	"countersign/workflow"
)

// Memory is a Ledger and a Switchboard that forget everything with the process. It
// is for tests of whatever talks to the parties.
type Memory struct {
	mu        sync.Mutex // guards the rest
	switches  workflow.Switches
	documents map[documentKey][]byte
}

type documentKey struct{ party, key string }

// NewMemory is empty and has every switch off.
func NewMemory() *Memory { return &Memory{documents: map[documentKey][]byte{}} }

var (
	_ Ledger      = (*Memory)(nil)
	_ Switchboard = (*Memory)(nil)
)

// SandboxUpdate implements Ledger.
func (m *Memory) SandboxUpdate(ctx context.Context, party, key string, change func(old []byte) ([]byte, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at := documentKey{party, key}
	updated, err := change(bytes.Clone(m.documents[at]))
	if err == nil && updated != nil {
		m.documents[at] = updated
	}
	return err
}

// SandboxGet implements Ledger.
func (m *Memory) SandboxGet(ctx context.Context, party, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	document, ok := m.documents[documentKey{party, key}]
	if !ok {
		return nil, workflow.ErrNotFound
	}
	return bytes.Clone(document), nil
}

// Documents are all that one party has written down, by key.
func (m *Memory) Documents(party string) map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string][]byte{}
	for at, document := range m.documents {
		if at.party == party {
			all[at.key] = bytes.Clone(document)
		}
	}
	return all
}

// Switches implements Switchboard.
func (m *Memory) Switches(context.Context) (workflow.Switches, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.switches, nil
}

// SetSwitches turns failures on and off.
func (m *Memory) SetSwitches(s workflow.Switches) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.switches = s
}
