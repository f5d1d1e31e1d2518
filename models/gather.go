package models

import (
	"context"
	"sync"

	"countersign/workflow"
)

// gatherer answers many readers with few queries: while one is under way whoever comes waits,
// and the next one asks for all of them. A lone reader waits for nobody. On PostgreSQL a query
// for twenty rows costs little more than one for one. Several may be given the same value:
// what it holds is for reading.
type gatherer[K comparable, V any] struct {
	// read returns what it finds, by key. It is given no key twice.
	read  func(ctx context.Context, keys []K) (map[K]V, error)
	alone bool // every reader asks for itself: a file answers before others come

	mu      sync.Mutex
	waiting []*gathered[K, V] // guarded by mu
	queries int               // guarded by mu: under way
}

type gathered[K comparable, V any] struct {
	key   K
	value V
	found bool
	err   error
	done  chan struct{}
}

// gatherers are for what every order reads.
type gatherers struct {
	orders   gatherer[workflow.OrderID, workflow.Order]
	payments gatherer[workflow.OrderID, workflow.Payment]
	sandbox  gatherer[sandboxKey, []byte]
}

func (s *Store) gather() {
	s.gathered.orders.read, s.gathered.orders.alone = s.readOrders, s.exclusive
	s.gathered.payments.read, s.gathered.payments.alone = s.readPayments, s.exclusive
	s.gathered.sandbox.read = s.readSandbox // of PostgreSQL
}

const (
	gatherQueries = 2   // at the same time
	gatherRows    = 256 // in a query
)

// get reads what stands under a key; what was committed before is seen.
func (g *gatherer[K, V]) get(ctx context.Context, key K) (value V, found bool, err error) {
	if g.alone {
		values, err := g.read(ctx, []K{key})
		value, found = values[key]
		return value, found, err
	}
	r := &gathered[K, V]{key: key, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, r)
	free := g.queries < gatherQueries
	if free {
		g.queries++
	}
	g.mu.Unlock()
	if free {
		go g.run()
	}
	select {
	case <-r.done:
		return r.value, r.found, r.err
	case <-ctx.Done():
		return value, false, ctx.Err()
	}
}

func (g *gatherer[K, V]) run() {
	for group := g.take(); group != nil; group = g.take() {
		keys, seen := make([]K, 0, len(group)), make(map[K]bool, len(group))
		for _, r := range group {
			if !seen[r.key] {
				seen[r.key] = true
				keys = append(keys, r.key)
			}
		}
		values, err := g.read(context.Background(), keys)
		for _, r := range group {
			r.value, r.found = values[r.key]
			r.err = err
			close(r.done)
		}
	}
}

// take is the next group; when there is none, one query less is under way.
func (g *gatherer[K, V]) take() []*gathered[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.queries--
		return nil
	}
	n := min(len(g.waiting), gatherRows)
	group := append([]*gathered[K, V](nil), g.waiting[:n]...)
	rest := copy(g.waiting, g.waiting[n:])
	clear(g.waiting[rest:])
	g.waiting = g.waiting[:rest]
	return group
}

// whose is the condition that picks the rows of keys, and its argument.
func whose[K ~string](s *Store, keys []K) (condition string, arg any) {
	if s.exclusive {
		return "= ?", string(keys[0])
	}
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = storable(string(key))
	}
	return "= ANY (CAST(? AS text[]))", texts
}
