package e2e

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"countersign/models/pgtest"
)

// startReplicas starts processes that share a PostgreSQL database, all at the same time.
func startReplicas(t testing.TB, url string, n int) []*app {
	t.Helper()
	replicas := make([]*app, n)
	var starting sync.WaitGroup
	for i := range replicas {
		a := &app{t: t, Database: url}
		replicas[i] = a
		starting.Go(a.start)
		t.Cleanup(func() {
			a.kill()
			if t.Failed() {
				t.Logf("a replica said:\n%s", tail(assets.ReplaceAllString(a.log.String(), ""), 4000))
			}
		})
	}
	starting.Wait()
	return replicas
}

// TestReplicas has people work at two replicas as if they were one: a session is good at both,
// and what happens at one shows at the other.
func TestReplicas(t *testing.T) {
	t.Parallel()
	replicas := startReplicas(t, pgtest.URL(t), 2)
	a, b := replicas[0], replicas[1]
	clara, anton := a.person(t, "clara", desktop), b.person(t, "anton", desktop)
	anton.open("/inbox?tab=team")
	order := clara.orders(desk, goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	anton.reads(soon, order)
	anton.finds(order)
	anton.click(approveButton)
	anton.reads(soon, "You approved order "+order)
	clara.reads(soon, "It is on its way")

	elsewhere := clara.tab() // the same cookies
	elsewhere.app = b
	elsewhere.open("/orders/" + order)
	elsewhere.reads(soon, "It is on its way")
	elsewhere.adds(notebook)
	clara.open("/shop")
	clara.reads(soon, "1 item")
}

// TestReplicaIsKilled kills one of two replicas again and again while people order and decide
// at both: nothing that was acknowledged is lost, and the other takes over.
func TestReplicaIsKilled(t *testing.T) {
	t.Parallel()
	replicas := startReplicas(t, pgtest.URL(t), 2)
	a, b := besiege(t, replicas[0]), besiege(t, replicas[1])
	b.prefix = "other"
	rng := rand.New(rand.NewPCG(2026, 11))
	for range strikes(3) {
		fillShelves(t, replicas[1])
		a.during(t, func() {
			b.during(t, func() {
				<-time.After(time.Duration(100+rng.IntN(400)) * time.Millisecond)
				replicas[0].kill()
				<-time.After(200 * time.Millisecond)
			})
		})
		replicas[0].start()
	}
	a.finish(t)
	b.finish(t)
	a.checkDecisions(t)
	b.checkDecisions(t)
	for _, replica := range replicas {
		replica.terminate()
	}
	replicas[0].audit()
	orders, payments := replicas[0].checkGateway()
	t.Logf("%d orders and %d decisions acknowledged; the gateway agrees on %d orders, %d payments",
		len(a.placed)+len(b.placed), len(a.decided)+len(b.decided), orders, payments)
}
