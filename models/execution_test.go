package models

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"countersign/workflow"
)

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// newCommit creates an execution of "Machine", started id seconds past testStart, with one event.
func newCommit(id workflow.ExecutionID, name string) *workflow.Commit {
	at := testStart.Add(time.Duration(id) * time.Second)
	return &workflow.Commit{
		Info: workflow.ExecutionInfo{
			ID: id, Name: name, StateMachine: "Machine", Version: 1, Status: workflow.Running, Type: workflow.Standard,
			Input: []byte(`{"n":1}`), StartedAt: at,
		},
		Snapshot: []byte(`{}`),
		Events:   []workflow.HistoryEvent{{ID: 1, Type: workflow.EventExecutionStarted, At: at}},
	}
}

// nextCommit follows c with n events.
func nextCommit(c *workflow.Commit, n int) *workflow.Commit {
	next := *c
	last := c.Events[len(c.Events)-1].ID
	next.Expect, next.Holder, next.Events = c.Expect+1, c.Owner, nil
	for i := range int64(n) {
		next.Events = append(next.Events, workflow.HistoryEvent{
			ID: last + 1 + i, PreviousID: last + i, Type: workflow.EventPassStateEntered, At: testStart,
			Details: workflow.Details{Name: "State"},
		})
	}
	return &next
}

