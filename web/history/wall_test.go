package history

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// What a page says follows from the facts alone: with records or requests in reach it would soon
// depend on them.
func TestImports(t *testing.T) {
	allowed := map[string]bool{
		"countersign/views/components": true, "countersign/views/pages": true, "countersign/web/graph": true,
		"countersign/web/paths": true, "countersign/workflow": true,
	}
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
