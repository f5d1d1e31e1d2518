package jsonata

import "sync"

// recent are the expressions that were parsed last: the same definition is compiled many
// times, to be run, described and validated.
var recent = &cache{texts: map[string]*Expression{}}

// cache forgets everything when it is full.
type cache struct {
	mu    sync.Mutex
	texts map[string]*Expression
	size  int // of the texts, in bytes
}

// Bounds of a cache: expressions, and bytes of their texts.
const (
	maxRecent      = 10_000
	maxRecentBytes = 4 << 20
)

func (c *cache) get(text string) *Expression {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.texts[text]
}

func (c *cache) put(e *Expression) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.texts) >= maxRecent || c.size+len(e.text) > maxRecentBytes {
		clear(c.texts)
		c.size = 0
	}
	if c.texts[e.text] == nil {
		c.texts[e.text], c.size = e, c.size+len(e.text)
	}
}
