package e2e

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/models/pgtest"
)

// TestMigrateToPostgres moves what an earlier release has left behind to PostgreSQL, is killed in
// the middle of it, goes on, and sees everything through there.
func TestMigrateToPostgres(t *testing.T) {
	t.Parallel()
	to := pgtest.URL(t)
	from := unpacked(t, filepath.Join(oldFolder, "0011_own_revisions.db.gz"))
	left := oldStateOf(t, from)
	if code, said := exitCode(t, "migrate", "--from", from, "--to", from); code != 2 {
		t.Errorf("to a file: exit code %d; it said:\n%s", code, said)
	}

	killed := exec.Command(binary, "migrate", "--from", from, "--to", to)
	out, err := killed.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(out); !lines.Scan() {
		t.Error("it said nothing")
	}
	_ = killed.Process.Kill()
	_ = killed.Wait()
	if code, said := exitCode(t, "serve", "--addr", "127.0.0.1:0", "--database", to); code != 3 || !strings.Contains(said, "being filled") {
		t.Fatalf("a database that is half full: exit code %d; it said:\n%s", code, said)
	}
	if code, said := exitCode(t, "migrate", "--from", from, "--to", to); code != 0 || !strings.Contains(said, "executions: ") {
		t.Fatalf("migrate: exit code %d; it said:\n%s", code, said)
	}
	if code, said := exitCode(t, "serve", "--addr", "127.0.0.1:0", "--database", from); code != 3 || !strings.Contains(said, "was moved to") {
		t.Errorf("the file: exit code %d; it said:\n%s", code, said)
	}

	a := &app{t: t, Database: to}
	a.start()
	t.Cleanup(a.kill)
	left.finish(t, a)
	a.terminate()
	a.audit()
}
