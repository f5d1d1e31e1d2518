package history

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/web/paths"
	"countersign/workflow"
)

// A Parallel state whose left branch waits for a worker and whose right one is done.
// What a Map records of its iterations follows the events within them.
func TestAMapEndsAfterItsLastIteration(t *testing.T) {
	start := time.UnixMilli(1_790_000_000_000).UTC()
	var events []workflow.HistoryEvent
	add := func(previous int64, kind workflow.EventType, name string) {
		events = append(events, workflow.HistoryEvent{ID: int64(len(events) + 1), PreviousID: previous, Type: kind, At: start, Details: workflow.Details{Name: name}})
	}
	add(0, workflow.EventExecutionStarted, "")
	add(0, workflow.EventParallelStateEntered, "Both")
	add(2, workflow.EventParallelStateStarted, "")
	add(3, workflow.EventMapStateEntered, "Each")
	add(4, workflow.EventMapStateStarted, "")
	add(5, workflow.EventMapIterationStarted, "Each")
	add(6, workflow.EventPassStateEntered, "In")
	add(7, workflow.EventPassStateExited, "In")
	add(8, workflow.EventMapIterationSucceeded, "Each")
	add(8, workflow.EventMapIterationStarted, "Each")
	add(10, workflow.EventPassStateEntered, "In")
	add(11, workflow.EventPassStateExited, "In")
	add(12, workflow.EventMapIterationSucceeded, "Each")
	add(13, workflow.EventMapStateSucceeded, "")
	add(13, workflow.EventMapStateExited, "Each")
	add(15, workflow.EventParallelStateSucceeded, "")
	add(15, workflow.EventParallelStateExited, "Both")
	add(17, workflow.EventWaitStateEntered, "After")
	h := Read(Facts{Info: workflow.ExecutionInfo{Name: "once", Status: workflow.Running, StartedAt: start}, Events: events, Now: start})
	for state, want := range map[string]pages.StateMark{"Both": pages.Succeeded, "Each": pages.Succeeded, "In": pages.Succeeded, "After": pages.Waits} {
		if e := h.Last(state); e == nil || e.Mark != want {
			t.Errorf("%s: %+v, want %q", state, e, want)
		}
	}
	if after := h.Last("After"); h.Entries[after.previous].State != "Both" {
		t.Errorf("After was reached from %s", h.Entries[after.previous].State)
	}
	if got := h.StateOf(14); got != "Each" {
		t.Errorf("the end of the map belongs to %s", got)
	}
}

// A Fail state has no event of its own that ends it: the state around it fails. What that
// aborts in other branches follows the failure.
func TestAFailStateInABranchHasFailed(t *testing.T) {
	start := time.UnixMilli(1_790_000_000_000).UTC()
	var events []workflow.HistoryEvent
	add := func(previous int64, kind workflow.EventType, name string, index ...int) {
		d := workflow.Details{Name: name}
		if len(index) > 0 {
			d.Index = &index[0]
		}
		id := int64(len(events) + 1)
		events = append(events, workflow.HistoryEvent{ID: id, PreviousID: previous, Type: kind, At: start.Add(time.Duration(id) * time.Second), Details: d})
	}
	add(0, workflow.EventExecutionStarted, "")
	add(0, workflow.EventParallelStateEntered, "Both")
	add(2, workflow.EventParallelStateStarted, "")
	add(3, workflow.EventWaitStateEntered, "Left")
	add(3, workflow.EventPassStateEntered, "Right")
	add(5, workflow.EventPassStateExited, "Right")
	add(6, workflow.EventFailStateEntered, "No")
	add(7, workflow.EventWaitStateAborted, "Left")
	add(7, workflow.EventParallelStateFailed, "")
	add(9, workflow.EventParallelStateExited, "Both")
	add(10, workflow.EventMapStateEntered, "Each")
	add(11, workflow.EventMapStateStarted, "")
	add(12, workflow.EventMapIterationStarted, "Each", 0)
	add(13, workflow.EventFailStateEntered, "Neither")
	add(14, workflow.EventMapIterationFailed, "Each", 0)
	add(15, workflow.EventMapStateFailed, "")
	add(16, workflow.EventMapStateExited, "Each")
	add(17, workflow.EventWaitStateEntered, "After")
	h := Read(Facts{Info: workflow.ExecutionInfo{Name: "once", Status: workflow.Running, StartedAt: start}, Events: events, Now: start})
	for state, want := range map[string]pages.StateMark{
		"Both": pages.Caught, "Left": pages.Aborted, "Right": pages.Succeeded, "No": pages.Failed,
		"Each": pages.Caught, "Neither": pages.Failed, "After": pages.Waits,
	} {
		if e := h.Last(state); e == nil || e.Mark != want {
			t.Errorf("%s: %+v, want %q", state, e, want)
		}
	}
	if no := h.Last("No"); !no.EndedAt.Equal(start.Add(7 * time.Second)) {
		t.Errorf("it failed at %s", no.EndedAt)
	}
}

