package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/models/pgtest"
)

// TestMigrateToPostgres moves what an earlier release has left behind to PostgreSQL, is killed in
// the middle of it, where it wants to say so, goes on, and sees everything through there.
func TestMigrateToPostgres(t *testing.T) {
	t.Parallel()
	to := pgtest.URL(t)
	from := unpacked(t, filepath.Join(oldFolder, "0011_own_revisions.db.gz"))
	left := oldStateOf(t, from)
	if code, said := exitCode(t, "migrate", "--from", from, "--to", from); code != 2 {
		t.Errorf("to a file: exit code %d; it said:\n%s", code, said)
	}

	killed := exec.Command(binary, "migrate", "--from", from, "--to", to)
	killed.Stdout = nobodyReads(t)
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	target, _, _ := (&app{t: t, Database: to}).books()
	target.SetMaxOpenConns(1)
	eventually(t, time.Minute, "the first table is done", func() bool {
		var done bool
		return target.QueryRow(`SELECT EXISTS (SELECT 1 FROM moving_tables WHERE done)`).Scan(&done) == nil && done
	})
	_ = killed.Process.Kill()
	_ = killed.Wait()
	eventually(t, time.Minute, "the server notices that it is gone", func() bool {
		others := -1
		err := target.QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others)
		return err == nil && others == 0
	})
	if err := target.Close(); err != nil {
		t.Fatal(err)
	}
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

// nobodyReads is a pipe that is full: whoever writes to it waits, and can be killed there however
// long that takes.
func nobodyReads(t *testing.T) *os.File {
	t.Helper()
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	read, write := os.NewFile(uintptr(ends[0]), "read"), os.NewFile(uintptr(ends[1]), "write")
	t.Cleanup(func() { _, _ = read.Close(), write.Close() })
	for {
		_, err := syscall.Write(ends[1], make([]byte, os.Getpagesize()))
		if errors.Is(err, syscall.EAGAIN) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.SetNonblock(ends[1], false); err != nil {
		t.Fatal(err)
	}
	return write
}
