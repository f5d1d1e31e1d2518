package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign/workflow"
)

func TestNothingIsAcknowledgedOnceTheFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	s := openTestAt(t, path)
	noError(t, s.Ready(context.Background()))
	noError(t, os.Rename(path, path+".moved"))
	for _, replace := range []bool{false, true} {
		if replace {
			noError(t, os.WriteFile(path, []byte("another"), 0o600))
		}
		if err := s.Commit(context.Background(), newCommit(1, "a")); !errors.Is(err, ErrUnwritable) {
			t.Errorf("replaced %v: a write says %v", replace, err)
		}
		if err := s.Ready(context.Background()); !errors.Is(err, ErrUnwritable) {
			t.Errorf("replaced %v: ready says %v", replace, err)
		}
	}
	noError(t, os.Rename(path+".moved", path))
	mustCommit(t, s, newCommit(1, "a"))
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
