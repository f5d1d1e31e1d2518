package asl

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// allowedImports is the wall of this room: pure functions over data, and nothing
// through which a clock, chance, another goroutine or the outside could come in.
var allowedImports = []string{
	"bytes", "cmp", "crypto/md5", "crypto/sha1", "crypto/sha256", "crypto/sha512", "crypto/subtle", "encoding/base64",
	"encoding/binary", "encoding/hex", "encoding/json", "errors", "fmt", "hash", "hash/crc32",
	"maps", "math", "math/rand/v2", "regexp", "slices", "sort", "strconv", "strings", "time", "unicode", "unicode/utf8",
	"countersign/workflow", "countersign/workflow/asl/jsonata", "countersign/workflow/asl/jsontext",
}

// allowedFrom are the only things that may be used of two packages that also hold
// what is forbidden.
var allowedFrom = map[string][]string{
	"rand": {"New", "NewChaCha8", "ChaCha8", "Rand"},
	"time": {"Time", "UnixMilli", "Parse", "RFC3339"},
}

func TestWall(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	fset := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if !slices.Contains(allowedImports, path) {
				t.Errorf("%s imports %s", name, path)
			}
			if spec.Name != nil {
				t.Errorf("%s renames %s, which this test would not see through", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", fset.Position(n.Pos()))
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Obj == nil {
					if allowed, limited := allowedFrom[pkg.Name]; limited && !slices.Contains(allowed, n.Sel.Name) {
						t.Errorf("%s uses %s.%s", fset.Position(n.Pos()), pkg.Name, n.Sel.Name)
					}
				}
			}
			return true
		})
	}
}
