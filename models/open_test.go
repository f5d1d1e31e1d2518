package models

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
)

// openTest opens a new database that the test closes at its end.
func openTest(t testing.TB) *Store {
	t.Helper()
	return openTestAt(t, filepath.Join(t.TempDir(), "countersign.db"))
}

func openTestAt(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{URL: path, Logger: slog.New(slog.DiscardHandler)})
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

func TestOpenTwiceInARow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "countersign.db")
	for range 2 {
		s := openTestAt(t, path)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
