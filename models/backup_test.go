package models

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is committed is in the copy, though the original's file has nothing of it yet.
func TestCopyHasWhatIsInTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	s := openTestAt(t, path)
	if err := s.Seed(t.Context(), Sample{People: true}); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := CopyDatabase(t.Context(), path, copied); err != nil {
		t.Fatal(err)
	}
	if found, err := Verify(t.Context(), copied); err != nil || len(found.Problems) > 0 {
		t.Errorf("%v, %v", found.Problems, err)
	}
	if left, _ := filepath.Glob(copied + "?*"); len(left) > 0 {
		t.Errorf("beside the copy lies %v", left)
	}
	if err := os.Chmod(copied, 0o400); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again.db")
	if err := CopyDatabase(t.Context(), copied, again); err != nil {
		t.Fatal(err)
	}
	people, err := openTestAt(t, again).People(t.Context())
	if err != nil || len(people) == 0 {
		t.Errorf("%d people, %v", len(people), err)
	}
}

func TestCopyIsGivenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	openTestAt(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := CopyDatabase(ctx, path, filepath.Join(t.TempDir(), "copy.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A page full of something else is found, wherever it is.
func TestVerifyFindsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	openTestAt(t, path)
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := CopyDatabase(t.Context(), path, copied); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for at := page; at < len(whole); at += 5 * page {
		damaged := append([]byte(nil), whole...)
		copy(damaged[at:at+page], strings.Repeat("damage", page))
		if err := os.WriteFile(copied, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		var unusable *OpenError
		if found, err := Verify(t.Context(), copied); len(found.Problems) == 0 && !errors.As(err, &unusable) {
			t.Errorf("page %d: %v, %v", at/page, found, err)
		}
	}
}
