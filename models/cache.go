package models

import "sync"

// cache keeps what is read very often and hardly ever written. A write in this process
// empties it; it does not see writes of other processes, of which a SQLite file has none.
type cache[T any] struct {
	mu      sync.Mutex
	values  map[string]T // guarded by mu
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
	if c.emptied != emptied {
		return
	}
	if c.values == nil {
		c.values = make(map[string]T)
	}
	c.values[key] = value
}

func (c *cache[T]) empty() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values = nil
	c.emptied++
}
