package models

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/workflow"
)

const testPage = 4096

// scribble opens the file of a database to be damaged. It stays open until the test has ended: a
// process that closes a file loses its locks on it.
func scribble(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	noError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// filled is a file with some histories in it, and nothing in its log.
func filled(t *testing.T) (path string, executions workflow.ExecutionID) {
	t.Helper()
	path = newDatabaseFor(t)
	s, err := open(path)
	noError(t, err)
	for executions < 100 {
		executions++
		mustCommit(t, s, closes(executions, 5)...)
	}
	noError(t, s.Close())
	return path, executions
}

// overwrite destroys every page but the first.
func overwrite(t *testing.T, f *os.File) {
	t.Helper()
	info, err := f.Stat()
	noError(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0xA5}, int(info.Size())-testPage), testPage)
	noError(t, err)
}

// A file that is damaged while it is in use: who reads or writes notices, from then on nothing is
// acknowledged that a backup brought back would not have, and the log says so once.
func TestADamagedFileIsNotReady(t *testing.T) {
	for _, by := range []struct {
		who    string
		damage func(*testing.T, *os.File)
		notice func(*Store, workflow.ExecutionID) error
	}{
		{"a reader of overwritten pages", overwrite, func(s *Store, last workflow.ExecutionID) error {
			_, err := s.CheckHistories(context.Background())
			return err
		}},
		{"a reader of a file cut off", func(t *testing.T, f *os.File) { noError(t, f.Truncate(testPage)) }, func(s *Store, last workflow.ExecutionID) error {
			_, err := s.CheckHistories(context.Background())
			return err
		}},
		{"a writer", overwrite, func(s *Store, last workflow.ExecutionID) error {
			return s.Commit(context.Background(), newCommit(last+1, "another"))
		}},
	} {
		t.Run(by.who, func(t *testing.T) {
			path, last := filled(t)
			f := scribble(t, path)
			var log bytes.Buffer
			s, err := Open(t.Context(), Options{URL: path, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			noError(t, err)
			noError(t, s.Ready(t.Context()))
			by.damage(t, f)
			if err := by.notice(s, last); !errors.Is(err, ErrDamaged) || !Unavailable(err) {
				t.Errorf("who noticed was told %v", err)
			}
			for range 3 {
				if err := s.Ready(t.Context()); !errors.Is(err, ErrDamaged) {
					t.Errorf("ready says %v", err)
				}
				err := s.Commit(t.Context(), newCommit(last+2, "later"))
				if !errors.Is(err, ErrDamaged) || !errors.Is(err, ErrUnwritable) {
					t.Errorf("a write says %v", err)
				}
			}
			_ = s.Close()
			if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "Backup and restore") || !strings.Contains(said, path) {
				t.Errorf("it said %q", said)
			}
		})
	}
}

// What went wrong elsewhere damages nothing.
func TestOtherFailuresAreNoDamage(t *testing.T) {
	s := openTest(t)
	if _, err := writesTo(s).ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), newCommit(1, strings.Repeat("a", 1<<20))); errors.Is(err, ErrDamaged) || !errors.Is(err, ErrUnwritable) {
		t.Errorf("a full disk: %v", err)
	}
	if err := s.read(t.Context()).Exec("SELECT nonsense").Error; err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("nonsense: %v", err)
	}
	noError(t, s.Ready(t.Context()))
}

// Files that are damaged already are refused before anything in them is changed.
func TestDamagedFilesAreNotOpened(t *testing.T) {
	cut := func(size int64) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { noError(t, os.Truncate(path, size)) }
	}
	for name, damage := range map[string]func(t *testing.T, path string){
		"another kind of file": func(t *testing.T, path string) {
			noError(t, os.WriteFile(path, bytes.Repeat([]byte("no database\n"), 1000), 0o600))
		},
		"cut off in its header":        cut(50),
		"cut off after its first page": cut(testPage),
		"cut off in the middle":        cut(5*testPage + 100),
		"empty, with its log beside it": func(t *testing.T, path string) {
			noError(t, errors.Join(os.Truncate(path, 0), os.WriteFile(path+"-wal", []byte("x"), 0o600)))
		},
		"gone, with its log beside it": func(t *testing.T, path string) {
			noError(t, errors.Join(os.Remove(path), os.WriteFile(path+"-wal", []byte("x"), 0o600)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, _ := filled(t)
			damage(t, path)
			before, _ := os.ReadFile(path)
			_, err := open(path)
			var refused *OpenError
			if !errors.As(err, &refused) || refused.Reason != OpenNotDatabase {
				t.Fatalf("got %v", err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if _, err := os.Stat(path + "-wal"); strings.Contains(name, "log") && err != nil {
				t.Errorf("its log: %v", err)
			}
		})
	}
	openTestAt(t, filepath.Join(t.TempDir(), "new.db"))
}
