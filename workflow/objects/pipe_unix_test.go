//go:build unix

package objects

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe that nobody writes to keeps nobody waiting.
func TestAPipeIsNoObject(t *testing.T) {
	f, dir := folder(t)
	put(t, f, "in", "ok", "1")
	if err := syscall.Mkfifo(filepath.Join(dir, "in", "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Get("in", "pipe"); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Error(err)
	}
}
