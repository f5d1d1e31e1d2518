package graph

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// A layout is a function of the definition alone: with records, requests or executions in
// reach it would soon depend on them.
func TestImports(t *testing.T) {
	allowed := map[string]bool{"github.com/dop251/goja": true, "countersign/workflow/asl": true}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			first, _, _ := strings.Cut(path, "/")
			if (strings.Contains(first, ".") || first == "countersign") && !allowed[path] {
				t.Errorf("%s imports %s", file.Name(), path)
			}
		}
	}
}
