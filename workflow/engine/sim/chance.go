package sim

import (
	"hash/maphash"
	"sync"
)

// Chance draws from a seed. What is drawn for depends on its name and on how often that
// was drawn for before, and on nothing else.
type Chance struct {
	seed  uint64
	mu    sync.Mutex
	drawn map[string]uint64 // guarded by mu
}

// NewChance makes the chance of a seed.
func NewChance(seed uint64) *Chance { return &Chance{seed: seed, drawn: map[string]uint64{}} }

// Draw is a number from 0 up to but not n.
func (c *Chance) Draw(n int, what string) int {
	c.mu.Lock()
	times := c.drawn[what]
	c.drawn[what] = times + 1
	c.mu.Unlock()
	return int(mixed(c.seed^mixed(textSum(what)+times*0x9e3779b97f4a7c15)) % uint64(n))
}

// textSum is FNV-1a.
func textSum(s string) uint64 {
	sum := uint64(14695981039346656037)
	for i := range len(s) {
		sum = (sum ^ uint64(s[i])) * 1099511628211
	}
	return sum
}

// mixed is the finisher of SplitMix64.
func mixed(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// AnySeed is one that was not asked for.
func AnySeed() uint64 { return new(maphash.Hash).Sum64() >> 16 }
