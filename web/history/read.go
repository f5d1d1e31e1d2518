package history

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/workflow"
)

// Read reads a whole history.
func Read(f Facts) *History {
	h := New()
	h.Follow(f.Events)
	h.Settle(f)
	return h
}

// New is a history of which nothing has been read.
func New() *History {
	return &History{entryOf: map[int64]int{}, iterationOf: map[int64]int{}, byState: map[string][]int{}, byIndex: map[[2]int]int{}, chosen: -1}
}

// Skip begins a history that is too long to be read behind an event: what was entered before is
// not known, and the table still has all events.
func (h *History) Skip(through int64) {
	h.first, h.last, h.count, h.skipped = 1, through, through, true
}

// Follow reads on. Each event belongs to the entry of the event that led to it, which also
// holds where several entries are open at once. Settle has to come before anything is shown.
func (h *History) Follow(events []workflow.HistoryEvent) {
	for _, e := range events {
		if h.count == 0 {
			h.first = e.ID
		}
		h.last, h.count = e.ID, h.count+1
		h.follow(e)
	}
}

func (h *History) follow(e workflow.HistoryEvent) {
	if e.Type.StateEntered() {
		h.enter(e)
		h.redriven = false
		return
	}
	i, ok := h.entryOf[e.PreviousID]
	if ok {
		i = h.entryFor(e, i)
	}
	switch e.Type {
	case workflow.EventExecutionSucceeded:
		return
	case workflow.EventExecutionFailed, workflow.EventExecutionTimedOut, workflow.EventExecutionAborted:
		if !ok {
			i, ok = h.lastOpen()
		}
		h.end(e, i, ok)
		h.redriven = false
		return
	case workflow.EventExecutionRedriven:
		h.FailedIn = ""
		h.redriven = true
		if ok {
			h.belongs(e.ID, i)
		}
		return
	}
	if !ok {
		return
	}
	h.belongs(e.ID, i)
	h.iterate(e, i)
	h.endWithin(e, i)
	h.redriven = h.Entries[i].take(e, h.redriven)
}

// Give brings the events that Wants has asked for, in order of id.
func (h *History) Give(events []workflow.HistoryEvent) { h.facts.Events = events }

// belongs notes the entry that an event belongs to, and with it the iteration.
func (h *History) belongs(event int64, entry int) {
	h.entryOf[event] = entry
	if n := h.Entries[entry].iteration; n >= 0 {
		h.iterationOf[event] = n
	}
}

// Settle says how the execution stands that was read so far, and when that is.
func (h *History) Settle(f Facts) {
	f.Key = cmp.Or(f.Key, f.Info.ARN().Tail())
	h.facts = f
	for i := range h.Entries {
		h.judge(&h.Entries[i])
	}
	h.findCaught()
}

func (h *History) enter(e workflow.HistoryEvent) {
	previous, ok := h.entryOf[e.PreviousID]
	if !ok {
		previous = -1
	}
	iteration, within := h.iterationOf[e.PreviousID]
	var number *int
	if within {
		n := h.Iterations[iteration].Index
		number = &n
	} else {
		iteration = -1
	}
	index := len(h.Entries)
	h.Entries = append(h.Entries, Entry{
		ID: workflow.EntryID(e.ID), State: e.Details.Name, Type: strings.TrimSuffix(string(e.Type), "StateEntered"),
		EnteredAt: e.At, Iteration: number, previous: previous, iteration: iteration,
	})
	if e.Type == workflow.EventFailStateEntered {
		h.Entries[index].endBy(e) // it does nothing else, and where it is caught or retried no event follows of it
	}
	h.belongs(e.ID, index)
	h.byState[e.Details.Name] = append(h.byState[e.Details.Name], index)
}

// end closes what was open when the execution ended; at is the entry that ended it.
func (h *History) end(e workflow.HistoryEvent, at int, known bool) {
	for i := range h.Entries {
		entry := &h.Entries[i]
		if !entry.open() {
			continue
		}
		entry.EndedAt, entry.ended = e.At, e.Type
		if a := entry.lastAttempt(); a != nil && a.Outcome.open() {
			a.Outcome, a.EndedAt = Stopped, e.At
		}
	}
	if !known {
		return
	}
	entry := &h.Entries[at]
	h.belongs(e.ID, at)
	// A TaskStateAborted event may have closed it already.
	entry.ended = e.Type
	if entry.EndedAt.IsZero() {
		entry.EndedAt = e.At
	}
	if e.Details.Error != "" || e.Details.Cause != "" {
		entry.Error, entry.Cause = e.Details.Error, e.Details.Cause
	}
	if e.Type != workflow.EventExecutionAborted {
		h.FailedIn = entry.State
	}
}

