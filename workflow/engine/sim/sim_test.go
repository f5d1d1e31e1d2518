package sim_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow/engine/sim"
)

var (
	seeds = flag.Int("seeds", 300, "how many seeded worlds to simulate")
	only  = flag.Uint64("seed", 0, "simulate this seed alone, -again times")
	again = flag.Int("again", 20, "how often to simulate -seed")
	long  = flag.Duration("long", 0, "simulate random seeds for so long")
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // worlds are small and many
	os.Exit(m.Run())
}

// TestWorlds simulates installations whose store fails both ways, whose processes die and
// whose clocks jump, and checks every promise.
func TestWorlds(t *testing.T) {
	var n atomic.Int64
	next := func() (seed uint64, ok bool) {
		i := n.Add(1)
		return uint64(i), i <= int64(*seeds)
	}
	began := time.Now()
	t.Cleanup(func() {
		t.Logf("%d worlds in %v", n.Load()-int64(runtime.GOMAXPROCS(0)), time.Since(began).Round(time.Second))
	})
	switch {
	case *only != 0:
		next = func() (uint64, bool) { return *only, n.Add(1) <= int64(*again) }
	case *long > 0:
		next = func() (uint64, bool) { n.Add(1); return sim.AnySeed(), time.Since(began) < *long }
	}
	for i := range runtime.GOMAXPROCS(0) {
		t.Run(fmt.Sprint("core", i), func(t *testing.T) {
			t.Parallel()
			for seed, ok := next(); ok && !t.Failed(); seed, ok = next() {
				simulate(t, seed)
			}
		})
	}
}

func simulate(t *testing.T, seed uint64) {
	again := fmt.Sprintf("again: go test ./workflow/engine/sim -run TestWorlds -seed %d", seed)
	watchdog := time.AfterFunc(2*time.Minute, func() { panic("a world does not come to an end; " + again) })
	defer watchdog.Stop()
	synctest.Test(t, func(t *testing.T) {
		for _, violation := range sim.Run(context.Background(), seed, sim.NewMix()) {
			t.Errorf("%s\n\t%s", violation, again)
		}
	})
}
