package history

import (
	"cmp"
	"slices"
	"time"

	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/web/paths"
	"countersign/workflow"
)

// View is what the reader asked to see.
type View struct {
	paths.Selection
	Comments map[string]string // of the definition's states
}

// Limits of what one page shows; more would only be scrolled past.
const (
	eventsPerPage    = 200
	maxTimelineRows  = 150
	maxEntriesShown  = 10
	maxAttemptsShown = 50
)

// Page fills the execution page, except for CSRF, MayStop and the order, which history does not know.
// RedriveFrom is set when the execution's state allows a redrive; whether the reader may is the caller's to say.
func (h *History) Page(l graph.Layout, v View) pages.Execution {
	info := h.facts.Info
	state := h.narrow(v)
	m := pages.Execution{
		Now: h.facts.Now, Key: h.facts.Key, Name: info.Name, ARN: info.ARN(), Status: info.Status,
		StateMachine: info.StateMachine, Version: info.Version, StartedAt: info.StartedAt, StoppedAt: info.StoppedAt,
		Redrives: info.Redrives, RedrivenAt: info.RedrivenAt, Transitions: len(h.Entries),
		Error: info.Error, Cause: info.Cause, FailedIn: h.FailedIn,
		Input:       h.payload("execution-input", "Input", info.Input, h.first, "input", payloadShown),
		Output:      h.payload("execution-output", "Output", info.Output, h.last, "output", payloadShown),
		RedriveFrom: h.redriveFrom(),
		Waits:       h.waits(),
		Iteration:   h.shownIteration(),
		Graph:       h.draw(l, state),
		State:       h.state(state, v.Comments[state]),
		Timeline:    h.timeline(),
		Events:      h.events(state, v.From),
		LiveURL:     paths.ExecutionSelectionLive(h.facts.Key, v.Selection),
	}
	return m
}

// narrow takes the reader's choice and gives the state that is shown in full.
func (h *History) narrow(v View) (state string) {
	h.view, h.chosen = v, h.iteration(v.Iteration)
	return h.selected(v.State)
}

