package fulfilment_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The functions know the vocabulary and their own ports. With a store, an engine or
// a web framework in here, they could no longer be tested without one.
func TestWall(t *testing.T) {
	allowed := map[string][]string{
		".":       {"countersign/workflow"},
		"sandbox": {"countersign/workflow", "countersign/workflow/fulfilment"},
	}
	for room, ours := range allowed {
		files, err := filepath.Glob(filepath.Join(room, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", room, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range f.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				first, _, _ := strings.Cut(path, "/")
				if standard := !strings.Contains(first, ".") && first != "countersign"; !standard && !slices.Contains(ours, path) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}
