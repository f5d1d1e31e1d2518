package history

import (
	"strings"

	"countersign/workflow"
)

// entryFor is the entry that an event belongs to which follows one of the entry at.
func (h *History) entryFor(e workflow.HistoryEvent, at int) int {
	name := e.Details.Name
	if name == "" {
		return h.enclosing(at, e.Type)
	}
	switch {
	case strings.HasSuffix(string(e.Type), "StateAborted"):
		return h.aborted(name, at)
	case e.Type == workflow.EventMapIterationAborted:
		if i := h.enclosing(at, e.Type); h.Entries[i].State == name {
			return i
		}
		return h.aborted(name, at)
	}
	return h.enclosing(at, e.Type)
}

// aborted is the entry of a state that ends because another branch failed, which is what the
// event follows. Of several it is one of another branch than the failure, if there is one.
func (h *History) aborted(state string, failed int) int {
	for _, i := range h.byState[state] {
		if i != failed && h.Entries[i].open() {
			return i
		}
	}
	return failed
}

// enclosing is the entry that an event belongs to which follows one of the entry at: what a
// Parallel or Map state records of its branches follows events within them.
func (h *History) enclosing(at int, event workflow.EventType) int {
	for _, kind := range []string{"Parallel", "Map"} {
		if !strings.HasPrefix(string(event), kind) {
			continue
		}
		for i := at; i >= 0; i = h.Entries[i].previous {
			if e := &h.Entries[i]; e.Type == kind && !e.exited {
				return i
			}
		}
	}
	return at
}

// endWithin closes what is open within a Parallel or Map state, or within an iteration, when that
// fails or begins anew: no event says so of the Fail state that it failed in. Of an iteration that is the entry
// before the event, so that a long Map is not searched through for each.
func (h *History) endWithin(e workflow.HistoryEvent, at int) {
	switch e.Type {
	case workflow.EventMapIterationFailed:
		if last, ok := h.entryOf[e.PreviousID]; ok && last != at {
			h.Entries[last].endBy(e)
		}
	case workflow.EventParallelStateFailed, workflow.EventMapStateFailed, workflow.EventParallelStateStarted, workflow.EventMapStateStarted:
		if a := h.Entries[at].lastAttempt(); a != nil && a.Outcome.open() {
			a.finish(e, Failed) // no event says so of one that is retried
		}
		inside := make([]bool, len(h.Entries)-at)
		inside[0] = true
		for i := at + 1; i < len(h.Entries); i++ {
			if from := h.Entries[i].previous; from >= at && inside[from-at] {
				inside[i-at] = true
				h.Entries[i].endBy(e)
			}
		}
	}
}

func (e *Entry) endBy(event workflow.HistoryEvent) {
	if e.open() {
		e.EndedAt, e.ended = event.At, event.Type
	}
}
