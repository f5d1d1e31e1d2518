package upkeep

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/models"
	"countersign/workflow"
)

var testStart = time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)

// stores has an execution that starts and, with an end, closes a minute later with so many events.
func stores(t *testing.T, s *models.Store, info workflow.ExecutionInfo, events int64) {
	t.Helper()
	info.Version, info.Status, info.Type, info.Input, info.StartedAt = 1, workflow.Running, workflow.Standard, []byte(`{}`), testStart
	if info.StateMachine == "" {
		info.StateMachine = "Machine"
	}
	c := &workflow.Commit{Info: info, Snapshot: []byte(`{}`), Events: []workflow.HistoryEvent{{ID: 1, Type: workflow.EventExecutionStarted, At: testStart}}}
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if events == 0 {
		return
	}
	end := *c
	end.Expect, end.Events, end.Info.Status, end.Info.StoppedAt = 1, nil, workflow.Succeeded, testStart.Add(time.Minute)
	for id := int64(2); id <= events; id++ {
		end.Events = append(end.Events, workflow.HistoryEvent{ID: id, PreviousID: id - 1, Type: workflow.EventPassStateEntered, At: testStart,
			Details: workflow.Details{Name: "State"}})
	}
	if err := s.Commit(t.Context(), &end); err != nil {
		t.Fatal(err)
	}
}

func archivedIn(t *testing.T, folder string) (lines []archived) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "executions-*.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		plain, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		for read := json.NewDecoder(plain); ; {
			var line archived
			if err := read.Decode(&line); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// passes deletes what has been closed for an hour, and looks at what was archived.
func passes(t *testing.T, s *models.Store, folder string) (deleted int, lines []archived) {
	t.Helper()
	r := Retention{Store: s, Keep: time.Hour, Archive: folder, Now: func() time.Time { return testStart.Add(3 * time.Hour) }, Logger: slog.New(slog.DiscardHandler)}
	deleted, err := r.Pass(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return deleted, archivedIn(t, folder)
}

func openStore(t *testing.T) *models.Store {
	t.Helper()
	s, err := models.Open(context.Background(), models.Options{URL: filepath.Join(t.TempDir(), "c.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// However they are read together, every execution is archived with its own whole history.
func TestExecutionsAreArchivedWhole(t *testing.T) {
	s, folder := openStore(t), t.TempDir()
	want := map[string]int64{}
	for i := range 2*archivedAtOnce + 7 {
		name, events := fmt.Sprint("e", i), int64(3)
		if i%25 == 3 {
			events = archivedEventsAtOnce + int64(i)
		}
		want[name] = events
		stores(t, s, workflow.ExecutionInfo{ID: workflow.ExecutionID(1 + i), Name: name}, events)
	}
	stores(t, s, workflow.ExecutionInfo{ID: 1000, Name: "open"}, 0)
	deleted, lines := passes(t, s, folder)
	if deleted != len(want) || len(lines) != len(want) {
		t.Fatalf("%d of %d executions were deleted, %d archived", deleted, len(want), len(lines))
	}
	for _, line := range lines {
		n := int64(len(line.Events))
		if n != want[line.Name] || line.Events[0].Type != workflow.EventExecutionStarted || line.Events[n-1].ID != n {
			t.Errorf("%s: %d events, want %d", line.Name, n, want[line.Name])
		}
		delete(want, line.Name)
	}
	if len(want) > 0 {
		t.Errorf("not archived: %v", want)
	}
}

func TestMapRunsAreArchivedWithTheirExecution(t *testing.T) {
	s, folder := openStore(t), t.TempDir()
	stores(t, s, workflow.ExecutionInfo{ID: 1, Name: "mapping"}, 3)
	run, err := s.OpenMapRun(t.Context(), workflow.MapRun{ARN: workflow.MapRunARN("Machine", "Label", "run"), Execution: 1, Entry: 2,
		StateMachine: "Machine", Label: "Label", Status: workflow.Running, StartedAt: testStart, MaxConcurrency: 4, ToleratedFailureCount: 1})
	if err == nil {
		err = s.AddMapItems(t.Context(), run.ARN, []workflow.MapItem{{Index: 0, Count: 3, Input: []byte(`1`)}, {Index: 1, Count: 2, Input: []byte(`2`)}})
	}
	if err == nil {
		err = s.SealMapRun(t.Context(), run.ARN)
	}
	if err == nil {
		err = s.Apply(t.Context(), s.StartMapItem(run.ARN, 0, 2))
	}
	if err != nil {
		t.Fatal(err)
	}
	stores(t, s, workflow.ExecutionInfo{ID: 2, Name: "child", StateMachine: "Machine/Label", MapRun: run.ARN, Parent: workflow.Parent{Execution: 1, Entry: 2}}, 3)
	if err := s.Apply(t.Context(), s.CloseMapRun(run.ARN, workflow.Succeeded, testStart.Add(time.Minute), 0)); err != nil {
		t.Fatal(err)
	}
	stores(t, s, workflow.ExecutionInfo{ID: 1000, Name: "open"}, 0)
	_, lines := passes(t, s, folder)
	found := false
	for _, line := range lines {
		switch line.Name {
		case "child":
			found = line.MapRun == run.ARN
		case "mapping":
			if len(line.MapRuns) != 1 {
				t.Fatalf("%d Map Runs", len(line.MapRuns))
			}
			want := archivedMapRun{ARN: run.ARN, Status: workflow.Succeeded, StartedAt: testStart, StoppedAt: testStart.Add(time.Minute), MaxConcurrency: 4,
				ToleratedCount: 1, Items: archivedCounts{Pending: 2, Succeeded: 3, Total: 5}, Executions: archivedCounts{Pending: 1, Succeeded: 1, Total: 2}}
			if line.MapRuns[0] != want {
				t.Errorf("%+v\nwant %+v", line.MapRuns[0], want)
			}
		}
	}
	if !found || len(lines) != 2 {
		t.Errorf("%d lines; the child is among them: %t", len(lines), found)
	}
}

// What an interrupted process was writing is removed, and not what another is writing just now.
func TestUnfinishedArchivesAreRemoved(t *testing.T) {
	s, folder := openStore(t), t.TempDir()
	now := testStart.Add(3 * time.Hour)
	for name, age := range map[string]time.Duration{"executions-left.jsonl.gz.part": 2 * time.Hour, "executions-new.jsonl.gz.part": time.Minute, "other.part": 9 * time.Hour} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, time.Time{}, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	passes(t, s, folder)
	var left []string
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if fmt.Sprint(left) != "[executions-new.jsonl.gz.part other.part]" || err != nil {
		t.Errorf("left are %v, %v", left, err)
	}
}
