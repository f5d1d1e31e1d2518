package sim

import (
	"fmt"
	"slices"
	"strings"

	"countersign/workflow"
	"countersign/workflow/engine/storetest"
)

// The marks that functions and answers leave, by what they stand for. Each goes with one
// history event, in the same commit, of the task whose key it names.
var explains = map[string][]workflow.EventType{
	"done":   {workflow.EventLambdaFunctionSucceeded, workflow.EventTaskSucceeded},
	"failed": {workflow.EventLambdaFunctionFailed, workflow.EventTaskFailed},
	"asked":  {workflow.EventTaskSubmitted},
	"answer": {workflow.EventTaskSucceeded, workflow.EventTaskFailed},
}

// Done is the local effect of a function's answer: a mark under what it is, the key of
// the state entry, and what else tells it apart.
func Done(what, key string, more ...any) storetest.Mark {
	return storetest.Mark(what + ":" + key + strings.TrimSuffix(fmt.Sprintln(append([]any{""}, more...)...), "\n"))
}

// checkEffects demands that effects commit with the events that they belong to, and the
// events with their effects.
func (w *witness) checkEffects(l *life, c *workflow.Commit) {
	unexplained := map[int64]bool{} // tasks that have succeeded, by entry
	said := map[int64][]workflow.EventType{}
	for _, event := range c.Events {
		if event.ID > l.replay.last() {
			return // and that is wrong enough
		}
		entry := l.replay.events[event.ID].entry
		said[entry] = append(said[entry], event.Type)
		if event.Type == workflow.EventLambdaFunctionSucceeded {
			unexplained[entry] = true
		}
	}
	for _, effect := range c.Effects {
		mark, ok := effect.(storetest.Mark)
		what, key, _ := strings.Cut(string(mark), ":")
		types := explains[what]
		if !ok || types == nil {
			continue
		}
		w.marks = true
		var id, entry int64
		if _, err := fmt.Sscanf(key, "%d/%d", &id, &entry); err != nil || id != int64(c.Info.ID) {
			w.complain(c, "the effect %q is another execution's", mark)
		}
		delete(unexplained, entry)
		matches := func(t workflow.EventType) bool { return slices.Contains(types, t) }
		if !slices.ContainsFunc(said[entry], matches) && !(l.replay.redriven && slices.ContainsFunc(said[0], matches)) {
			w.complain(c, "the effect %q commits with %v", mark, said)
		}
	}
	if w.marks && len(unexplained) > 0 && !l.replay.redriven {
		w.complain(c, "tasks were answered at entries %v without their effects", unexplained)
	}
}
