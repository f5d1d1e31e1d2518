package upkeep

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/models"
	"countersign/workflow"
)

// scratched is a file of which one page is destroyed that opening it does not read.
func scratched(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "countersign.db")
	s, err := models.Open(t.Context(), models.Options{URL: path})
	if err != nil {
		t.Fatal(err)
	}
	for id := range workflow.ExecutionID(50) {
		stores(t, s, workflow.ExecutionInfo{ID: id + 1, Name: fmt.Sprint("execution-", id)}, 20)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	copy(text[len(text)-3*page:], bytes.Repeat([]byte{0xA5}, page))
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestADamagedFileIsCalledDamaged(t *testing.T) {
	path := scratched(t)
	backup := filepath.Join(t.TempDir(), "backup.db")
	for name, run := range map[string]func() error{
		"audit":  func() error { return (&Audit{Database: path}).Run(t.Context()) },
		"backup": func() error { return (&Backup{Database: path, File: backup}).Run(t.Context()) },
	} {
		var refused *models.OpenError
		err := run()
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), path+" is damaged") || !strings.Contains(err.Error(), "Backup and restore") ||
			strings.Contains(err.Error(), ".part") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(backup)); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	err := (&Backup{Database: path, File: backup, NoVerify: true}).Run(t.Context())
	if err != nil {
		t.Fatal("a copy of what there is: ", err)
	}
	err = (&Restore{Database: filepath.Join(t.TempDir(), "restored.db"), File: backup}).Run(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), backup+" is damaged") || !strings.Contains(err.Error(), "another backup") {
		t.Errorf("restore: %v", err)
	}
}