// Wants says which events a page with that view needs, in order: runs of ids, from and through.
func (h *History) Wants(v View) [][2]int64 {
	state := h.narrow(v)
	var ids []int64
	for _, i := range h.entriesShown(state) {
		e := &h.Entries[i]
		ids = append(ids, int64(e.ID), e.result, e.exit)
	}
	from, through := h.rows(v.From)
	runs := [][2]int64{{from, through}}
	for _, id := range ids {
		if id != 0 && (id < from || id > through) {
			runs = append(runs, [2]int64{id, id})
		}
	}
	slices.SortFunc(runs, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	return joined(runs)
}

// near is how far two events may lie apart to be read at once.
const near = 50

func joined(runs [][2]int64) [][2]int64 {
	out := runs[:1]
	for _, r := range runs[1:] {
		last := &out[len(out)-1]
		if r[0]-last[1] <= near {
			last[1] = max(last[1], r[1])
			continue
		}
		out = append(out, r)
	}
	return out
}

// details finds an event among those that the page was given.
func (h *History) details(id int64) workflow.Details {
	i, found := slices.BinarySearchFunc(h.facts.Events, id, func(e workflow.HistoryEvent, id int64) int { return cmp.Compare(e.ID, id) })
	if id == 0 || !found {
		return workflow.Details{}
	}
	return h.facts.Events[i].Details
}

// at is the page with another state selected.
func (h *History) at(state string) string {
	return paths.ExecutionSelection(h.facts.Key, paths.Selection{State: state, Iteration: h.view.Iteration})
}

// selected is the state that the page shows in full: the one asked for, else the one where the
// execution stands or ended.
func (h *History) selected(asked string) string {
	for _, s := range h.facts.Graph.States {
		if s.Name == asked {
			return asked
		}
	}
	if len(h.byState[asked]) > 0 {
		return asked
	}
	if h.chosen >= 0 {
		for i := len(h.Entries) - 1; i >= 0; i-- {
			if h.within(i, h.chosen) {
				return h.Entries[i].State
			}
		}
	}
	for i := len(h.Entries) - 1; i >= 0; i-- {
		if h.Entries[i].open() {
			return h.Entries[i].State
		}
	}
	if h.FailedIn != "" {
		return h.whyItEnded()
	}
	if len(h.Entries) > 0 {
		return h.Entries[len(h.Entries)-1].State
	}
	return ""
}

// whyItEnded is the state that explains a failure: when the execution ended in a Fail state,
// the last state before it whose error was caught.
func (h *History) whyItEnded() string {
	last := h.Last(h.FailedIn)
	if last.Type != "Fail" {
		return h.FailedIn
	}
	for i := len(h.Entries) - 1; i >= 0; i-- {
		if h.Entries[i].Mark == pages.Caught {
			return h.Entries[i].State
		}
	}
	return h.FailedIn
}

// redriveWithin is the limit of the service.
const redriveWithin = 14 * 24 * time.Hour

// Redrivable says whether an execution can be redriven by its status and age. One of an EXPRESS
// state machine never can, and the child of a Map Run is redriven with that.
func Redrivable(info workflow.ExecutionInfo, now time.Time) bool {
	switch info.Status {
	case workflow.Failed, workflow.Aborted, workflow.TimedOut:
		return info.Type != workflow.Express && info.MapRun == "" && now.Sub(info.StoppedAt) <= redriveWithin
	}
	return false
}

// redriveFrom is where a redrive would go on; empty when it could not, or would only fail
// again at once in a Fail state.
func (h *History) redriveFrom() string {
	if len(h.Entries) == 0 || !Redrivable(h.facts.Info, h.facts.Now) {
		return ""
	}
	last := &h.Entries[len(h.Entries)-1]
	if last.Type == "Fail" {
		return ""
	}
	return last.State
}

func (h *History) waits() []pages.ExecutionWait {
	var out []pages.ExecutionWait
	for i := range h.Entries {
		if w := h.wait(&h.Entries[i]); w != nil {
			out = append(out, *w)
		}
	}
	return out
}

// wait words what an open entry waits for, nil when it waits for nothing.
func (h *History) wait(e *Entry) *pages.ExecutionWait {
	if !e.open() || h.facts.Info.Status.Closed() {
		return nil
	}
	w := &pages.ExecutionWait{State: e.State, URL: h.at(e.State), Mark: e.Mark, Until: e.until()}
	last := e.lastAttempt()
	switch {
	case e.Mark == pages.Retries:
		w.What, w.Then = "for its next attempt after "+orUnnamed(e.Error), "It tries again"
	case e.Type == "Wait":
		w.What, w.Then = "for its time", "It goes on"
	case e.MapRun != "":
		w.What, w.Then, w.Link = "for its Map Run to end", "It goes on", e.began()
	case e.branches():
		w.What, w.Then = "for its branches", "It goes on"
	case last != nil && last.worker && last.Outcome == Scheduled:
		w.What, w.Then = "for a worker to take the task of the activity "+last.function, "If nobody comes, it times out"
	case last != nil && last.worker:
		w.What, w.Then = "for a worker of the activity "+last.function+" to answer", "If nothing comes, it times out"
	case last != nil && last.awaits && e.Mark == pages.Waits:
		w.What, w.Then = "for the execution that it has started to end", "If that takes too long, it times out"
		w.Link = e.began()
	case e.Mark == pages.Waits:
		w.What, w.Then = "for its task token to come back with an answer", "If nothing comes, it times out"
	case last != nil && last.Outcome == Started:
		w.What, w.Then = "for the function "+last.function+" to answer", "If nothing comes, it times out"
	case last != nil:
		w.What, w.Then = "for a free worker to invoke "+last.function, "If nothing comes, it times out"
	default:
		return nil
	}
	return w
}

func orUnnamed(s string) string {
	if s == "" {
		return "an error"
	}
	return s
}

// until is when the entry's wait ends by itself.
func (e *Entry) until() time.Time {
	switch {
	case e.Mark == pages.Retries:
		return e.Wait.RetryAt
	case e.Type == "Wait":
		return e.Wait.WakeAt
	case e.Wait.Deadline.IsZero(), !e.Wait.HeartbeatBy.IsZero() && e.Wait.HeartbeatBy.Before(e.Wait.Deadline):
		return e.Wait.HeartbeatBy
	}
	return e.Wait.Deadline
}
