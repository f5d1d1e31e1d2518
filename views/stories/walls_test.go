package stories

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Views show what they are given. With a framework's context or a record in reach, a template
// would sooner or later ask for more, and could no longer be shown without a database.
func TestViewsImportPathsAndVocabularyOnly(t *testing.T) {
	forbidden := map[string]string{
		"github.com/labstack":    "views know no HTTP framework",
		"gorm.io":                "views know no records",
		"database/sql":           "views fetch nothing",
		"net/http/httptest":      "views serve nothing",
		"github.com/alexedwards": "views know no sessions",
	}
	err := filepath.WalkDir("..", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			for prefix, reason := range forbidden {
				if strings.HasPrefix(path, prefix) {
					t.Errorf("%s imports %s: %s", file, path, reason)
				}
			}
			ours := strings.HasPrefix(path, "countersign/")
			if ours && !strings.HasPrefix(path, "countersign/views/") && path != "countersign/web/paths" && path != "countersign/workflow" {
				t.Errorf("%s imports %s: views take web/paths and workflow only", file, path)
			}
			if path == "countersign/views/stories" {
				t.Errorf("%s imports the stories, which are for looking and testing", file)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
