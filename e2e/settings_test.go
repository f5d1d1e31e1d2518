package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/models/pgtest"
)

// TestWrongSettings: each is refused before anything is opened, with exit code 2 and one clear line.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "countersign.db")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--addr", "8085"}, "no HOST:PORT"},
		{[]string{"serve", "--workers", "0"}, "at least 1"},
		{[]string{"serve", "--keep-closed=-3"}, "number of days"},
		{[]string{"serve", "--archive", t.TempDir()}, "say with --keep-closed"},
		{[]string{"serve", "--shutdown-delay=-1s"}, "such as 5s"},
		{[]string{"backup"}, "See countersign backup --help"},
	} {
		args := append(test.args, "--database", database)
		if code, said := exitCode(t, args...); code != 2 || !strings.Contains(said, test.want) {
			t.Errorf("%q: exit code %d, want 2 and a line with %q; it said:\n%s", test.args, code, test.want, said)
		}
	}
	if code, said := exitCode(t, "--version"); code != 0 || strings.TrimSpace(said) == "" {
		t.Errorf("--version: exit code %d, and it said %q", code, said)
	}
}

// TestAuditFindsNothingInAnEmptyDatabase: of the wrong database it must not say that all is well.
func TestAuditFindsNothingInAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	for range 2 { // the first has made no tables
		if code, said := exitCode(t, "audit", "--database", url); code != 3 || !strings.Contains(said, "is empty") {
			t.Errorf("exit code %d, want 3; it said:\n%s", code, said)
		}
	}
}

// TestRestoreSaysThatItIsTheBackup that is damaged, not the database.
func TestRestoreSaysThatItIsTheBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	write(t, text, "Dear diary")
	code, said := exitCode(t, "restore", "--database", filepath.Join(dir, "new.db"), text)
	if code != 3 || !strings.Contains(said, "another backup") || strings.Contains(said, "--database") {
		t.Errorf("exit code %d; it said:\n%s", code, said)
	}
}

// TestShutdownDelay: a replica that is about to end says so while it still answers.
func TestShutdownDelay(t *testing.T) {
	t.Parallel()
	a := startApp(t, "--shutdown-delay", "30s")
	status := func(path string) int {
		answer, err := http.Get(a.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := status("/readyz"); got != http.StatusOK {
		t.Fatalf("before: %d", got)
	}
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "not ready", func() bool { return status("/readyz") == http.StatusServiceUnavailable })
	if got := status("/signin"); got != http.StatusOK {
		t.Errorf("a page meanwhile: %d", got)
	}
}
