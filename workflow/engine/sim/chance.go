package sim

import (
	"encoding/binary"
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
func (c *Chance) Draw(n int, what string) int { return int(c.number(what) % uint64(n)) }

func (c *Chance) number(what string) uint64 {
	c.mu.Lock()
	times := c.drawn[what]
	c.drawn[what] = times + 1
	c.mu.Unlock()
	return mixed(c.seed ^ mixed(textSum(what)+times*0x9e3779b97f4a7c15))
}

// randomness is what an engine draws from.
type randomness struct {
	chance *Chance
	what   string
}

// Read implements io.Reader.
func (r *randomness) Read(b []byte) (int, error) {
	for i := 0; i < len(b); i += 8 {
		var eight [8]byte
		binary.LittleEndian.PutUint64(eight[:], r.chance.number(r.what))
		copy(b[i:], eight[:])
	}
	return len(b), nil
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
