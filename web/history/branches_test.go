package history

import (
	"strings"
	"testing"
	"time"

	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/workflow"
)

// A Parallel state whose left branch waits for a worker and whose right one is done.
func TestBranchesAreReadSideBySide(t *testing.T) {
	start := time.UnixMilli(1_790_000_000_000).UTC()
	event := func(id, previous int64, kind workflow.EventType, d workflow.Details) workflow.HistoryEvent {
		return workflow.HistoryEvent{ID: id, PreviousID: previous, Type: kind, At: start.Add(time.Duration(id) * time.Second), Details: d}
	}
	activity := string(workflow.ActivityARN("Pack"))
	h := Read(Facts{
		Info: workflow.ExecutionInfo{Name: "once", StateMachine: "Both", Status: workflow.Running, StartedAt: start}, Now: start.Add(time.Minute),
		Events: []workflow.HistoryEvent{
			event(1, 0, workflow.EventExecutionStarted, workflow.Details{}),
			event(2, 0, workflow.EventParallelStateEntered, workflow.Details{Name: "Both"}),
			event(3, 2, workflow.EventParallelStateStarted, workflow.Details{}),
			event(4, 3, workflow.EventTaskStateEntered, workflow.Details{Name: "Left"}),
			event(5, 4, workflow.EventActivityScheduled, workflow.Details{Resource: activity}),
			event(6, 3, workflow.EventPassStateEntered, workflow.Details{Name: "Right"}),
			event(7, 6, workflow.EventPassStateExited, workflow.Details{Name: "Right"}),
		},
		Graph: graph.Graph{StartAt: "Both"},
	})
	for state, want := range map[string]pages.StateMark{"Both": pages.Entered, "Left": pages.Waits, "Right": pages.Succeeded} {
		if e := h.Last(state); e == nil || e.Mark != want {
			t.Errorf("%s: %+v, want %q", state, e, want)
		}
	}
	var said []string
	for _, w := range h.Page(graph.Layout{}, View{}).Waits {
		said = append(said, w.State+" waits "+w.What)
	}
	want := "Both waits for its branches; Left waits for a worker to take the task of the activity Pack"
	if got := strings.Join(said, "; "); got != want {
		t.Errorf("%s", got)
	}
}
