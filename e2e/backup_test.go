package e2e

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestBackupUnderLoad copies the database while orders go through it, restores the copy, and
// lets everything in it come to its end.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	l := besiege(t, a)
	fillShelves(t, a)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	clients := make(chan struct{})
	go func() { defer close(clients); l.place(ctx) }()
	soonPlaced := func(n int) {
		eventually(t, time.Minute, "orders", func() bool { return len(l.acknowledged()) >= n })
	}
	soonPlaced(6)
	before := l.acknowledged()
	backup := filepath.Join(t.TempDir(), "backup.db")
	code, said := exitCode(t, "backup", "--database", a.Database, backup)
	if code != 0 || !strings.Contains(said, "in order") {
		t.Fatalf("backup: exit code %d; it said:\n%s", code, said)
	}
	soonPlaced(len(before) + 3) // nobody was kept from placing orders
	stop()
	<-clients
	a.kill()

	b := &app{t: t, Database: filepath.Join(t.TempDir(), "restored.db")}
	if code, said := exitCode(t, "restore", "--database", b.Database, backup); code != 0 {
		t.Fatalf("restore: exit code %d; it said:\n%s", code, said)
	}
	kept := b.orders()
	for _, id := range before {
		if !slices.Contains(kept, id) {
			t.Errorf("order %s was acknowledged before the backup began, and is not in it", id)
		}
	}
	b.start()
	t.Cleanup(b.kill)
	restored := besiege(t, b)
	restored.placed = kept
	restored.finish(t)
	b.terminate()
	b.audit()
	b.checkGateway()
}

// orders are those in the database; the app must not be up.
func (a *app) orders() (ids []string) {
	a.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+a.Database+"?mode=ro")
	if err != nil {
		a.t.Fatal(err)
	}
	defer db.Close()
	var list string
	if err := db.QueryRow(`SELECT group_concat(id, ' ') FROM orders`).Scan(&list); err != nil {
		a.t.Fatal(err)
	}
	return strings.Fields(list)
}

// acknowledged are the orders placed so far.
func (l *load) acknowledged() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.placed...)
}

// TestNothingIsReplacedUnasked: neither a backup, nor a database, in use or not.
func TestNothingIsReplacedUnasked(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	dir := t.TempDir()
	backup, note := filepath.Join(dir, "backup.db"), filepath.Join(dir, "note.txt")
	if err := os.WriteFile(note, []byte("not a database, and longer than the header of one is, so that it is the header which tells, not the length"), 0o600); err != nil {
		t.Fatal(err)
	}
	said := func(want int, words string, args ...string) {
		t.Helper()
		if code, said := exitCode(t, args...); code != want || !strings.Contains(said, words) {
			t.Errorf("%s: exit code %d, want %d and %q; it said:\n%s", strings.Join(args, " "), code, want, words, said)
		}
	}
	said(3, "does not exist", "backup", "--database", filepath.Join(dir, "none.db"), backup)
	said(3, "not a Countersign database", "backup", "--database", note, backup)
	said(1, "no directory", "backup", "--database", a.Database, filepath.Join(dir, "no", "b.db"))
	said(2, "pg_dump", "backup", "--database", "postgres://somebody:secret@db/countersign", backup)
	said(0, "in order", "backup", "--database", a.Database, backup)
	said(1, "exists", "backup", "--database", a.Database, backup)
	said(3, "in use", "restore", "--database", a.Database, "--replace", backup)
	a.terminate()
	said(1, "--replace", "restore", "--database", a.Database, backup)
	said(3, "no Countersign database", "restore", "--database", a.Database, "--replace", note)
	said(0, "is now", "restore", "--database", a.Database, "--replace", backup)
	a.audit()
	replaced, err := filepath.Glob(a.Database + ".replaced-*")
	if err != nil || len(replaced) != 1 {
		t.Fatalf("%v, %v", replaced, err)
	}
	said(0, "in order", "audit", "--database", replaced[0])
	left, err := filepath.Glob(filepath.Join(dir, "*.part*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
