package e2e

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// slowSync delays whatever forces data to the disk, by as many milliseconds as the file that
// SLOW_DISK names has bytes.
const slowSync = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

static void delay(void) {
	const char *name = getenv("SLOW_DISK");
	struct stat s;
	if (name == NULL || stat(name, &s) != 0) return;
	struct timespec t = {s.st_size / 1000, s.st_size % 1000 * 1000000};
	nanosleep(&t, NULL);
}

int fsync(int fd) {
	int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
	delay();
	return real(fd);
}

int fdatasync(int fd) {
	int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
	delay();
	return real(fd);
}
`

// slowDisk is a library that makes the disk slow, and the file that says how slow.
func slowDisk(t *testing.T) (library, delay string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("disks are made slow on Linux only")
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "slow.c"), filepath.Join(dir, "slow.so")
	if err := os.WriteFile(source, []byte(slowSync), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "cc", "-shared", "-fPIC", "-o", library, source, "-ldl").CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	return library, filepath.Join(dir, "delay")
}

// TestSiegeSlowDisk has the disk take up to two seconds for each commit, and kills the process
// meanwhile every other time.
func TestSiegeSlowDisk(t *testing.T) {
	t.Parallel()
	library, delay := slowDisk(t)
	a := &app{t: t, Database: filepath.Join(t.TempDir(), "countersign.db"), env: []string{"LD_PRELOAD=" + library, "SLOW_DISK=" + delay}}
	a.start()
	t.Cleanup(a.kill)
	l := besiege(t, a)
	fillShelves(t, a)
	rng := rand.New(rand.NewPCG(2026, 15))
	for round := range strikes(2) {
		slow := 100 + rng.IntN(1900) // ms
		l.during(t, func() {
			<-time.After(200 * time.Millisecond)
			if err := os.WriteFile(delay, make([]byte, slow), 0o600); err != nil {
				t.Error(err)
			}
			began := time.Now()
			placed := l.placeOne(t.Context())
			if took := time.Since(began); !placed || took < time.Duration(slow)*time.Millisecond {
				t.Errorf("while a commit takes %d ms an order is acknowledged after %v: %v", slow, took, placed)
			}
			if round%2 == 1 {
				a.kill()
			}
			if err := os.Remove(delay); err != nil {
				t.Error(err)
			}
			if round%2 == 1 {
				a.audit()
				a.start()
			}
			<-time.After(200 * time.Millisecond)
		})
	}
	l.relief(t)
}
