package engine

import (
	"math/rand/v2"
	"sync"
	"time"

	"countersign/workflow"
)

// idSource makes execution ids: milliseconds since 2020 above 22 bits that start at
// random and count up. They grow with time, so rows are appended to the end of the
// index, and two engines hardly ever make the same one (the store would refuse it).
type idSource struct {
	mu   sync.Mutex
	last int64
}

var idEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

func (s *idSource) next(now time.Time) workflow.ExecutionID {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := (now.UnixMilli()-idEpoch)<<22 | rand.Int64N(1<<21)
	s.last = max(id, s.last+1) // also when the clock was set back
	return workflow.ExecutionID(s.last)
}
