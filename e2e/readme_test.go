package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/models/pgtest"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	benchCommand = regexp.MustCompile("`(countersign bench[^`]*)`")
	testCommand  = regexp.MustCompile(`(?m)^go test (\./\w\S+) (-run .*?)\s*(?:#.*)?$`)
	testFlag     = regexp.MustCompile(`(?:^| )-(\w+) ('[^']*'|\S+)`)
)

// TestReadmesFigures runs every command that the README gives for a figure, as a shell does and
// in its order, only shorter.
func TestReadmesFigures(t *testing.T) {
	t.Parallel()
	const shorter = " --rounds 2 --warm-up 10ms --duration 60ms --samples 3 --in-flight 10 --items 20 --waiting 10 --payload 1000"
	dir := t.TempDir()
	var done []string
	for _, found := range benchCommand.FindAllStringSubmatch(readme(t), -1) {
		line := found[1]
		if slices.Contains(done, line) {
			continue
		}
		done = append(done, line)
		if before, after, found := strings.Cut(line, "postgres://…"); found {
			line = before + "'" + pgtest.URL(t) + "'" + after
		}
		line = strings.Replace(line, "--history 10000000", "--history 300", 1) + shorter
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		shell := exec.CommandContext(ctx, "sh", "-c", line)
		shell.Dir = dir
		shell.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+":"+os.Getenv("PATH"))
		if said, err := shell.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, said)
		}
	}
	if len(done) < 7 {
		t.Errorf("the README gives only %q", done)
	}
	for _, file := range []string{"run.svg", "before.json"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestReadmesTests: what the README says to run by go test is there. Its short form is what
// runs of these tests without the README's flags, or .ci/run names it.
func TestReadmesTests(t *testing.T) {
	commands := testCommand.FindAllStringSubmatch(readme(t), -1)
	if len(commands) < 4 {
		t.Fatalf("%d commands", len(commands))
	}
	for _, command := range commands {
		tests := sourceOfTests(t, filepath.Join("..", command[1]))
		for _, flag := range testFlag.FindAllStringSubmatch(command[2], -1) {
			switch name, value := flag[1], strings.Trim(flag[2], "'"); name {
			case "run":
				for pattern := range strings.SplitSeq(value, "|") {
					if !regexp.MustCompile(`(?m)^func \w*` + pattern).MatchString(tests) {
						t.Errorf("%s has no test %s", command[1], pattern)
					}
				}
			case "timeout", "v", "race", "count", "bench":
			default:
				if !regexp.MustCompile(`flag\.\w+\("` + name + `",`).MatchString(tests) {
					t.Errorf("the tests of %s have no flag -%s", command[1], name)
				}
			}
		}
	}
}

func sourceOfTests(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
