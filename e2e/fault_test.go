package e2e

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestSiegeTerminated ends the process in good order while work is in flight.
func TestSiegeTerminated(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	l := besiege(t, a)
	rng := rand.New(rand.NewPCG(2026, 12))
	for round := range strikes(4) {
		if round%10 == 0 {
			fillShelves(t, a)
		}
		l.during(t, func() {
			<-time.After(time.Duration(50+rng.IntN(400)) * time.Millisecond)
			a.terminate()
		})
		a.audit()
		a.start()
	}
	l.relief(t)
}

// TestSiegeStalled stops the process like a disk that does not answer: for moments, and,
// in the long form, for longer than its leases last.
func TestSiegeStalled(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	l := besiege(t, a)
	fillShelves(t, a)
	rng := rand.New(rand.NewPCG(2026, 13))
	for round := range strikes(4) {
		stall := time.Duration(100+rng.IntN(900)) * time.Millisecond
		if round%50 == 10 {
			stall = 40 * time.Second
		}
		if round%10 == 9 {
			fillShelves(t, a)
		}
		l.during(t, func() {
			<-time.After(time.Duration(50+rng.IntN(200)) * time.Millisecond)
			a.signal(syscall.SIGSTOP)
			<-time.After(stall)
			a.signal(syscall.SIGCONT)
			<-time.After(100 * time.Millisecond)
		})
	}
	l.relief(t)
}

func (a *app) signal(s os.Signal) {
	a.t.Helper()
	if err := a.cmd.Process.Signal(s); err != nil {
		a.t.Fatal(err)
	}
}

// TestSiegeLocked has another program lock the database, for longer than writes wait for it.
func TestSiegeLocked(t *testing.T) {
	t.Parallel()
	const longerThanWritesWait = 6 * time.Second
	a := startApp(t)
	l := besiege(t, a)
	fillShelves(t, a)
	other, err := sql.Open("sqlite3", "file:"+a.Database+"?_txlock=immediate&_busy_timeout=30000")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	rng := rand.New(rand.NewPCG(2026, 14))
	for round := range strikes(2) {
		hold := longerThanWritesWait
		if round%2 == 1 {
			hold = time.Duration(rng.IntN(2000)) * time.Millisecond
		}
		l.during(t, func() {
			tx, err := other.BeginTx(context.Background(), nil)
			if err != nil {
				t.Error(err)
				return
			}
			<-time.After(hold)
			if hold == longerThanWritesWait {
				a.wantReady(503)
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
			a.wantReady(200)
			<-time.After(200 * time.Millisecond)
		})
	}
	l.relief(t)
}

// wantReady waits until /readyz answers as it should.
func (a *app) wantReady(want int) {
	a.t.Helper()
	eventually(a.t, time.Minute, "the right answer of /readyz", func() bool {
		status, _, err := a.request(a.t.Context(), "GET", "/readyz", "")
		return err == nil && status == want
	})
}

// TestSiegeFullDisk fills the disk that the database is on, and kills the process while it
// is full every other time.
func TestSiegeFullDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "96m")
	a := &app{t: t, Database: filepath.Join(disk, "countersign.db")}
	a.start()
	t.Cleanup(a.kill)
	l := besiege(t, a)
	fillShelves(t, a)
	ballast := filepath.Join(disk, "ballast")
	for round := range min(strikes(2), 10) { // the orders themselves would fill it
		l.during(t, func() {
			<-time.After(200 * time.Millisecond)
			fill(t, ballast)
			a.wantReady(503)
			if round%2 == 1 {
				a.kill()
			}
			if err := os.Remove(ballast); err != nil {
				t.Error(err)
			}
			if round%2 == 1 {
				a.audit()
				a.start()
			}
			a.wantReady(200)
			<-time.After(200 * time.Millisecond)
		})
	}
	l.relief(t)
}

// smallDisk is a file system of its own. It takes the right to mount one, which root has
// outside of containers: without it there is nothing to install, so CI may skip this.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes to a file until there is no room left.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
			return
		}
	}
}
