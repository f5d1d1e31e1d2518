package sim

import (
	"sync/atomic"
	"time"
)

// since2000 brings a bubble's time, which begins in 2000, into years that the ids of
// executions are made for.
const since2000 = 26 * 366 * 24 * time.Hour

// clock is what one process takes the time to be.
type clock struct {
	world *atomic.Int64 // by which everybody's clock is ahead, in nanoseconds
	own   atomic.Int64  // and this one's
}

func (c *clock) now() time.Time {
	return time.Now().Add(time.Duration(c.world.Load() + c.own.Load()))
}

// jump sets the clock forward or back.
func (c *clock) jump(d time.Duration) { c.own.Add(int64(d)) }
