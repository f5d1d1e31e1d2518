package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// Check says what is not as promised. With closed it also demands that every
// execution has come to its end.
func (w *World) Check(ctx context.Context, closed bool) []string {
	for range patience {
		if w.witness.halfway.Load() == 0 {
			break
		}
		w.wait(time.Millisecond)
	}
	rows := w.Store.All()
	if !w.setting.Virtual {
		w.catchUp(ctx, rows)
	}
	violations := w.witness.check()
	wrong := func(format string, args ...any) { violations = append(violations, fmt.Sprintf(format, args...)) }
	slices.SortFunc(rows, func(a, b workflow.Row) int { return int(a.ID - b.ID) })
	w.mu.Lock()
	w.witness.mu.Lock()
	w.checkAcknowledged(ctx, wrong)
	w.checkCalls(wrong)
	committed := 0
	for _, l := range w.witness.lives {
		if l.latest != nil {
			committed++
		}
	}
	if len(rows) < committed {
		wrong("%d executions were committed, and %d are stored", committed, len(rows))
	}
	children := childrenOf(rows)
	for _, row := range rows {
		w.checkRow(row, closed, wrong)
		history, err := w.Store.History(ctx, row.ID, 0, 0)
		if err != nil {
			wrong("%s: %v", row.Name, err)
		}
		if !w.setting.Virtual {
			w.checkStored(row, history, wrong)
		}
		if len(children[row.ID]) > 0 {
			checkChildren(row, history, children[row.ID], wrong)
		}
	}
	w.witness.mu.Unlock()
	w.mu.Unlock()
	w.scenario.Check(w, closed, wrong)
	return violations
}

// checkOrphans demands that nothing goes on of a Map Run whose parent has closed once a process
// has started that has the store for itself.
func (w *World) checkOrphans() {
	for _, run := range w.Store.AllMapRuns() {
		parent, err := w.Store.Load(context.Background(), run.Execution)
		n, _, countErr := w.Store.CountMapRun(context.Background(), run.ARN)
		if errors.Join(err, countErr) != nil || parent.Status.Closed() && (!run.Status.Closed() || n.Running > 0) {
			w.witness.blame("%s is %s with executions %+v after its parent, which is %s: %v", run.ARN, run.Status, n, parent.Status, errors.Join(err, countErr))
		}
	}
}

// checkAcknowledged looks for starts that were acknowledged and are lost.
func (w *World) checkAcknowledged(ctx context.Context, wrong func(string, ...any)) {
	for key := range w.started {
		machine, name, _ := strings.Cut(key, "/")
		if _, err := w.Store.Find(ctx, machine, name); err != nil {
			wrong("%s was acknowledged and is lost: %v", key, err)
		}
	}
}

func (w *World) checkRow(row workflow.Row, closed bool, wrong func(string, ...any)) {
	life := w.witness.lives[row.ID]
	if life == nil || life.replay.last() == 0 {
		wrong("%s %s was never committed", row.StateMachine, row.Name)
		return
	}
	switch {
	case closed && (!row.Status.Closed() || row.Owner != "" || !row.DueAt.IsZero()):
		wrong("%s %s is stuck: %s, owner %q, due %v, redriven %d times; it waits for %s", row.StateMachine, row.Name, row.Status, row.Owner, row.DueAt,
			row.Redrives, waits(row))
	case w.aborted[row.ID] && row.Status != workflow.Aborted:
		wrong("%s %s was stopped and is %s", row.StateMachine, row.Name, row.Status)
	case row.Redrives < w.redriven[row.ID]:
		wrong("%s %s: %d redrives were acknowledged, it has %d", row.StateMachine, row.Name, w.redriven[row.ID], row.Redrives)
	}
}

func (w *World) catchUp(ctx context.Context, rows []workflow.Row) {
	w.witness.mu.Lock()
	defer w.witness.mu.Unlock()
	for _, row := range rows {
		if l := w.witness.lives[row.ID]; l != nil && l.revision() < row.Revision {
			history, err := w.Store.History(ctx, row.ID, 0, 0)
			if err == nil {
				w.witness.catchUp(l, row, history)
			}
		}
	}
}

