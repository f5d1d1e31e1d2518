package sim

import (
	"context"
	"fmt"
	"strings"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// Check says what is not as promised. With closed it also demands that every
// execution has come to its end.
func (w *World) Check(ctx context.Context, names []string, closed bool) (violations []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wrong := func(format string, args ...any) { violations = append(violations, fmt.Sprintf(format, args...)) }
	w.checkFamily(closed, wrong)
	for _, name := range names {
		machine := machineOf(name)
		info, err := w.Store.Find(ctx, machine, name)
		if err == nil && machine == FamilyName {
			continue // checked with all others
		}
		if err != nil {
			if w.started[name] {
				wrong("%s was acknowledged and is lost", name)
			}
			continue
		}
		row, err := w.Store.Load(ctx, info.ID)
		if err != nil {
			wrong("%s: %v", name, err)
			continue
		}
		history, _ := w.Store.History(ctx, info.ID, 0, 0)
		w.checkHistory(row, history, wrong)
		w.checkEffects(row, history, wrong)
		if closed && !row.Status.Closed() {
			wrong("%s is stuck: %s, owner %q, due %v", name, row.Status, row.Owner, row.DueAt)
		}
		if row.Status.Closed() && (row.Owner != "" || !row.DueAt.IsZero()) {
			wrong("%s is closed, but owner %q, due %v", name, row.Owner, row.DueAt)
		}
	}
	return violations
}

func (w *World) checkHistory(row workflow.Row, history []workflow.HistoryEvent, wrong func(string, ...any)) {
	for i, event := range history {
		if event.ID != int64(i)+1 || event.PreviousID >= event.ID {
			wrong("%s: event %d at place %d has previous %d", row.Name, event.ID, i+1, event.PreviousID)
		}
	}
	snapshot, err := asl.Decode(row.Snapshot)
	if err != nil {
		wrong("%s: snapshot: %v", row.Name, err)
		return
	}
	if snapshot.LastEventID() != int64(len(history)) || snapshot.Status() != row.Status {
		wrong("%s: snapshot is at event %d, %s; the row has %d events, %s", row.Name,
			snapshot.LastEventID(), snapshot.Status(), len(history), row.Status)
	}
	if w.ended[row.ID] && row.Status != workflow.Aborted {
		wrong("%s was stopped and is %s", row.Name, row.Status)
	}
}

// checkEffects compares marks with history: a function's effect is there exactly when
// its state was left with success, an answer's exactly when the history has it.
func (w *World) checkEffects(row workflow.Row, history []workflow.HistoryEvent, wrong func(string, ...any)) {
	left := map[string]bool{}
	answers := 0
	for i, event := range history {
		if event.Type == workflow.EventTaskStateExited && history[i-1].Type == workflow.EventLambdaFunctionSucceeded {
			left[event.Details.Name] = true
		}
		if event.Type == workflow.EventTaskSucceeded || event.Type == workflow.EventTaskFailed && event.Details.Error == "Refused" {
			answers++
		}
	}
	for _, state := range []string{"Reserve", "Ship", "Undo"} {
		if marked := w.Store.Marked(row.Name + "/" + state); marked != left[state] {
			wrong("%s: effect of %s committed: %t; history says %t", row.Name, state, marked, left[state])
		}
	}
	if !w.Store.Marked("start/" + row.Name) {
		wrong("%s was created without its effect", row.Name)
	}
	if marked := w.Store.Marked("answer/" + row.Name); marked != (answers == 1) || answers > 1 || w.answered[row.Name] && !marked {
		wrong("%s: answered %t (acknowledged %t), history has %d answers", row.Name, marked, w.answered[row.Name], answers)
	}
	for key := range w.calls {
		if strings.HasPrefix(key, row.ID.String()+"/") && !entered(history, key) {
			wrong("%s: outside effect under key %s, which no state entry explains", row.Name, key)
		}
	}
}

func entered(history []workflow.HistoryEvent, key string) bool {
	for _, event := range history {
		if event.Type == workflow.EventTaskStateEntered && strings.HasSuffix(key, fmt.Sprintf("/%d", event.ID)) {
			return true
		}
	}
	return false
}
