package upkeep

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/models"
)

func namesIn(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// What a process that was killed has left goes with the next backup of that name, and nothing else.
func TestUnfinishedBackupsAreRemoved(t *testing.T) {
	database := filepath.Join(t.TempDir(), "countersign.db")
	s, err := models.Open(t.Context(), models.Options{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	folder := t.TempDir()
	for _, name := range []string{"b.db.AAAAAAAA.part", "b.db.AAAAAAAA.part-wal", "b.db.BBBBBBBB.part.lock", "b.db.CCCCCCCC.part", "other.db.AAAAAAAA.part", "b.db.notes.part"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	release, err := models.LockDatabase(filepath.Join(folder, "b.db.CCCCCCCC.part")) // another backup, under way
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ended, end := context.WithCancel(t.Context())
	end()
	backup := filepath.Join(folder, "b.db")
	if err := (&Backup{Database: database, File: backup}).Run(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	const others = "b.db.CCCCCCCC.part b.db.CCCCCCCC.part.lock b.db.notes.part other.db.AAAAAAAA.part"
	if left := namesIn(t, folder); left != others {
		t.Errorf("after an interrupted one there are %s", left)
	}
	if err := (&Backup{Database: database, File: backup}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := namesIn(t, folder); left != "b.db "+others {
		t.Errorf("after one there are %s", left)
	}
	var usage UsageError
	if err := (&Backup{Database: database, File: backup + ".part"}).Run(t.Context()); !errors.As(err, &usage) {
		t.Errorf("a backup of that name: %v", err)
	}
	err = (&Restore{Database: filepath.Join(t.TempDir(), "new.db"), File: filepath.Join(folder, "b.db.CCCCCCCC.part")}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "interrupted backup") {
		t.Errorf("restore: %v", err)
	}
}