// checkStored compares what is stored of an execution with what was committed.
func (w *World) checkStored(row workflow.Row, history []workflow.HistoryEvent, wrong func(string, ...any)) {
	l := w.witness.lives[row.ID]
	if l == nil || l.latest == nil {
		return // and that is wrong enough
	}
	if len(l.early) > 0 {
		wrong("%s: revision %d is missing", row.Name, l.revision()+1)
	}
	if row.Revision != l.revision() || string(row.Snapshot) != string(l.latest.Snapshot) {
		wrong("%s is stored at revision %d with the snapshot %s; committed was revision %d, %s", row.Name, row.Revision, row.Snapshot, l.revision(), l.latest.Snapshot)
	}
	if diff := cmp.Diff(l.latest.Info, row.ExecutionInfo); diff != "" {
		wrong("%s was committed (-) otherwise than it is stored (+):\n%s", row.Name, diff)
	}
	if !slices.EqualFunc(l.events, history, sameEvent) {
		wrong("the history of %s was committed (-) otherwise than it is stored (+):\n%s", row.Name, cmp.Diff(l.events, history))
	}
}

// sameEvent is for histories, which go-cmp takes long to find equal.
func sameEvent(a, b workflow.HistoryEvent) bool {
	if !a.At.Equal(b.At) {
		return false
	}
	a.At = b.At
	return reflect.DeepEqual(a, b)
}

// waits is what an execution waits for, for people.
func waits(row workflow.Row) string {
	snapshot, err := asl.Decode(row.Snapshot)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%+v", snapshot.Waiting())
}

// checkCalls looks for outside effects that no state entry explains, and for functions
// that have succeeded without any.
func (w *World) checkCalls(wrong func(string, ...any)) {
	for key := range w.calls {
		var id workflow.ExecutionID
		var entry int64
		fmt.Sscanf(key, "%d/%d", &id, &entry)
		if l := w.witness.lives[id]; l == nil || entry > l.replay.last() || l.replay.events[entry].kind != workflow.EventTaskStateEntered {
			wrong("outside effect under key %s, which no state entry explains", key)
		}
	}
	for id, l := range w.witness.lives {
		for _, event := range l.replay.events {
			if event.kind == workflow.EventLambdaFunctionSucceeded && event.entry != 0 &&
				!w.calls[workflow.IdempotencyKey(id, workflow.EntryID(event.entry))] {
				wrong("%s: the function of %s has succeeded and was never called", l.info.Name, l.replay.events[event.entry].name)
			}
		}
	}
}

func childrenOf(rows []workflow.Row) map[workflow.ExecutionID][]workflow.Row {
	children := map[workflow.ExecutionID][]workflow.Row{}
	for _, row := range rows {
		if row.Parent.Execution != 0 {
			children[row.Parent.Execution] = append(children[row.Parent.Execution], row)
		}
	}
	return children
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
		children[row.ARN()] = row
		if attempts[row.Parent]++; attempts[row.Parent] == 2 {
			wrong("%s has two children of %+v", parent.Name, row.Parent)
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
		// Only who waits for a child may have it stopped, and nobody does who still waits.
		if t.Status == workflow.Aborted && child.Redrives == 0 {
			wrong("%s was told that %s is %s, which it was waiting for", parent.Name, t.ExecutionArn, t.Status)
		}
		// A child that has failed may have been redriven since.
		if ends[t.ExecutionArn]++; ends[t.ExecutionArn] > 1 || !child.Parent.Awaited || t.Status != child.Status && child.Redrives == 0 {
			wrong("%s was told %d times that %s is %s; it is %s", parent.Name, ends[t.ExecutionArn], t.ExecutionArn, t.Status, child.Status)
		}
	}
}
