package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"countersign/workflow/asl"
)

// machineCache keeps parsed state machines. A version never changes, so an entry is good
// for as long as there is room.
type machineCache struct {
	store  Store
	room   int64    // bytes of definitions, beyond which everything is forgotten
	parsed sync.Map // machineKey → *asl.StateMachine
	size   atomic.Int64
}

// roomForMachines holds thousands of usual definitions, and a dozen of the largest.
const roomForMachines = 16 << 20

type machineKey struct {
	name    string
	version int64
}

// get reads and parses a version, unless it has done so before. MACHINE/LABEL is what the
// child executions of a Distributed Map go through.
func (c *machineCache) get(ctx context.Context, name string, version int64) (*asl.StateMachine, error) {
	key := machineKey{name, version}
	if m, ok := c.parsed.Load(key); ok {
		return m.(*asl.StateMachine), nil
	}
	base, label, processor := strings.Cut(name, "/")
	if processor {
		m, err := c.get(ctx, base, version)
		if err != nil {
			return nil, err
		}
		inner, ok := m.Processor(label)
		if !ok {
			return nil, fmt.Errorf("engine: state machine %q, version %d, has no Distributed Map of the label %q", base, version, label)
		}
		c.parsed.Store(key, inner)
		return inner, nil
	}
	text, _, err := c.store.Definition(ctx, name, version)
	if err != nil {
		return nil, fmt.Errorf("engine: definition of state machine %q, version %d: %w", name, version, err)
	}
	m, err := asl.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("engine: stored definition of state machine %q, version %d: %w", name, version, err)
	}
	c.keep(key, m, int64(len(text)))
	return m, nil
}

func (c *machineCache) keep(key machineKey, m *asl.StateMachine, size int64) {
	if c.size.Add(size) > c.room {
		c.parsed.Clear()
		c.size.Store(size)
	}
	c.parsed.Store(key, m)
}
