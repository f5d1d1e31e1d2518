package models

import "sync"

// cache keeps what is read very often and hardly ever written. A write in this process
// empties it, and so does one of another process when it is heard of.
type cache[T any] struct {
	mu      sync.Mutex
	values  map[string]T // guarded by mu
	off     bool         // guarded by mu: nothing is kept
	emptied int          // guarded by mu: how often, so that a slow read cannot put an old value back
}

func (c *cache[T]) get(key string) (value T, ok bool, emptied int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok = c.values[key]
	return value, ok, c.emptied
}

func (c *cache[T]) put(key string, value T, emptied int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.emptied != emptied || c.off {
		return
	}
	if c.values == nil {
		c.values = make(map[string]T)
	}
	c.values[key] = value
}

func (c *cache[T]) empty() { c.change(func() {}) }

// use empties the cache and says whether it keeps anything from now on.
func (c *cache[T]) use(on bool) { c.change(func() { c.off = !on }) }

func (c *cache[T]) change(also func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	also()
	c.values = nil
	c.emptied++
}
