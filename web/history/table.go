package history

import (
	"fmt"
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
	var shown []int
	for i := range h.Entries {
		if h.within(i, h.chosen) {
			shown = append(shown, i)
		}
	}
	t.Omitted = max(0, len(shown)-maxTimelineRows)
	for _, i := range shown[t.Omitted:] {
		e := &h.Entries[i]
		until := func(at time.Time) time.Time {
			if at.IsZero() {
				return end
			}
			return at
		}
		row := pages.TimelineRow{
			State: e.State, URL: h.at(e.State), Mark: e.Mark, Entered: e.EnteredAt,
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

// rows says which events the part of the table has that begins with the event from.
func (h *History) rows(from int64) (first, last int64) {
	first = max(from, h.first)
	if first > h.last {
		first = h.lastPart()
	}
	return first, min(first+eventsPerPage-1, h.last)
}

// lastPart is the event with which the last part of the table begins. Ids have no gaps.
func (h *History) lastPart() int64 {
	return h.first + max(0, h.last-h.first)/eventsPerPage*eventsPerPage
}

// events fills the part of the table that begins with the event from.
func (h *History) events(selected string, from int64) pages.EventPage {
	first, last := h.rows(from)
	p := pages.EventPage{Total: h.count, Selected: selected, TableIsOnALaterPage: first > h.first}
	at := func(id int64) string {
		s := paths.Selection{State: selected, From: id, Iteration: h.view.Iteration}
		if id <= h.first {
			s.From = 0
		}
		return paths.ExecutionSelection(h.facts.Key, s)
	}
	if first > h.first {
		p.First, p.Prev = at(0), at(first-eventsPerPage)
	}
	if last < h.last {
		p.Next, p.Last = at(last+1), at(h.lastPart())
	}
	for _, e := range h.facts.Events {
		if e.ID >= first && e.ID <= last {
			p.Rows = append(p.Rows, h.event(e))
		}
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
		row.StateURL = h.at(state)
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
		h.payload(fmt.Sprintf("event-%d-input", e.ID), "input", d.Input, e.ID, "input", rowShown),
		h.payload(fmt.Sprintf("event-%d-parameters", e.ID), "parameters", d.Parameters, e.ID, "parameters", rowShown),
		h.payload(fmt.Sprintf("event-%d-output", e.ID), "output", d.Output, e.ID, "output", rowShown),
		h.payload(fmt.Sprintf("event-%d-assigned", e.ID), "assignedVariables", d.Assigned, e.ID, "assigned", rowShown),
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
