package engine

import (
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// idSource makes execution ids: milliseconds since 2020 above 22 bits that start at
// random and count up. They grow with time, so rows are appended to the end of the
// index, and two engines hardly ever make the same one; then the store refuses it, and the next
// is tried.
type idSource struct {
	mu   sync.Mutex
	last int64
}

var idEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

func (s *idSource) next(now time.Time, roll uint64) workflow.ExecutionID {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := (now.UnixMilli()-idEpoch)<<22 | int64(roll&(1<<21-1))
	s.last = max(id, s.last+1) // also when the clock was set back
	return workflow.ExecutionID(s.last)
}

func (e *Engine) newID() workflow.ExecutionID { return e.ids.next(e.now(), e.dice.number()) }

// draws are what is drawn for an execution before it is created.
type draws struct {
	id   workflow.ExecutionID
	seed asl.Seed
	roll float64 // from 0 up to but not 1
}

func (e *Engine) draw() *draws { return &draws{e.newID(), e.dice.seed(), e.dice.float()} }
