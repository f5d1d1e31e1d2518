package history

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/workflow"
)

// state fills the panel of one state.
func (h *History) state(name, comment string) *pages.ExecutionState {
	if name == "" {
		return nil
	}
	s := &pages.ExecutionState{Name: name, Comment: comment, Entered: len(h.entriesOf(name))}
	for _, g := range h.facts.Graph.States {
		if g.Name == name {
			s.Type = g.Type
		}
	}
	for n, i := range h.entriesShown(name) {
		e := &h.Entries[i]
		s.Type = e.Type
		if last := e.lastAttempt(); last != nil && s.Function == "" {
			s.Function = last.function
		}
		s.Entries = append(s.Entries, h.entry(e, n == 0))
	}
	s.Iterations = h.iterations(name)
	if e := h.Last(name); e != nil {
		s.Mark = e.Mark
	}
	return s
}

// entriesShown are the newest entries of a state, the newest first.
func (h *History) entriesShown(state string) []int {
	all := h.entriesOf(state)
	shown := slices.Clone(all[max(0, len(all)-maxEntriesShown):])
	slices.Reverse(shown)
	return shown
}

func (h *History) entry(e *Entry, newest bool) pages.StateEntry {
	id := func(what string) string { return fmt.Sprintf("entry-%d-%s", e.ID, what) }
	left, answered := h.details(e.exit), h.details(e.result)
	out := pages.StateEntry{
		ID: e.ID, Mark: e.Mark, EnteredAt: e.EnteredAt, EndedAt: e.EndedAt, Wait: h.wait(e), Iteration: e.Iteration,
		Input:    h.payload(id("input"), "Input", h.details(int64(e.ID)).Input, int64(e.ID), "input", payloadShown),
		Output:   h.payload(id("output"), "Output", left.Output, e.exit, "output", payloadShown),
		Assigned: h.payload(id("assigned"), "Variables assigned", left.Assigned, e.exit, "assigned", payloadShown),
		Within:   h.iterationLink(e),
	}
	if e.Mark != pages.Succeeded {
		out.Error, out.Cause = e.Error, e.Cause
	}
	if !bytes.Equal(answered.Output, left.Output) {
		out.Result = h.payload(id("result"), "Answer of the task", answered.Output, e.result, "output", payloadShown)
	}
	if e.MapRun != "" {
		out.MapRun = MapRunLink(e.MapRun)
	}
	out.Input.Open = newest && out.Output.Text == ""
	out.Output.Open = newest
	for i := max(0, len(e.Attempts)-maxAttemptsShown); i < len(e.Attempts); i++ {
		out.Attempts = append(out.Attempts, attempt(e, i))
	}
	return out
}

func attempt(e *Entry, i int) pages.StateAttempt {
	a := e.Attempts[i]
	out := pages.StateAttempt{
		Number: a.Number, ScheduledAt: a.ScheduledAt, StartedAt: a.StartedAt, EndedAt: a.EndedAt,
		Outcome: a.Outcome.status(), Error: a.Error, Cause: a.Cause, Redriven: a.Redriven, Started: executionLink(a.started),
	}
	if i == len(e.Attempts)-1 {
		out.RetryAt = e.Wait.RetryAt
	}
	return out
}

func (o Outcome) status() components.Status {
	switch o {
	case Scheduled:
		return components.Status{Text: "Scheduled", Icon: components.IconClock, Tone: components.Progress}
	case Started:
		return components.Status{Text: "At work", Icon: components.IconProgress, Tone: components.Progress}
	case Submitted:
		return components.Status{Text: "Waiting", Icon: components.IconWaiting, Tone: components.Waiting}
	case Done:
		return components.Status{Text: "Succeeded", Icon: components.IconDone, Tone: components.Success}
	case Failed:
		return components.Status{Text: "Failed", Icon: components.IconFailed, Tone: components.Danger}
	case TimedOut:
		return components.Status{Text: "Timed out", Icon: components.IconTimer, Tone: components.Danger}
	}
	return components.Status{Text: "Stopped", Icon: components.IconCancelled, Tone: components.Neutral}
}

// tone colours an event by what it means for the reader. The beginnings and ends of iterations and
// of states that contain others are many and go without, unless they have failed.
func tone(t workflow.EventType) components.Tone {
	is := string(t)
	switch {
	case strings.HasSuffix(is, "Failed"), strings.HasSuffix(is, "TimedOut"), t == workflow.EventFailStateEntered:
		return components.Danger
	case strings.HasSuffix(is, "Submitted"), strings.HasSuffix(is, "Redriven"):
		return components.Waiting
	case strings.HasPrefix(is, "MapIteration"), strings.Contains(is, "State"):
		return components.Neutral
	case strings.HasSuffix(is, "Succeeded"):
		return components.Success
	case strings.HasSuffix(is, "Started"):
		return components.Progress
	}
	return components.Neutral
}
