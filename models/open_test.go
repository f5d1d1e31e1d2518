package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"countersign/models/pgtest"
)

// openTest opens a new database that the test closes at its end.
func openTest(t testing.TB) *Store {
	t.Helper()
	return openTestAt(t, newDatabaseFor(t))
}

// newDatabaseFor is an SQLite file, or for what runs below TestOnPostgres a database there.
func newDatabaseFor(t testing.TB) string { return migrated.database(t) }

// template makes databases that are alike by copying one that was filled once: bringing the
// tables up to date takes longer than most tests do.
type template struct {
	pgtest.Template
	file func() ([]byte, error)
}

func newTemplate(fill func(url string) error) *template {
	return &template{pgtest.Template{Prepare: fill}, sync.OnceValues(func() ([]byte, error) {
		dir, err := os.MkdirTemp("", "countersign-models-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "countersign.db")
		if err := fill(path); err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	})}
}

func (p *template) database(t testing.TB) string {
	t.Helper()
	if onPostgres(t) {
		if _, measuring := t.(*testing.B); measuring && os.Getenv("COUNTERSIGN_TEST_POSTGRES") == "" {
			return pgtest.Start(t).URL(t)
		}
		return p.URL(t)
	}
	content, err := p.file()
	if err != nil {
		t.Fatal("prepare a test database: ", err)
	}
	path := filepath.Join(t.TempDir(), "countersign.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var migrated = newTemplate(func(url string) error {
	s, err := open(url)
	if err != nil {
		return err
	}
	return s.Close()
})

func onPostgres(t testing.TB) bool {
	return strings.HasPrefix(t.Name(), "TestOnPostgres/") || strings.HasPrefix(t.Name(), "BenchmarkOnPostgres/")
}

// writesTo is the writer's connection to a file.
func writesTo(s *Store) *sql.Conn { return s.writer.lanes[0].session.(*sqliteSession).conn }

func openTestAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// uncounted ends what looks after the metrics behind everybody's back every few seconds: for tests
// that count themselves, use the writer's connection themselves, or put a clock of their own in.
func uncounted(s *Store) *Store {
	_ = s.meter.close()
	return s
}

func open(path string) (*Store, error) {
	return Open(context.Background(), Options{URL: path, Logger: slog.New(slog.DiscardHandler)})
}

func TestConnectionsAreDurable(t *testing.T) {
	s := openTest(t)
	read, err := s.reader.DB()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]string{
		"writer": {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "temp_store": "2",
			"busy_timeout": "5000", "wal_autocheckpoint": "8000", "journal_size_limit": "134217728", "query_only": "0"},
		"reader": {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "query_only": "1", "busy_timeout": "5000"},
	} {
		query := writesTo(s).QueryRowContext
		if name == "reader" {
			query = read.QueryRowContext
		}
		for pragma, value := range want {
			var got string
			if err := query(context.Background(), "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
				t.Errorf("%s: %s=%s, want %s (%v)", name, pragma, got, value, err)
			}
		}
	}
}

