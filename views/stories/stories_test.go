package stories

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/static"
)

var (
	update = flag.Bool("update", false, "rewrite testdata/*.html")
	out    = flag.String("out", "", "write pages that a browser can open into this folder")
)

// TestStories compares each page with the one that was looked at and found good.
func TestStories(t *testing.T) {
	seen := map[string]bool{}
	for _, story := range All() {
		if seen[story.Name] {
			t.Fatalf("two stories are called %s", story.Name)
		}
		seen[story.Name] = true
		t.Run(story.Name, func(t *testing.T) {
			var got bytes.Buffer
			if err := story.Page.Render(t.Context(), &got); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", story.Name+".html")
			if *update {
				if err := os.WriteFile(golden, readable(got.Bytes()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v: look at the page, then run go test ./views/stories -update", err)
			}
			if diff := cmp.Diff(string(want), string(readable(got.Bytes()))); diff != "" {
				t.Errorf("the page has changed (-was +is):\n%s\nlook at it, then run go test ./views/stories -update", diff)
			}
		})
	}
}

// TestNoGoldenFileWithoutStory finds what a renamed story leaves behind.
func TestNoGoldenFileWithoutStory(t *testing.T) {
	known := map[string]bool{}
	for _, story := range All() {
		known[story.Name+".html"] = true
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !known[entry.Name()] {
			t.Errorf("testdata/%s belongs to no story", entry.Name())
		}
	}
}

// TestWrite makes a folder that a browser can open: go test ./views/stories -run Write -out DIR
func TestWrite(t *testing.T) {
	if *out == "" {
		return
	}
	for _, story := range All() {
		var page bytes.Buffer
		if err := story.Page.Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
		write(t, story.Name+".html", page.Bytes())
	}
	for _, name := range static.Names() {
		body, err := static.Content(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, strings.TrimPrefix(static.URL(name), "/"), body)
		write(t, "static/"+name, body)
	}
}

func write(t *testing.T, name string, body []byte) {
	t.Helper()
	file := filepath.Join(*out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, body, 0o644); err != nil {
		t.Fatal(err)
	}
}

// readable breaks the line between tags, so that a difference shows where it is.
func readable(page []byte) []byte {
	return append(bytes.ReplaceAll(page, []byte("><"), []byte(">\n<")), '\n')
}