func mustCommit(t testing.TB, s *Store, commits ...*workflow.Commit) {
	t.Helper()
	for _, c := range commits {
		if err := s.Commit(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExecutionSurvivesReopening(t *testing.T) {
	path := newDatabaseFor(t)
	s := openTestAt(t, path)
	c := newCommit(1, "a")
	closing := nextCommit(c, 3)
	closing.Info.Status, closing.Info.Error, closing.Info.Cause = workflow.Failed, "Broken", "it broke"
	closing.Info.StoppedAt, closing.Info.Redrives, closing.Info.RedrivenAt = testStart.Add(time.Hour), 2, testStart.Add(time.Minute)
	mustCommit(t, s, c, closing)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openTestAt(t, path)
	row, err := s.Load(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(workflow.Row{ExecutionInfo: closing.Info, Snapshot: closing.Snapshot, Revision: 2}, row); diff != "" {
		t.Error(diff)
	}
	events, err := s.History(context.Background(), 1, 0, 0)
	if diff := cmp.Diff(append(c.Events, closing.Events...), events); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestHistoryHasNoGaps(t *testing.T) {
	s := openTest(t)
	c := newCommit(1, "a")
	mustCommit(t, s, c)
	for name, first := range map[string]int64{"leaves one out": 3, "repeats one": 1} {
		bad := nextCommit(c, 2)
		bad.Events[0].ID, bad.Events[1].ID = first, first+1
		if err := s.Commit(context.Background(), bad); err == nil || errors.Is(err, workflow.ErrFenced) {
			t.Errorf("%s: %v", name, err)
		}
	}
	torn := nextCommit(c, 2)
	torn.Events[1].ID = 9
	if err := s.Commit(context.Background(), torn); err == nil {
		t.Error("a gap within a commit was accepted")
	}
	late := newCommit(2, "b")
	late.Events[0].ID = 2
	if err := s.Commit(context.Background(), late); err == nil {
		t.Error("a history that begins with event 2 was accepted")
	}
	if row, err := s.Load(context.Background(), 1); err != nil || row.Revision != 1 {
		t.Errorf("revision %d, error %v; want it untouched", row.Revision, err)
	}
}

func TestHistoryIsAppendOnly(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, newCommit(1, "a"))
	err := s.write(context.Background(), nil, func(tx *gorm.DB) error { return tx.Exec(`UPDATE history_events SET events = '[]'`).Error })
	if err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Error("history was changed")
	}
}

func TestHistoryInParts(t *testing.T) {
	s := openTest(t)
	c := newCommit(1, "a")
	second := nextCommit(c, 4) // events 2 to 5 share a row
	third := nextCommit(second, 2)
	mustCommit(t, s, c, second, third)
	all := append(append(append([]workflow.HistoryEvent{}, c.Events...), second.Events...), third.Events...)
	for after := range 8 {
		for limit := range 8 {
			want := all[min(after, len(all)):]
			if limit > 0 {
				want = want[:min(limit, len(want))]
			}
			got, err := s.History(context.Background(), 1, int64(after), limit)
			if diff := cmp.Diff(append([]workflow.HistoryEvent(nil), want...), got); err != nil || diff != "" {
				t.Fatalf("after %d limit %d: %v %s", after, limit, err, diff)
			}
		}
	}
	if n, err := s.CountEvents(context.Background(), 1); err != nil || n != 7 {
		t.Errorf("%d events, error %v", n, err)
	}
	if n, err := s.CountEvents(context.Background(), 99); err != nil || n != 0 {
		t.Errorf("%d events of no execution, error %v", n, err)
	}
}

func TestIDIsUsedOnce(t *testing.T) {
	s := openTest(t)
	mustCommit(t, s, newCommit(1, "a"))
	err := s.Commit(context.Background(), newCommit(1, "b"))
	if !errors.Is(err, workflow.ErrIDTaken) || errors.Is(err, workflow.ErrExists) || !strings.Contains(err.Error(), "id 1") {
		t.Errorf("got %v", err)
	}
}

func TestRefusedEffectUndoesEarlierEffects(t *testing.T) {
	s := openMarked(t)
	c := newCommit(1, "a")
	c.Effects = []workflow.Effect{markEffect("first"), markEffect("twice"), markEffect("twice")}
	if err := s.Commit(context.Background(), c); !errors.Is(err, workflow.ErrEffectRefused) {
		t.Fatalf("got %v", err)
	}
	events, err := s.History(context.Background(), 1, 0, 0)
	if marked(t, s, "first") || marked(t, s, "twice") || len(events) != 0 || err != nil {
		t.Errorf("something was written: %d events, %v", len(events), err)
	}
}

// One plan for each statement that must stay quick when there are very many executions.
func TestStatementsUseTheirIndexes(t *testing.T) {
	s := openTest(t)
	for statement, index := range map[string]string{
		`SELECT id FROM executions WHERE due_at <= 1 ORDER BY due_at, id LIMIT 1`:                                                          "executions_due",
		`SELECT min(due_at) FROM executions WHERE due_at IS NOT NULL`:                                                                      "executions_due",
		`SELECT id FROM executions WHERE machine = 'a' AND name = 'b'`:                                                                     "executions_name",
		`SELECT ` + summaryColumns + ` FROM executions WHERE map_run = '' ORDER BY started_at DESC, id DESC LIMIT 5`:                       "executions_started",
		`SELECT id FROM executions WHERE status = 'RUNNING' AND map_run = '' ORDER BY started_at DESC, id DESC LIMIT 5`:                    "executions_status",
		`SELECT 1 FROM executions WHERE status = 'RUNNING' AND map_run = '' LIMIT 5`:                                                       "COVERING INDEX executions_status",
		`SELECT id FROM executions WHERE map_run <> '' AND started_at >= 5 AND (started_at > 5 OR id > 3) ORDER BY started_at, id LIMIT 5`: "executions_mapped",
		`SELECT id FROM executions WHERE machine = 'a' ORDER BY started_at DESC, id DESC LIMIT 5`:                                          "executions_machine",
		`SELECT id FROM executions WHERE machine = 'a' AND (started_at, id) < (1, 2) ORDER BY started_at DESC, id DESC LIMIT 5`:            "executions_machine",
		`SELECT events FROM history_events WHERE execution_id = 1 AND last_id > 5 ORDER BY last_id`:                                        "history_events_execution",
		`UPDATE executions SET due_at = 1 WHERE due_at IS NOT NULL AND owner <> '' AND owner <> 'a'`:                                       "executions_due",
		stateMachineNames + ` SELECT id FROM names JOIN executions USING (machine) WHERE name >= 'a' LIMIT 50`:                             "executions_name",
	} {
		wantPlan(t, s, statement, index)
	}
}

func TestANameIsFoundAmongManyExecutions(t *testing.T) {
	s := openTest(t)
	if plan := planOf(t, s, executionsCalled, "a", "b", 5); !strings.Contains(plan, "executions_name") {
		t.Errorf("%s\n%s", executionsCalled, plan)
	}
	wantPlan(t, s, `SELECT a.* FROM audit_entries a WHERE a.subject = 'order 1' ORDER BY a.at DESC, a.id DESC LIMIT 5`, "audit_entries_subject")
}

// wantPlan says that a statement uses an index and sorts nothing.
func wantPlan(t *testing.T, s *Store, statement, index string) {
	t.Helper()
	if plan := planOf(t, s, statement); !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("%s\n%s", statement, plan)
	}
}

func planOf(t *testing.T, s *Store, statement string, args ...any) (text string) {
	t.Helper()
	var plan []struct{ Detail string }
	if err := s.read(context.Background()).Raw("EXPLAIN QUERY PLAN "+statement, args...).Scan(&plan).Error; err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	for _, p := range plan {
		text += p.Detail + "\n"
	}
	return text
}

// Between the update that finds another holder and the question why, the row may come back.
func TestARowThatCameBackIsFenced(t *testing.T) {
	s := openTest(t)
	c := newCommit(1, "x")
	mustCommit(t, s, c)
	next := *c
	next.Expect, next.Holder = 1, c.Owner
	first := int64(len(c.Events)) + 1
	err := s.write(t.Context(), nil, func(tx *gorm.DB) error {
		refused, failed := whyNotUpdated(tx, &next, first)
		return errors.Join(refused, failed)
	})
	if !errors.Is(err, workflow.ErrFenced) {
		t.Errorf("it fits by now: %v", err)
	}
	err = s.write(t.Context(), nil, func(tx *gorm.DB) error {
		refused, failed := whyNotUpdated(tx, &next, first+1)
		return errors.Join(refused, failed)
	})
	if err == nil || errors.Is(err, workflow.ErrFenced) {
		t.Errorf("a gap: %v", err)
	}
}