// Of an attempt of a Parallel state that is retried no event says how it ended.
func TestARetriedParallelHasFailedBefore(t *testing.T) {
	start := time.UnixMilli(1_790_000_000_000).UTC()
	var events []workflow.HistoryEvent
	for i, e := range []struct {
		previous int64
		kind     workflow.EventType
		name     string
	}{
		{0, workflow.EventExecutionStarted, ""},
		{0, workflow.EventParallelStateEntered, "Both"},
		{2, workflow.EventParallelStateStarted, ""},
		{3, workflow.EventFailStateEntered, "No"},
		{4, workflow.EventParallelStateStarted, ""},
		{5, workflow.EventWaitStateEntered, "Again"},
	} {
		events = append(events, workflow.HistoryEvent{ID: int64(i + 1), PreviousID: e.previous, Type: e.kind, At: start, Details: workflow.Details{Name: e.name}})
	}
	facts := Facts{Info: workflow.ExecutionInfo{Name: "once", Status: workflow.Running, StartedAt: start}, Events: events[:4], Now: start}
	if no := Read(facts).Last("No"); no.Mark != pages.Failed {
		t.Errorf("until it is retried: %+v", no)
	}
	facts.Events = events
	h := Read(facts)
	for state, want := range map[string]pages.StateMark{"Both": pages.Entered, "No": pages.Failed, "Again": pages.Waits} {
		if e := h.Last(state); e == nil || e.Mark != want {
			t.Errorf("%s: %+v, want %q", state, e, want)
		}
	}
	if a := h.Last("Both").Attempts; len(a) != 2 || a[0].Outcome != Failed || a[1].Outcome != Started {
		t.Errorf("its attempts: %+v", a)
	}
}

func TestEntriesWithinAMapTellTheirIteration(t *testing.T) {
	start := time.UnixMilli(1_790_000_000_000).UTC()
	var events []workflow.HistoryEvent
	add := func(previous int64, kind workflow.EventType, name string, index ...int) {
		d := workflow.Details{Name: name}
		if len(index) > 0 {
			d.Index = &index[0]
		}
		events = append(events, workflow.HistoryEvent{ID: int64(len(events) + 1), PreviousID: previous, Type: kind, At: start, Details: d})
	}
	add(0, workflow.EventExecutionStarted, "")
	add(0, workflow.EventMapStateEntered, "Each")
	add(2, workflow.EventMapStateStarted, "")
	add(3, workflow.EventMapIterationStarted, "Each", 0)
	add(3, workflow.EventMapIterationStarted, "Each", 1)
	add(5, workflow.EventPassStateEntered, "A")
	add(4, workflow.EventPassStateEntered, "A")
	add(6, workflow.EventPassStateExited, "A")
	add(8, workflow.EventPassStateEntered, "B")
	add(9, workflow.EventPassStateExited, "B")
	add(10, workflow.EventMapIterationSucceeded, "Each", 1)
	add(7, workflow.EventPassStateExited, "A")
	add(12, workflow.EventMapIterationSucceeded, "Each", 0)
	add(13, workflow.EventMapStateSucceeded, "")
	add(13, workflow.EventMapStateExited, "Each")
	add(15, workflow.EventPassStateEntered, "After")
	h := Read(Facts{Info: workflow.ExecutionInfo{Name: "once", Status: workflow.Running, StartedAt: start}, Events: events, Now: start})
	var got []string
	for _, e := range h.Page(graph.Layout{}, View{Selection: paths.Selection{State: "A"}}).Timeline.Rows {
		if e.Iteration != nil {
			e.State += strconv.Itoa(*e.Iteration)
		}
		got = append(got, e.State)
	}
	if want := "Each A1 A0 B1 After"; strings.Join(got, " ") != want {
		t.Errorf("the timeline says %q, want %q", got, want)
	}
	for _, e := range h.Page(graph.Layout{}, View{Selection: paths.Selection{State: "B"}}).State.Entries {
		if e.Iteration == nil || *e.Iteration != 1 {
			t.Errorf("the entry of B: %+v", e)
		}
	}
}

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
