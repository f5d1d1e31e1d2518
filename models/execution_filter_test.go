package models

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"countersign/workflow"
)

// fillExecutions writes many executions of several state machines without their histories:
// nearly all have succeeded, a few of each state machine have another status.
func fillExecutions(t testing.TB, s *Store, n int) {
	t.Helper()
	err := s.write(t.Context(), nil, func(tx *gorm.DB) error {
		return tx.Exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO executions (id, revision, owner, due_at, last_event_id, status, machine, name, version, started_at, redrives,
				error, cause, input, snapshot, published, alias)
			SELECT i, 1, '', NULL, 1, CASE WHEN i % 5000 < 3 THEN 'FAILED' WHEN i % 5000 < 6 THEN 'RUNNING' ELSE 'SUCCEEDED' END,
				'M' || (i % 2), 'e' || i, 1, ? + i, CASE WHEN i % 7000 = 0 THEN 1 ELSE 0 END, '', '', '{}', '{}',
				CASE WHEN i % 6000 < 2 THEN 2 ELSE 0 END, CASE WHEN i % 9000 < 2 THEN 'live' ELSE '' END
			FROM n`, n, testStart.UnixMilli()).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A list looks at what it shows and little more, however many executions there are.
func TestListsOfExecutionsAreQuick(t *testing.T) {
	const n = 60_000
	s := openTest(t)
	fillExecutions(t, s, n)
	yes := true
	for _, c := range []struct {
		f     ExecutionFilter
		index string
	}{
		{ExecutionFilter{StateMachine: "M1"}, "executions_machine"},
		{ExecutionFilter{StateMachine: "M1", Status: workflow.Succeeded}, "executions_machine"},
		{ExecutionFilter{StateMachine: "M1", Status: workflow.Failed}, "executions_unsuccessful"},
		{ExecutionFilter{StateMachine: "M1", Status: workflow.Aborted}, "executions_unsuccessful"},
		{ExecutionFilter{StateMachine: "M1", Status: workflow.Running}, "executions_status"},
		{ExecutionFilter{StateMachine: "M1", Published: 2}, "executions_version"},
		{ExecutionFilter{StateMachine: "M1", Alias: "live"}, "executions_alias"},
		{ExecutionFilter{StateMachine: "M1", Alias: "live", Status: workflow.Failed}, "executions_alias"},
		{ExecutionFilter{StateMachine: "M1", Redriven: &yes}, "executions_redriven"},
		{ExecutionFilter{MapRun: "arn:map"}, "executions_map_run"},
	} {
		c.f.Present = true
		q, err := s.chosen(t.Context(), s.read(t.Context()).Table("executions").Select(summaryColumns), c.f)
		if err != nil {
			t.Fatal(err)
		}
		page := Page{Limit: 100, After: fmt.Sprintf("%d_%d", testStart.UnixMilli()+n/2, n/2)}
		statement := page.of(q.Session(&gorm.Session{DryRun: true}), "started_at", "id").Find(&[]map[string]any{}).Statement
		var plan []struct{ Detail string }
		if err := s.read(t.Context()).Raw("EXPLAIN QUERY PLAN "+statement.SQL.String(), statement.Vars...).Scan(&plan).Error; err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprint(plan); !strings.Contains(text, "USING INDEX "+c.index+" ") || strings.Contains(text, "B-TREE") {
			t.Errorf("%+v: %s, want %s", c.f, text, c.index)
		}
		began := time.Now()
		if _, _, err := s.Executions(t.Context(), c.f, page); err != nil {
			t.Fatal(err)
		}
		t.Logf("%-28s %v", c.index, time.Since(began))
	}
}
