package history

import (
	"fmt"
	"sort"
	"strconv"
	"time"

	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// timeline places every entry between the start and the end, or now.
func (h *History) timeline() pages.Timeline {
	info := h.facts.Info
	end := info.StoppedAt
	if end.IsZero() {
		end = h.facts.Now
	}
	t := pages.Timeline{Span: max(end.Sub(info.StartedAt), time.Millisecond)}
	share := func(d time.Duration) float64 { return min(100, max(0, 100*float64(d)/float64(t.Span))) }
	t.Omitted = max(0, len(h.Entries)-maxTimelineRows)
	for i := t.Omitted; i < len(h.Entries); i++ {
		e := &h.Entries[i]
		until := func(at time.Time) time.Time {
			if at.IsZero() {
				return end
			}
			return at
		}
		row := pages.TimelineRow{
			State: e.State, URL: paths.ExecutionAt(h.facts.Key, e.State), Mark: e.Mark, Entered: e.EnteredAt,
			After: e.EnteredAt.Sub(info.StartedAt), Took: until(e.EndedAt).Sub(e.EnteredAt), Open: e.open(), Iteration: e.Iteration,
		}
		row.From, row.Length = share(row.After), share(row.Took)
		if len(e.Attempts) > 1 || e.Mark == pages.Retries {
			for _, a := range e.Attempts {
				row.Attempts = append(row.Attempts, pages.TimelineBar{
					From: share(a.ScheduledAt.Sub(info.StartedAt)), Length: share(until(a.EndedAt).Sub(a.ScheduledAt)), Failed: a.Outcome.bad(),
				})
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// events fills the part of the table that begins with the event from.
func (h *History) events(selected string, from int64) pages.EventPage {
	all, key := h.facts.Events, h.facts.Key
	first := sort.Search(len(all), func(i int) bool { return all[i].ID >= from })
	if first == len(all) {
		first = max(0, len(all)-1) / eventsPerPage * eventsPerPage
	}
	last := min(first+eventsPerPage, len(all))
	p := pages.EventPage{Total: int64(len(all)), Selected: selected, TableIsOnALaterPage: first > 0}
	at := func(i int) string {
		if i <= 0 {
			return paths.ExecutionView(key, selected, 0)
		}
		return paths.ExecutionView(key, selected, all[i].ID)
	}
	if first > 0 {
		p.First, p.Prev = at(0), at(first-eventsPerPage)
	}
	if last < len(all) {
		p.Next, p.Last = at(last), at((len(all)-1)/eventsPerPage*eventsPerPage)
	}
	for _, e := range all[first:last] {
		p.Rows = append(p.Rows, h.event(e))
	}
	return p
}

func (h *History) event(e workflow.HistoryEvent) pages.EventRow {
	state := h.StateOf(e.ID)
	row := pages.EventRow{
		ID: e.ID, PreviousID: e.PreviousID, Type: e.Type, State: state, At: e.At,
		After: e.At.Sub(h.facts.Info.StartedAt), Tone: tone(e.Type), Says: essence(e),
	}
	if state != "" {
		row.StateURL = paths.ExecutionAt(h.facts.Key, state)
	}
	d := e.Details
	fact := func(name, text string) {
		if text != "" {
			row.Facts = append(row.Facts, pages.EventFact{Name: name, Text: text})
		}
	}
	fact("error", d.Error)
	fact("cause", d.Cause)
	fact("resource", d.Resource)
	fact("resourceType", d.ResourceType)
	fact("region", d.Region)
	fact("timeoutInSeconds", whole(d.TimeoutInSeconds))
	fact("heartbeatInSeconds", whole(d.HeartbeatInSeconds))
	fact("roleArn", d.RoleARN)
	if d.MapRunARN != "" {
		row.Facts = append(row.Facts, pages.EventFact{Name: "mapRunArn", Text: string(d.MapRunARN), Link: MapRunLink(d.MapRunARN)})
	}
	if d.Index != nil {
		fact("index", strconv.Itoa(*d.Index))
	}
	if d.Length != nil {
		fact("length", strconv.Itoa(*d.Length))
	}
	fact("workerName", d.WorkerName)
	fact("location", d.EvaluationLocation)
	fact("stateMachineVersionArn", string(d.StateMachineVersion))
	fact("stateMachineAliasArn", string(d.StateMachineAlias))
	if d.RedriveCount != nil {
		fact("redriveCount", strconv.Itoa(*d.RedriveCount))
	}
	for _, payload := range []pages.JSON{
		jsonOf(fmt.Sprintf("event-%d-input", e.ID), "input", d.Input),
		jsonOf(fmt.Sprintf("event-%d-parameters", e.ID), "parameters", d.Parameters),
		jsonOf(fmt.Sprintf("event-%d-output", e.ID), "output", d.Output),
		jsonOf(fmt.Sprintf("event-%d-assigned", e.ID), "assignedVariables", d.Assigned),
	} {
		if payload.Text != "" {
			row.Payloads = append(row.Payloads, payload)
		}
	}
	return row
}

func whole(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// essence is what to know of an event without opening it.
func essence(e workflow.HistoryEvent) string {
	d := e.Details
	switch {
	case d.Error != "":
		return d.Error
	case d.Index != nil:
		return "iteration " + strconv.Itoa(*d.Index)
	case d.RedriveCount != nil:
		return "redrive " + strconv.Itoa(*d.RedriveCount)
	case e.Type == workflow.EventLambdaFunctionScheduled || e.Type == workflow.EventTaskScheduled:
		return functionName(d)
	}
	return ""
}
