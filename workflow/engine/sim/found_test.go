package sim_test

import "testing"

// What the simulation has found, by the seed that found it. The names say what was wrong. A
// seed means another world once the simulation draws otherwise; so each of these bugs has a
// test of its own in the engine besides.
var found = map[string]uint64{
	"an execution that closed in the very step of its redrive was not counted as redriven": 5,
	"a drain kept the lease of an execution whose Map Run it left to others":               657,
	"a drain kept the lease of an execution that was about to start another":               357,
	"an engine told by memory that was behind that a parent does not wait for its child":   8042,
	"children of a stopped Map Run went on whose process had died before it stopped them":  193,
	"a call's answer that came too late kept its time-out from firing":                     166556248543227,
}

func TestFound(t *testing.T) {
	for what, seed := range found {
		t.Run(what, func(t *testing.T) { simulate(t, seed) })
	}
}
