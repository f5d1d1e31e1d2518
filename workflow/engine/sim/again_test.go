package sim_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"countersign/workflow/engine/sim"
)

// TestAWorldIsAFunctionOfItsSeed lives through worlds twice: the same happens in the same order.
func TestAWorldIsAFunctionOfItsSeed(t *testing.T) {
	for seed := uint64(1); seed <= 30; seed++ {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			first, second := traced(t, seed), traced(t, seed)
			if first == second {
				return
			}
			one, other := strings.Split(first, "\n"), strings.Split(second, "\n")
			for i := range min(len(one), len(other)) {
				if one[i] != other[i] {
					t.Fatalf("line %d of its trace is\n%s\nand the second time\n%s", i+1, one[i], other[i])
				}
			}
			t.Fatalf("its trace has %d lines, and the second time %d", len(one), len(other))
		})
	}
}

func traced(t *testing.T, seed uint64) string {
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		for _, violation := range sim.Trace(context.Background(), seed, sim.NewMix(), &out) {
			t.Error(violation)
		}
	})
	return out.String()
}
