package sim_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow/engine/sim"
)

var (
	seeds = flag.Int("seeds", 400, "how many seeded worlds to simulate")
	only  = flag.Uint64("seed", 0, "simulate this seed alone")
)

// TestWorlds simulates installations whose store fails both ways and whose process is
// killed, and checks every promise afterwards.
func TestWorlds(t *testing.T) {
	if *only != 0 {
		simulate(t, *only)
		return
	}
	for seed := uint64(1); seed <= uint64(*seeds) && !t.Failed(); seed++ {
		simulate(t, seed)
	}
}

func simulate(t *testing.T, seed uint64) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		rng := rand.New(rand.NewPCG(seed, 3))
		w, err := sim.NewWorld(ctx, seed)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for process := range 1 + rng.IntN(4) {
			if err := w.Boot(ctx, []float64{0, 0.05, 0.3}[rng.IntN(3)]); err != nil {
				t.Fatal(err)
			}
			for range rng.IntN(40) {
				names = act(ctx, w, rng, names, process)
				w.Pass(time.Duration(rng.IntN(4000)) * time.Millisecond)
			}
			if rng.IntN(3) == 0 {
				if err := w.Drain(ctx); err != nil {
					t.Error(err)
				}
			} else {
				w.Kill()
			}
			report(t, seed, w.Check(ctx, names, false))
		}
		if err := w.Boot(ctx, 0); err != nil {
			t.Fatal(err)
		}
		w.Pass(time.Hour) // every deadline passes, every retry is spent
		report(t, seed, w.Check(ctx, names, true))
		if err := w.Drain(ctx); err != nil {
			t.Error(err)
		}
	})
}

func act(ctx context.Context, w *sim.World, rng *rand.Rand, names []string, process int) []string {
	switch n := rng.IntN(10); {
	case n < 4 || len(names) == 0:
		name := fmt.Sprintf("e%d-%d", process, len(names))
		w.Start(ctx, name)
		return append(names, name)
	case n < 9:
		w.Answer(ctx, names[rng.IntN(len(names))])
	default:
		w.Stop(ctx, names[rng.IntN(len(names))])
	}
	return names
}

func report(t *testing.T, seed uint64, violations []string) {
	t.Helper()
	for _, violation := range violations {
		t.Errorf("%s\n\tagain: go test ./workflow/engine/sim -run TestWorlds -seed %d", violation, seed)
	}
}
