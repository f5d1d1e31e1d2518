package models

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Records must not depend on who shows or executes them: of our own packages only
// the vocabulary may be imported, and nothing that speaks HTTP or HTML.
func TestWalls(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("found no files", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			ours := strings.HasPrefix(path, "countersign/") && path != "countersign/workflow" && path != "countersign/workflow/outage"
			if ours || path == "net/http" || path == "html/template" || strings.HasPrefix(path, "github.com/labstack/") {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}
