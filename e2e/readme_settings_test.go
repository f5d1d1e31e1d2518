package e2e

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadmesSettings: the table has every flag and every environment variable of serve, and
// none that there is not.
func TestReadmesSettings(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "\n## Configuration\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var written []string
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			written = append(written, regexp.MustCompile(`--[a-z-]*[a-z]|\b[A-Z][A-Z_]+\b`).FindAllString(cells[1]+cells[2], -1)...)
		}
	}
	code, help := exitCode(t, "serve", "--help")
	if code != 0 {
		t.Fatal(help)
	}
	var there []string
	for _, found := range regexp.MustCompile(`(?m)^ +(--[a-z-]+)|\(\$([A-Z_]+)\)`).FindAllStringSubmatch(help, -1) {
		if name := found[1] + found[2]; name != "--version" {
			there = append(there, name)
		}
	}
	slices.Sort(written)
	slices.Sort(there)
	if len(there) < 20 || !slices.Equal(written, there) {
		t.Errorf("the README has\n%s\nand --help has\n%s", strings.Join(written, " "), strings.Join(there, " "))
	}
}
