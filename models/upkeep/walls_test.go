package upkeep

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// What is in the tables only models knows.
func TestNothingHereSpeaksSQL(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("found no files", err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			for _, refused := range []string{"database/", "gorm.io/", "github.com/mattn/", "github.com/jackc/", "net/http"} {
				if strings.HasPrefix(path, refused) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}