// What a build of SQLite that ignored the settings would show.
func TestUndurableConnectionIsRefused(t *testing.T) {
	s := openTest(t)
	ctx := context.Background()
	if err := checkDurable(ctx, writesTo(s)); err != nil {
		t.Error(err)
	}
	if _, err := writesTo(s).ExecContext(ctx, "PRAGMA synchronous=NORMAL"); err != nil {
		t.Fatal(err)
	}
	if err := checkDurable(ctx, writesTo(s)); err == nil || !strings.Contains(err.Error(), "synchronous=1") {
		t.Errorf("got %v", err)
	}
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	mustCommit(t, openTestAt(t, path), newCommit(1, "a"))
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestAnyFileNameWillDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o'rders & more?mode=memory#50%41.db")
	s := openTestAt(t, path)
	mustCommit(t, s, newCommit(1, "a"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openTestAt(t, path).Load(context.Background(), 1); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	s := openTestAt(t, path)
	for _, name := range []string{path, link} {
		_, err := open(name)
		wantOpenError(t, err, OpenInUse, fmt.Sprintf("is in use by another Countersign process (pid %d); stop it or choose another --database", os.Getpid()))
	}
	mustCommit(t, s, newCommit(1, "a")) // the attempts have not disturbed it
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openTestAt(t, link).Load(context.Background(), 1); err != nil {
		t.Error(err)
	}
}

func TestUnusableDatabases(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(t *testing.T, path string)
		reason  OpenReason
		says    string
	}{
		{"directory", func(t *testing.T, path string) { noError(t, os.Mkdir(path, 0o700)) }, OpenNotDatabase, "is a directory; name a file in it"},
		{"no directory", func(t *testing.T, path string) { noError(t, os.Remove(filepath.Dir(path))) }, OpenUnreachable, "make it, or choose another --database"},
		{"read-only", func(t *testing.T, path string) { closedDatabase(t, path, ""); noError(t, os.Chmod(path, 0o400)) }, OpenReadOnly, "make it writable"},
		{"text", func(t *testing.T, path string) { noError(t, os.WriteFile(path, []byte("Dear diary"), 0o600)) }, OpenNotDatabase, "is not a Countersign database"},
		{"other bytes", func(t *testing.T, path string) { noError(t, os.WriteFile(path, make([]byte, 9000), 0o600)) }, OpenNotDatabase, "is not a Countersign database"},
		{"another program's", otherProgramsDatabase, OpenNotDatabase, "is not a Countersign database"},
		{"damaged", damagedDatabase, OpenNotDatabase, "restore a backup"},
		{"unknown migration", func(t *testing.T, path string) {
			closedDatabase(t, path, `INSERT INTO migrations (id) VALUES ('9999_time_travel')`)
		}, OpenNewer, "newer version of Countersign; start that version"},
		{"later schema", func(t *testing.T, path string) { closedDatabase(t, path, `PRAGMA user_version = 1000`) }, OpenNewer, "newer version of Countersign"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sub", "countersign.db")
			noError(t, os.Mkdir(filepath.Dir(path), 0o700))
			test.prepare(t, path)
			before, _ := os.ReadFile(path)
			_, err := open(path)
			wantOpenError(t, err, test.reason, test.says)
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file has changed")
			}
		})
	}
}

func TestUnusableNames(t *testing.T) {
	_, err := open("")
	wantOpenError(t, err, OpenUnreachable, "give a file with --database")
	_, err = open(os.DevNull)
	wantOpenError(t, err, OpenNotDatabase, "is not a file")
	t.Chdir(t.TempDir())
	for _, name := range []string{"postgres:me:hunter2@host", "Postgres://me:hunter2@host/db", "mysql://host/db", "file:x.db", "host=db password=hunter2"} {
		_, err = open(name)
		wantOpenError(t, err, OpenUnreachable, "postgres://USER:PASSWORD@HOST")
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password stands in %v", err)
		}
	}
	s, err := open("./a:b.db")
	noError(t, err)
	noError(t, s.Close())
}

func wantOpenError(t *testing.T, err error, reason OpenReason, says string) {
	t.Helper()
	var open *OpenError
	if !errors.As(err, &open) || open.Reason != reason || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v (%T), want reason %q saying %q", err, err, reason, says)
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// closedDatabase leaves a database of ours behind in which a statement was executed.
func closedDatabase(t *testing.T, path, statement string) {
	t.Helper()
	s, err := open(path)
	noError(t, err)
	if statement != "" {
		_, err := writesTo(s).ExecContext(context.Background(), statement)
		noError(t, err)
	}
	noError(t, s.Close())
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is left behind: %v", err)
	}
}

func otherProgramsDatabase(t *testing.T, path string) {
	noError(t, makeFile(path))
	db, err := openSQLite(context.Background(), path, 1, settings{})
	noError(t, err)
	defer db.Close()
	noError(t, execAll(db, "CREATE TABLE bookmarks (url text)", "INSERT INTO bookmarks VALUES ('https://example.com')"))
}

func execAll(db *sql.DB, statements ...string) error {
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// damagedDatabase keeps the header and spoils what follows.
func damagedDatabase(t *testing.T, path string) {
	closedDatabase(t, path, "")
	content, err := os.ReadFile(path)
	noError(t, err)
	for i := range content[100:] {
		content[100+i] = 0xA5
	}
	noError(t, os.WriteFile(path, content, 0o600))
}
