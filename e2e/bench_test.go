package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// short is a measurement that says nothing and takes little time.
var short = []string{"--rounds", "3", "--warm-up", "20ms", "--duration", "300ms", "--samples", "6", "--in-flight", "20",
	"--items", "50", "--waiting", "30", "--payload", "2000"}

// benched runs bench and returns what it prints.
func benched(t *testing.T, args ...string) (printed, complaints []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var aside bytes.Buffer
	c := exec.CommandContext(ctx, binary, slices.Concat([]string{"bench"}, short, args)...)
	c.Stderr = &aside
	printed, err := c.Output()
	if err != nil {
		t.Fatalf("bench %s: %v\n%s", strings.Join(args, " "), err, &aside)
	}
	return printed, aside.Bytes()
}

// TestBench: every scenario in a short form. What the members of the object are called is a
// promise to whoever reads them.
func TestBench(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plot := filepath.Join(dir, "run.svg")
	profile := filepath.Join(dir, "cpu.pprof")
	printed, _ := benched(t, "--json", "--plot", plot, "--profile", profile, "--history", "1000",
		"--scenario", "order,no-ops,payloads,map,waiting", "--dir", dir)
	var report map[string]any
	if err := json.Unmarshal(printed, &report); err != nil {
		t.Fatalf("%v in %s", err, printed)
	}
	for _, path := range []string{
		"transitions_per_second", "executions_per_second", "start_to_finish_ms.p50", "start_to_finish_ms.p99", "approve_to_next_state_ms.p99",
		"seven_no_ops_start_to_finish_ms.p50", "order.commits_per_second", "order.transitions_per_commit", "order.cpu_us_per_transition",
		"order.allocated_bytes_per_transition", "order.allocated_objects_per_transition", "seven_no_ops.transitions_per_second",
		"order.start_to_finish_loaded_ms.p99", "big_payloads.transitions_per_second", "big_payloads.database_bytes_per_execution",
		"map.transitions_per_second", "waiting.ready_after_start_ms", "waiting.approve_to_next_state_ms.p99",
		"settings.rounds", "settings.cores", "settings.gogc", "process.database_bytes",
	} {
		if at := member(report, path); at <= 0 {
			t.Errorf("%s is %v in %s", path, at, printed)
		}
	}
	settings := report["settings"].(map[string]any)
	if settings["database_settings"].(map[string]any)["synchronous"] != "2" || !strings.HasPrefix(settings["go"].(string), "go1.") {
		t.Errorf("settings %v", settings)
	}
	figure := report["figures"].(map[string]any)["order.transitions_per_second"].(map[string]any)
	if rounds := figure["rounds"].([]any); len(rounds) != 3 || figure["unit"] != "/s" || figure["better"] != "higher" {
		t.Errorf("figure %v", figure)
	}
	wellFormed(t, plot)
	if info, err := os.Stat(profile); err != nil || info.Size() == 0 {
		t.Errorf("profile: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "countersign-bench-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// member is a number in nested objects; 0 where there is none.
func member(object map[string]any, path string) float64 {
	name, rest, more := strings.Cut(path, ".")
	if more {
		inner, _ := object[name].(map[string]any)
		return member(inner, rest)
	}
	n, _ := object[name].(float64)
	return n
}

// wellFormed reads a document to its end and counts nothing.
func wellFormed(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for d := xml.NewDecoder(file); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}

func TestBenchComparesWithAnEarlierRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	earlier := filepath.Join(dir, "earlier.json")
	printed, _ := benched(t, "--json", "--scenario", "no-ops")
	write(t, earlier, string(printed))
	printed, _ = benched(t, "--scenario", "no-ops", "--compare", earlier, "--workers", "64")
	for _, want := range []string{"seven no-op tasks, sustained", "figure", "before", "seven_no_ops.cpu_us_per_transition", "workers was 256, is 64"} {
		if !strings.Contains(string(printed), want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
	printed, aside := benched(t, "--json", "--scenario", "no-ops", "--compare", earlier)
	if !json.Valid(printed) || !strings.Contains(string(aside), "before") {
		t.Errorf("printed %s and aside %s", printed, aside)
	}
	write(t, earlier, `{"transitions_per_second": 5}`)
	if code, said := exitCode(t, "bench", "--compare", earlier); code != 1 || !strings.Contains(said, "no figures") {
		t.Errorf("exit code %d, want 1; it said:\n%s", code, said)
	}
}

func TestBenchRefusesADatabaseThatHoldsData(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "kept.db")
	benched(t, "--scenario", "no-ops", "--database", database)
	before, err := os.Stat(database)
	if err != nil {
		t.Fatalf("the database that was named was not kept: %v", err)
	}
	code, said := exitCode(t, "bench", "--scenario", "no-ops", "--database", database)
	after, err := os.Stat(database)
	if code != 3 || !strings.Contains(said, "holds data") || err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("exit code %d, want 3; it said:\n%s", code, said)
	}
	if code, said := exitCode(t, "bench", "--rounds", "0"); code != 2 || !strings.Contains(said, "--rounds is 0") {
		t.Errorf("exit code %d, want 2; it said:\n%s", code, said)
	}
	if code, said := exitCode(t, "bench", "--scenario", "swimming"); code != 2 || !strings.Contains(said, "swimming") {
		t.Errorf("exit code %d, want 2; it said:\n%s", code, said)
	}
}
