package asl

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFeatures: the table names files, transcripts and tests that are there.
func TestFeatures(t *testing.T) {
	table, err := os.ReadFile("FEATURES.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(src)
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, row := range strings.Split(string(table), "\n") {
		cells := strings.Split(row, " | ")
		if len(cells) < 4 || strings.HasPrefix(cells[0], "| feature") {
			continue
		}
		for _, name := range quoted.FindAllStringSubmatch(cells[2], -1) {
			if found, _ := filepath.Glob(name[1]); len(found) == 0 {
				t.Errorf("no file %s", name[1])
			}
		}
		for _, name := range quoted.FindAllStringSubmatch(cells[3], -1) {
			if strings.HasPrefix(name[1], "Test") || strings.HasPrefix(name[1], "Fuzz") {
				if !strings.Contains(tests.String(), "func "+name[1]+"(") {
					t.Errorf("no test %s", name[1])
				}
			} else if found, _ := filepath.Glob("testdata/" + name[1] + ".txtar"); len(found) == 0 {
				t.Errorf("no transcript %s", name[1])
			}
		}
	}
}
