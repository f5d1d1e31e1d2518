package history

import (
	"strings"

	"bytes"
	"fmt"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/workflow"
)

// state fills the panel of one state.
func (h *History) state(name, comment string) *pages.ExecutionState {
	if name == "" {
		return nil
	}
	s := &pages.ExecutionState{Name: name, Comment: comment, Entered: len(h.byState[name])}
	for _, g := range h.facts.Graph.States {
		if g.Name == name {
			s.Type = g.Type
		}
	}
	all := h.byState[name]
	for n := len(all) - 1; n >= 0 && len(s.Entries) < maxEntriesShown; n-- {
		e := &h.Entries[all[n]]
		s.Type = e.Type
		if last := e.lastAttempt(); last != nil && s.Function == "" {
			s.Function = last.function
		}
		s.Entries = append(s.Entries, h.entry(e, n == len(all)-1))
	}
	if e := h.Last(name); e != nil {
		s.Mark = e.Mark
	}
	return s
}

func (h *History) entry(e *Entry, newest bool) pages.StateEntry {
	id := func(what string) string { return fmt.Sprintf("entry-%d-%s", e.ID, what) }
	out := pages.StateEntry{
		ID: e.ID, Mark: e.Mark, EnteredAt: e.EnteredAt, EndedAt: e.EndedAt, Wait: h.wait(e), Iteration: e.Iteration,
		Input: jsonOf(id("input"), "Input", e.Input), Output: jsonOf(id("output"), "Output", e.Output),
	}
	if e.Mark != pages.Succeeded {
		out.Error, out.Cause = e.Error, e.Cause
	}
	if !bytes.Equal(e.Result, e.Output) {
		out.Result = jsonOf(id("result"), "Answer of the task", e.Result)
	}
	out.Assigned = jsonOf(id("assigned"), "Variables assigned", e.Assigned)
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
