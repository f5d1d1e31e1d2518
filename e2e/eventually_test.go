package e2e

import (
	"testing"
	"time"
)

// eventually polls until ok, more and more rarely, or fails the test with what is missing, and
// with what describe tells about where things stand.
func eventually(t testing.TB, within time.Duration, what string, ok func() bool, describe ...func() string) {
	t.Helper()
	deadline := time.After(within)
	for pause := 10 * time.Millisecond; !ok(); pause = min(2*pause, 200*time.Millisecond) {
		select {
		case <-deadline:
			for _, d := range describe {
				what += "\n" + d()
			}
			t.Fatalf("after %v still not: %s", within, what)
		case <-time.After(pause):
		}
	}
}
