package sim_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow/engine/sim"
)

var (
	seeds = flag.Int("seeds", 100, "how many seeded worlds to simulate")
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
		for age := range 1 + rng.IntN(4) {
			if err := w.Boot(ctx, 1+rng.IntN(2), []float64{0, 0.05, 0.3}[rng.IntN(3)]); err != nil {
				t.Fatal(err)
			}
			for w.Alive() > 0 {
				for range rng.IntN(40) {
					names = act(ctx, w, rng, names, age)
					w.Pass(time.Duration(rng.IntN(4000)) * time.Millisecond)
				}
				end(ctx, t, w, rng)
				synctest.Wait() // nothing is halfway
				report(t, seed, w.Check(ctx, names, false))
			}
		}
		if err := w.Boot(ctx, 1, 0); err != nil {
			t.Fatal(err)
		}
		for range 1800 { // every deadline passes, every retry is spent, workers work
			w.Work(ctx)
			w.Pass(2 * time.Second)
		}
		synctest.Wait()
		report(t, seed, w.Check(ctx, names, true))
		if err := w.Drain(ctx); err != nil {
			t.Error(err)
		}
	})
}

// end ends one process, in order or not.
func end(ctx context.Context, t *testing.T, w *sim.World, rng *rand.Rand) {
	if rng.IntN(3) > 0 {
		w.Kill()
		return
	}
	// A store that fails may keep the leases from being given back.
	if err := w.Drain(ctx); err != nil && !errors.Is(err, sim.ErrInjected) {
		t.Error(err)
	}
}

func act(ctx context.Context, w *sim.World, rng *rand.Rand, names []string, age int) []string {
	n := rng.IntN(30)
	switch {
	case n >= 23:
		w.Work(ctx)
		return names
	case n >= 20:
		name := fmt.Sprintf("family%d-%d", age, len(names))
		w.StartFamily(ctx, name)
		return append(names, name)
	case n < 8 || len(names) == 0:
		name := fmt.Sprintf("e%d-%d", age, len(names))
		w.Start(ctx, name)
		return append(names, name)
	}
	switch name := names[rng.IntN(len(names))]; {
	case n < 16:
		w.Answer(ctx, name)
	case n < 17:
		w.Heartbeat(ctx, name)
	case n < 19:
		w.Stop(ctx, name)
	default:
		w.Redrive(ctx, name)
	}
	return names
}

func report(t *testing.T, seed uint64, violations []string) {
	t.Helper()
	for _, violation := range violations {
		t.Errorf("%s\n\tagain: go test ./workflow/engine/sim -run TestWorlds -seed %d", violation, seed)
	}
}
