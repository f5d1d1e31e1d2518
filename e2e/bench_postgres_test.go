package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign/models/pgtest"
)

// TestBenchOnPostgres: every scenario, a history first, and two replicas on one database.
func TestBenchOnPostgres(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	printed, _ := benched(t, "--json", "--history", "500", "--scenario", "order,no-ops,payloads,map,waiting",
		"--replicas", "2", "--database", url)
	var report map[string]any
	if err := json.Unmarshal(printed, &report); err != nil {
		t.Fatalf("%v in %s", err, printed)
	}
	for _, path := range []string{"transitions_per_second", "approve_to_next_state_ms.p99", "order.transitions_per_commit", "map.transitions_per_second",
		"waiting.ready_after_start_ms", "process.database_bytes", "settings.replicas"} {
		if at := member(report, path); at <= 0 {
			t.Errorf("%s is %v in %s", path, at, printed)
		}
	}
	if code, said := exitCode(t, "bench", "--database", url); code != 3 || !strings.Contains(said, "holds data") {
		t.Errorf("exit code %d, want 3; it said:\n%s", code, said)
	}
}
