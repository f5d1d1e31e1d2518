package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/workflow"
)

func TestNothingIsAcknowledgedOnceTheFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	s := openTestAt(t, path)
	noError(t, s.Ready(context.Background()))
	for i, file := range []string{path, path + "-wal"} { // what is in the log is nowhere else
		noError(t, os.Rename(file, file+".moved"))
		for _, replace := range []bool{false, true} {
			if replace {
				noError(t, os.WriteFile(file, []byte("another"), 0o600))
			}
			if err := s.Commit(context.Background(), newCommit(1, "a")); !errors.Is(err, ErrUnwritable) {
				t.Errorf("%s, replaced %v: a write says %v", file, replace, err)
			}
			if err := s.Ready(context.Background()); !errors.Is(err, ErrUnwritable) {
				t.Errorf("%s, replaced %v: ready says %v", file, replace, err)
			}
		}
		noError(t, os.Rename(file+".moved", file))
		mustCommit(t, s, newCommit(workflow.ExecutionID(2+i), file))
	}
}

func TestAFullDiskIsSaidPlainly(t *testing.T) {
	s := openTest(t)
	if _, err := writesTo(s).ExecContext(context.Background(), "PRAGMA max_page_count = 1"); err != nil { // the smallest disk
		t.Fatal(err)
	}
	var err error
	for id := workflow.ExecutionID(1); err == nil && id < 1000; id++ {
		err = s.Commit(context.Background(), newCommit(id, fmt.Sprint(id)))
	}
	if !errors.Is(err, ErrUnwritable) {
		t.Errorf("got %v", err)
	}
}

// A thousand refusals are one line, and it is said when they are over.
func TestAFullDiskFillsNoLog(t *testing.T) {
	var log bytes.Buffer
	var later atomic.Int64
	s, err := Open(t.Context(), Options{URL: newDatabaseFor(t), Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Now: func() time.Time { return testStart.Add(time.Duration(later.Load())) }})
	noError(t, err)
	_, err = writesTo(s).ExecContext(t.Context(), "PRAGMA max_page_count = 1")
	noError(t, err)
	for id := workflow.ExecutionID(1); id < 1000; id++ {
		_ = s.Commit(t.Context(), newCommit(id, fmt.Sprint(id)))
	}
	_, err = writesTo(s).ExecContext(t.Context(), "PRAGMA max_page_count = 4294967294")
	noError(t, err)
	later.Store(int64(time.Minute / 2))
	mustCommit(t, s, newCommit(1001, "again"))
	noError(t, s.Close())
	if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "is full") || !strings.Contains(lines[1], "succeed again") {
		t.Errorf("it said\n%s", &log)
	}
}
