package history

import (
	"bytes"
	"encoding/json"
	"time"

	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/web/paths"
	"countersign/workflow"
)

// View is what the reader asked to see.
type View struct {
	State    string // the selected state; empty or unknown: the one that matters most
	From     int64  // the event with which the table begins; 0: the first
	Comments map[string]string
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
	state := h.selected(v.State)
	m := pages.Execution{
		Now: h.facts.Now, Key: h.facts.Key, Name: info.Name, ARN: info.ARN(), Status: info.Status,
		StateMachine: info.StateMachine, Version: info.Version, StartedAt: info.StartedAt, StoppedAt: info.StoppedAt,
		Redrives: info.Redrives, RedrivenAt: info.RedrivenAt, Transitions: len(h.Entries),
		Error: info.Error, Cause: info.Cause, FailedIn: h.FailedIn,
		Input:       jsonOf("execution-input", "Input", info.Input),
		Output:      jsonOf("execution-output", "Output", info.Output),
		RedriveFrom: h.redriveFrom(),
		Waits:       h.waits(),
		Graph:       h.draw(l, state),
		State:       h.state(state, v.Comments[state]),
		Timeline:    h.timeline(),
		Events:      h.events(state, v.From),
		LiveURL:     paths.ExecutionViewLive(h.facts.Key, v.State, v.From),
	}
	return m
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
	w := &pages.ExecutionWait{State: e.State, URL: paths.ExecutionAt(h.facts.Key, e.State), Mark: e.Mark, Until: e.until()}
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

func jsonOf(id, title string, raw json.RawMessage) pages.JSON {
	if len(raw) == 0 {
		return pages.JSON{}
	}
	return pages.JSON{ID: id, Title: title, Text: Indented(raw)}
}

// Indented is a JSON text over several lines, its members in their order; what is no JSON is
// left as it is.
func Indented(raw []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return string(raw)
	}
	return out.String()
}
