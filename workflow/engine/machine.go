package engine

import (
	"context"
	"fmt"
	"sync"

	"countersign/workflow/asl"
)

// machineCache keeps parsed state machines. A version never changes, so an entry
// is good forever.
type machineCache struct {
	store  Store
	parsed sync.Map // machineKey → *asl.StateMachine
}

type machineKey struct {
	name    string
	version int64
}

// get reads and parses a version, unless it has done so before.
func (c *machineCache) get(ctx context.Context, name string, version int64) (*asl.StateMachine, error) {
	key := machineKey{name, version}
	if m, ok := c.parsed.Load(key); ok {
		return m.(*asl.StateMachine), nil
	}
	text, _, err := c.store.Definition(ctx, name, version)
	if err != nil {
		return nil, fmt.Errorf("engine: definition of state machine %q, version %d: %w", name, version, err)
	}
	m, err := asl.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("engine: stored definition of state machine %q, version %d: %w", name, version, err)
	}
	c.parsed.Store(key, m)
	return m, nil
}