// lastOpen is for histories in which the end names no state before it.
func (h *History) lastOpen() (int, bool) {
	for i := len(h.Entries) - 1; i >= 0; i-- {
		if h.Entries[i].open() {
			return i, true
		}
	}
	return len(h.Entries) - 1, len(h.Entries) > 0
}

// take adds an event to its entry. redriven says that a redrive still waits for its first
// attempt; the answer says whether it does so afterwards.
func (e *Entry) take(event workflow.HistoryEvent, redriven bool) bool {
	switch event.Type {
	case workflow.EventLambdaFunctionScheduled, workflow.EventTaskScheduled, workflow.EventActivityScheduled,
		workflow.EventParallelStateStarted, workflow.EventMapStateStarted, workflow.EventMapRunRedriven:
		if redriven {
			// The entry goes on where it had ended.
			e.EndedAt, e.ended = time.Time{}, ""
			e.Error, e.Cause = "", ""
		}
		a := Attempt{Number: len(e.Attempts) + 1, ScheduledAt: event.At, Outcome: Scheduled, Redriven: redriven}
		a.ask(event.Details)
		if e.branches() {
			a.begin(event)
		}
		e.Attempts = append(e.Attempts, a)
		return false
	case workflow.EventLambdaFunctionStarted, workflow.EventTaskStarted, workflow.EventActivityStarted:
		e.attempt(event).begin(event)
	case workflow.EventTaskSubmitted:
		a := e.attempt(event)
		a.Outcome = Submitted
		a.child(event.Details)
	case workflow.EventMapRunStarted:
		e.MapRun = event.Details.MapRunARN
	case workflow.EventParallelStateSucceeded, workflow.EventMapStateSucceeded:
		e.attempt(event).finish(event, Done)
	case workflow.EventParallelStateFailed, workflow.EventMapStateFailed:
		e.attempt(event).finish(event, Failed)
	case workflow.EventMapRunFailed:
		e.fail(event, Failed)
	case workflow.EventLambdaFunctionSucceeded, workflow.EventTaskSucceeded, workflow.EventActivitySucceeded:
		a := e.attempt(event)
		a.finish(event, Done)
		a.child(event.Details)
		e.result = event.ID
		e.Error, e.Cause = "", ""
	case workflow.EventLambdaFunctionFailed, workflow.EventTaskFailed, workflow.EventActivityFailed, workflow.EventEvaluationFailed,
		workflow.EventTaskSubmitFailed, workflow.EventTaskStartFailed, workflow.EventLambdaFunctionScheduleFailed, workflow.EventLambdaFunctionStartFailed:
		e.fail(event, Failed)
	case workflow.EventLambdaFunctionTimedOut, workflow.EventTaskTimedOut, workflow.EventActivityTimedOut:
		e.fail(event, TimedOut)
	default:
		e.leave(event)
	}
	return redriven
}

// branches says whether the state's work is done by states of its own.
func (e *Entry) branches() bool { return e.Type == "Parallel" || e.Type == "Map" }

// leave takes the events that close an entry.
func (e *Entry) leave(event workflow.HistoryEvent) {
	switch {
	case strings.HasSuffix(string(event.Type), "StateExited"):
		e.EndedAt, e.exited, e.exit = event.At, true, event.ID
	case strings.HasSuffix(string(event.Type), "StateAborted"):
		e.EndedAt, e.ended = event.At, workflow.EventExecutionAborted
		if a := e.lastAttempt(); a != nil && a.Outcome.open() {
			a.Outcome, a.EndedAt = Stopped, event.At
		}
	}
}

