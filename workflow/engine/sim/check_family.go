package sim

import (
	"context"
	"encoding/json"
	"slices"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// checkFamily checks everything that has branches, workers and children: all
// executions, those too that were started by others.
func (w *World) checkFamily(closed bool, wrong func(string, ...any)) {
	for token, times := range w.taken {
		if times > 1 {
			wrong("the task with token %s was taken %d times", token, times)
		}
	}
	rows, offers := w.Store.All(), w.Store.AllOffers()
	for _, row := range rows {
		if row.StateMachine == MachineName {
			continue
		}
		history, _ := w.Store.History(context.Background(), row.ID, 0, 0)
		w.checkHistory(row, history, wrong)
		w.checkOffers(row, offers, wrong)
		if closed && (!row.Status.Closed() || row.Owner != "" || !row.DueAt.IsZero()) {
			wrong("%s %s is stuck: %s, owner %q, due %v", row.StateMachine, row.Name, row.Status, row.Owner, row.DueAt)
		}
		if row.Status.Closed() && !row.Parent.Awaited && (row.Owner != "" || !row.DueAt.IsZero()) {
			wrong("%s %s is closed and awaited by nobody, but owner %q, due %v", row.StateMachine, row.Name, row.Owner, row.DueAt)
		}
		checkChildren(row, history, rows, wrong)
	}
	for _, o := range offers {
		if !slices.ContainsFunc(rows, func(r workflow.Row) bool { return r.ID == o.Execution }) {
			wrong("execution %d offers a task and is not there", o.Execution)
		}
	}
}

// checkOffers compares what an execution waits to be taken with what is offered.
func (w *World) checkOffers(row workflow.Row, offers []workflow.Offer, wrong func(string, ...any)) {
	snapshot, err := asl.Decode(row.Snapshot)
	if err != nil {
		return // checkHistory says so
	}
	var want, got []workflow.EntryID
	for _, waiting := range snapshot.Waiting() {
		if waiting.Offered {
			want = append(want, waiting.Entry)
		}
	}
	for _, o := range offers {
		if o.Execution == row.ID {
			got = append(got, o.Entry)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		wrong("%s (%s) waits for workers at entries %v and offers %v", row.Name, row.Status, want, got)
	}
}

// told is what a parent's history says of an execution.
type told struct {
	ExecutionArn workflow.ARN
	Status       workflow.ExecutionStatus
}

// checkChildren compares what a parent was told with what became of its children: of
// each attempt there is one at most, and its end is told once at most, and as it was.
func checkChildren(parent workflow.Row, history []workflow.HistoryEvent, rows []workflow.Row, wrong func(string, ...any)) {
	children := map[workflow.ARN]workflow.Row{}
	attempts := map[workflow.Parent]int{}
	for _, row := range rows {
		if row.Parent.Execution == parent.ID {
			children[row.ARN()] = row
			if attempts[row.Parent]++; attempts[row.Parent] == 2 {
				wrong("%s has two children of %+v", parent.Name, row.Parent)
			}
		}
	}
	ends := map[workflow.ARN]int{}
	for _, event := range history {
		payload := event.Details.Output
		if event.Type == workflow.EventTaskFailed && event.Details.Error == workflow.ErrorTaskFailed {
			payload = json.RawMessage(event.Details.Cause)
		}
		var t told
		if event.Details.ResourceType != "states" || len(payload) == 0 || json.Unmarshal(payload, &t) != nil {
			continue
		}
		child, ok := children[t.ExecutionArn]
		if !ok {
			wrong("%s was told of %s, which is not its child", parent.Name, t.ExecutionArn)
		}
		if t.Status == "" { // only that it was started
			continue
		}
		if ends[t.ExecutionArn]++; ends[t.ExecutionArn] > 1 || t.Status != child.Status || !child.Parent.Awaited {
			wrong("%s was told %d times that %s is %s; it is %s", parent.Name, ends[t.ExecutionArn], t.ExecutionArn, t.Status, child.Status)
		}
	}
}
