package bench

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// Percentiles of a duration, in milliseconds.
type Percentiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
	N   int64   `json:"n"`
}

func (p Percentiles) String() string {
	return fmt.Sprintf("p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms (%d)", p.P50, p.P90, p.P99, p.Max, p.N)
}

const (
	width   = 0.005 // of a bucket, as a part of the durations in it
	buckets = 4096  // up to a few minutes; what takes longer counts for the last
)

// histogram counts durations in buckets that grow with them, so that minutes of load take
// no more memory than seconds. Percentiles are right to within half a per cent.
type histogram struct {
	mu     sync.Mutex
	counts [buckets]int64
	n      int64
	max    time.Duration
}

func (h *histogram) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[bucket(d)]++
	h.n++
	h.max = max(h.max, d)
}

// bucket counts from a microsecond.
func bucket(d time.Duration) int {
	us := float64(d) / float64(time.Microsecond)
	if us <= 1 {
		return 0
	}
	return min(int(math.Log(us)/math.Log1p(width)), buckets-1)
}

func (h *histogram) percentiles() Percentiles {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Percentiles{P50: h.at(0.5), P90: h.at(0.9), P99: h.at(0.99), Max: milliseconds(h.max), N: h.n}
}

// at is the duration, in milliseconds, that a part q of all does not exceed.
func (h *histogram) at(q float64) float64 {
	rank := int64(math.Ceil(q * float64(h.n)))
	var seen int64
	for i, n := range h.counts {
		if seen += n; n > 0 && seen >= rank {
			us := math.Pow(1+width, float64(i)+0.5)
			return min(round3(us/1000), milliseconds(h.max))
		}
	}
	return 0
}

// take empties the histogram.
func (h *histogram) take() Percentiles {
	p := h.percentiles()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts, h.n, h.max = [buckets]int64{}, 0, 0
	return p
}

func milliseconds(d time.Duration) float64 { return round3(float64(d.Microseconds()) / 1000) }

func round3(x float64) float64 { return math.Round(x*1000) / 1000 }