// attempt is the one that event belongs to. The one that was scheduled last is made up where a
// history begins in the middle.
func (e *Entry) attempt(event workflow.HistoryEvent) *Attempt {
	if len(e.Attempts) == 0 {
		e.Attempts = append(e.Attempts, Attempt{Number: 1, ScheduledAt: event.At, Outcome: Scheduled})
	}
	return e.lastAttempt()
}

func (e *Entry) fail(event workflow.HistoryEvent, how Outcome) {
	a := e.attempt(event)
	a.finish(event, how)
	a.Error, a.Cause = event.Details.Error, event.Details.Cause
	if a.Error == "" && how == TimedOut {
		a.Error = workflow.ErrorTimeout
	}
	e.Error, e.Cause = a.Error, a.Cause
}

// ask keeps what the event says of the invocation.
func (a *Attempt) ask(d workflow.Details) {
	a.token = strings.HasSuffix(d.Resource, ".waitForTaskToken")
	a.worker = isActivity(d.Resource)
	a.awaits = strings.HasPrefix(d.Resource, "startExecution.sync")
	if d.TimeoutInSeconds != nil {
		a.timeout = time.Duration(*d.TimeoutInSeconds) * time.Second
	}
	a.function = functionName(d)
}

// child keeps which execution startExecution has answered that it started.
func (a *Attempt) child(d workflow.Details) {
	if a.started != "" || !strings.HasPrefix(d.Resource, "startExecution") {
		return
	}
	var answer struct {
		ExecutionArn workflow.ARN
	}
	if json.Unmarshal(d.Output, &answer) == nil {
		a.started = answer.ExecutionArn
	}
}

func isActivity(resource string) bool { return strings.Contains(resource, ":activity:") }

func functionName(d workflow.Details) string {
	if isActivity(d.Resource) {
		return workflow.ARN(d.Resource).Last()
	}
	if len(d.Parameters) > 0 {
		var arguments struct{ FunctionName string }
		if json.Unmarshal(d.Parameters, &arguments) == nil && arguments.FunctionName != "" {
			return workflow.FunctionName(arguments.FunctionName)
		}
	}
	if name := workflow.FunctionName(d.Resource); name != "" && strings.HasPrefix(d.Resource, "arn:") {
		return name
	}
	return ""
}

func (a *Attempt) begin(event workflow.HistoryEvent) {
	a.StartedAt, a.Outcome = event.At, Started
}

func (a *Attempt) finish(event workflow.HistoryEvent, how Outcome) {
	a.EndedAt, a.Outcome = event.At, how
}

// judge says what became of an entry, by itself.
func (h *History) judge(e *Entry) {
	last := e.lastAttempt()
	if e.open() {
		e.Wait = h.facts.Waits[e.ID]
		if last != nil && last.Outcome.open() {
			e.Wait.Token = e.Wait.Token || last.token
			if e.Wait.Deadline.IsZero() && last.timeout > 0 {
				e.Wait.Deadline = last.ScheduledAt.Add(last.timeout)
			}
		}
	}
	switch {
	case e.ended == workflow.EventExecutionAborted:
		e.Mark = pages.Aborted
	case e.ended != "":
		e.Mark = pages.Failed
	case e.exited && last != nil && last.Outcome.bad():
		e.Mark = pages.Caught
	case e.exited:
		e.Mark = pages.Succeeded
	case last != nil && last.Outcome.bad(), !e.Wait.RetryAt.IsZero():
		e.Mark = pages.Retries
	case last != nil && (last.Outcome == Submitted || last.worker && last.Outcome == Scheduled), e.Type == "Wait":
		e.Mark = pages.Waits
	default:
		e.Mark = pages.Entered
	}
}

// findCaught finds what Catch caught although no attempt failed, such as a result that has no
// place in the input: the execution went on where only an error leads.
func (h *History) findCaught() {
	for i := range h.Entries {
		to := &h.Entries[i]
		if to.previous < 0 {
			continue
		}
		from := &h.Entries[to.previous]
		if from.Mark == pages.Succeeded && onlyCaught(h.facts.Graph, from.State, to.State) {
			from.Mark = pages.Caught
		}
	}
}

func onlyCaught(g graph.Graph, from, to string) bool {
	found := false
	for _, e := range g.Edges {
		if e.From == from && e.To == to {
			if e.Kind != graph.Catch {
				return false
			}
			found = true
		}
	}
	return found
}
