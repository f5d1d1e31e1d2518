package e2e

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestKillNine kills the process at many different moments of many orders in flight,
// starts it again, and checks that nothing acknowledged is lost, everything ends, and the
// books and histories are in order.
func TestKillNine(t *testing.T) {
	t.Parallel()
	rounds := strikes(12)
	a := startApp(t)
	l := besiege(t, a)
	rng := rand.New(rand.NewPCG(2026, 11))
	for round := range rounds {
		if round%10 == 0 {
			fillShelves(t, a)
		}
		l.during(t, func() {
			<-time.After(time.Duration(50+rng.IntN(400)) * time.Millisecond)
			a.kill()
		})
		if rounds < 20 || round%10 == 0 {
			a.audit()
		}
		a.start()
	}
	if len(l.placed) < rounds {
		t.Fatalf("only %d orders were placed in %d rounds", len(l.placed), rounds)
	}
	l.relief(t)
}
