package e2e

import (
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"countersign/models/pgtest"
)

// TestSiegePostgres kills the process, restarts the server politely and as a crash does, and
// cuts the way between them: at once, or so that nobody hears of it for a while.
func TestSiegePostgres(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	w := wireTo(t, cluster.Addr())
	a := &app{t: t, Database: w.through(t, cluster.URL(t))}
	a.start()
	t.Cleanup(a.kill)
	l := besiege(t, a)
	fillShelves(t, a)
	rng := rand.New(rand.NewPCG(2026, 15))
	away := 2 * time.Second
	if *siege > 0 {
		away, l.mayFail = 30*time.Second, true // the sandbox gateway is in the same database
	}
	faults := []func(){
		func() { a.kill(); a.start() },
		func() { cluster.Stop(t, true); cluster.Start(t) },
		func() { w.cut(); <-time.After(away); w.mend() },
		func() { cluster.Stop(t, false); cluster.Start(t) },
		func() { w.hang(); <-time.After(away); w.cut(); w.mend() },
		func() { a.terminate(); a.start() },
	}
	for round := range strikes(len(faults)) {
		if round%10 == 9 {
			fillShelves(t, a)
		}
		l.during(t, func() {
			<-time.After(time.Duration(50+rng.IntN(400)) * time.Millisecond)
			faults[round%len(faults)]()
			a.wantReady(200)
			<-time.After(100 * time.Millisecond)
		})
	}
	l.relief(t)
}

// wire is the way to a server, which can be cut.
type wire struct {
	net.Listener
	target string

	mu     sync.Mutex // guards the rest
	down   bool
	open   map[net.Conn]bool
	mended chan struct{} // closed unless the wire hangs
}

func wireTo(t *testing.T, target string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: listener, target: target, open: map[net.Conn]bool{}, mended: make(chan struct{})}
	close(w.mended)
	t.Cleanup(func() {
		listener.Close()
		w.cut()
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(conn)
		}
	}()
	return w
}

// through is a database's address by way of the wire.
func (w *wire) through(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = w.Addr().String()
	return u.String()
}

func (w *wire) carry(conn net.Conn) {
	defer conn.Close()
	server, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer server.Close()
	if !w.enter(conn, server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { w.copy(server, conn) })
	both.Go(func() { w.copy(conn, server) })
	both.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, conn)
	delete(w.open, server)
}

func (w *wire) enter(ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, end := range ends {
		w.open[end] = true
	}
	return !w.down
}

// copy carries what comes, unless the wire hangs.
func (w *wire) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		mended := w.mended
		w.mu.Unlock()
		<-mended
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

// cut ends every connection and lets no new one through.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	for end := range w.open {
		end.Close()
	}
	w.flow()
}

// hang keeps what is sent on its way.
func (w *wire) hang() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mended = make(chan struct{})
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
	w.flow()
}

// flow lets what hangs go on. The lock is held.
func (w *wire) flow() {
	select {
	case <-w.mended:
	default:
		close(w.mended)
	}
}
