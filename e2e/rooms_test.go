package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms says which packages of ours each package may import. A package that is not listed is a
// room that nobody has decided about. What a room may not hold besides, its own test says.
var rooms = map[string][]string{
	".":                           {"web", "web/paths", "models", "models/upkeep", "workflow", "workflow/engine", "workflow/engine/bench", "workflow/fulfilment", "workflow/fulfilment/load", "workflow/fulfilment/postman", "workflow/fulfilment/sandbox", "workflow/integrations", "workflow/objects"},
	"e2e":                         {"e2e/chromium", "models/pgtest"}, // which know nothing of ours
	"e2e/chromium":                {},
	"models":                      {"workflow", "workflow/outage"},
	"models/pgtest":               {},
	"models/upkeep":               {"models", "workflow", "workflow/outage"},
	"static":                      {},
	"views/components":            {"web/paths", "workflow"},
	"views/layouts":               {"views/components", "web/paths", "workflow"},
	"views/pages":                 {"views/components", "views/layouts", "web/paths", "workflow"},
	"views/stories":               {"e2e/chromium", "views/components", "views/layouts", "views/pages", "web/paths", "workflow"},
	"web":                         {"models", "static", "views/components", "views/layouts", "views/pages", "web/cloudwatch", "web/graph", "web/history", "web/paths", "web/sfn", "web/sigv4", "workflow", "workflow/asl", "workflow/engine", "workflow/outage"},
	"web/cloudwatch":              {"models", "workflow"},
	"web/graph":                   {"workflow/asl"},
	"web/history":                 {"views/components", "views/pages", "web/graph", "web/paths", "workflow"},
	"web/paths":                   {},
	"web/sfn":                     {"models", "web/sigv4", "workflow", "workflow/asl", "workflow/awsshape", "workflow/engine", "workflow/items", "workflow/outage"},
	"web/sigv4":                   {},
	"workflow":                    {},
	"workflow/asl":                {"workflow", "workflow/asl/jsonata", "workflow/asl/jsontext"},
	"workflow/asl/jsonata":        {"workflow/asl/jsontext"},
	"workflow/asl/jsontext":       {},
	"workflow/awsshape":           {},
	"workflow/engine":             {"workflow", "workflow/asl", "workflow/items", "workflow/objects", "workflow/outage"},
	"workflow/engine/bench":       {"workflow", "workflow/engine"},
	"workflow/engine/sim":         {"workflow", "workflow/asl", "workflow/engine", "workflow/engine/storetest"},
	"workflow/engine/storetest":   {"workflow", "workflow/engine"},
	"workflow/items":              {"workflow"},
	"workflow/objects":            {},
	"workflow/outage":             {},
	"workflow/fulfilment":         {"workflow"},
	"workflow/fulfilment/load":    {"workflow", "workflow/engine", "workflow/engine/bench", "workflow/fulfilment"},
	"workflow/fulfilment/postman": {"workflow", "workflow/outage"},
	"workflow/fulfilment/sandbox": {"workflow", "workflow/fulfilment"},
	"workflow/integrations":       {"workflow", "workflow/outage"},
}

// source is the parsed Go files of each package, by folder.
func source(t *testing.T) map[string][]*ast.File {
	t.Helper()
	found := map[string][]*ast.File{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name := entry.Name(); name == "testdata" || name != ".." && strings.HasPrefix(name, ".") {
				return filepath.SkipDir
			}
			return nil
		case filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		room, err := filepath.Rel("..", filepath.Dir(path))
		room = filepath.ToSlash(room)
		found[room] = append(found[room], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var files = token.NewFileSet()

func nameOf(file *ast.File) string { return filepath.ToSlash(files.Position(file.Package).Filename) }

func isTest(file *ast.File) bool { return strings.HasSuffix(nameOf(file), "_test.go") }

// Imports run one way: what is further in never learns who shows or stores it.
func TestImportsRunOneWay(t *testing.T) {
	for room, parsed := range source(t) {
		allowed, decided := rooms[room]
		if !decided {
			t.Errorf("%s stands in no room: say in this test what it may import", room)
		}
		for _, file := range parsed {
			if isTest(file) && room != "e2e" {
				continue
			}
			for _, spec := range file.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				ours, isOurs := strings.CutPrefix(path, "countersign/")
				if isOurs && !slices.Contains(allowed, ours) {
					t.Errorf("%s imports %s", nameOf(file), path)
				}
				outside := strings.HasPrefix(path, "gorm.io/") || strings.HasPrefix(path, "github.com/labstack/")
				if outside && (room == "workflow" || strings.HasPrefix(room, "workflow/")) {
					t.Errorf("%s imports %s: nothing under workflow knows GORM or Echo", nameOf(file), path)
				}
			}
		}
	}
}

// One comment is read; of two, the second says what the first one's reader missed.
func TestEachPackageHasOneComment(t *testing.T) {
	for room, parsed := range source(t) {
		var documented []string
		for _, file := range parsed {
			if file.Doc == nil || ast.IsGenerated(file) {
				continue
			}
			documented = append(documented, nameOf(file))
			if begin := "Package " + file.Name.Name + " "; file.Name.Name != "main" && !strings.HasPrefix(file.Doc.Text(), begin) {
				t.Errorf("%s: the package's comment does not begin with %q", nameOf(file), begin)
			}
		}
		if len(documented) != 1 {
			t.Errorf("%s has %d package comments, want one: %v", room, len(documented), documented)
		}
	}
}

// Such a name says where something was put, and not what it is.
func TestNamesSayWhatIsInside(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "types", "misc"}
	for room, parsed := range source(t) {
		if slices.Contains(vague, filepath.Base(room)) {
			t.Errorf("%s: give the package a name that says what it holds", room)
		}
		for _, file := range parsed {
			name := strings.TrimSuffix(filepath.Base(nameOf(file)), ".go")
			if slices.Contains(vague, strings.TrimSuffix(name, "_test")) {
				t.Errorf("%s: give the file a name that says what it holds", nameOf(file))
			}
		}
	}
}

// Long files hide a seam. Those that the template generator writes are as long as they are.
func TestNoFileIsTooLong(t *testing.T) {
	const most = 500
	for _, parsed := range source(t) {
		for _, file := range parsed {
			text, err := os.ReadFile(nameOf(file))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(text), "\n"); n > most && !strings.HasSuffix(nameOf(file), "_templ.go") {
				t.Errorf("%s has %d lines; look for a seam, most are a third of %d", nameOf(file), n, most)
			}
		}
	}
}

// These folders and no others stand at the top, beside those that begin with a dot.
func TestTopLevelFolders(t *testing.T) {
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") &&
			!slices.Contains([]string{"e2e", "models", "static", "views", "web", "workflow"}, entry.Name()) {
			t.Errorf("%s/ stands at the top; put it into one of the rooms", entry.Name())
		}
	}
}
