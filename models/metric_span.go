package models

import (
	"context"

	"countersign/workflow"
)

// span is a task between its first and its last event.
type span struct {
	resource           string
	scheduled, started int64 // Unix milliseconds; started is 0 until it is
}

type spanKey struct {
	execution workflow.ExecutionID
	event     int64 // the latest of the task
}

// spansKept bounds each of the two generations of spans that are kept in memory. What falls
// out, because tasks wait for people, say, is read from the history when it ends.
const spansKept = 20_000

// spans remembers the tasks under way by their latest event.
type spans struct {
	young, old map[spanKey]span
}

func (s *spans) put(k spanKey, v span) {
	if len(s.young) >= spansKept || s.young == nil {
		s.old, s.young = s.young, make(map[spanKey]span)
	}
	s.young[k] = v
}

func (s *spans) take(k spanKey) (span, bool) {
	if v, ok := s.young[k]; ok {
		delete(s.young, k)
		return v, true
	}
	v, ok := s.old[k]
	delete(s.old, k)
	return v, ok
}

// longestSpan bounds how many events of one task are looked at; it has four at most.
const longestSpan = 8

// spanUpTo finds a task in the history, going back from an event of it.
func (s *Store) spanUpTo(ctx context.Context, k spanKey) (span, bool) {
	var v span
	for range longestSpan {
		events, err := s.History(ctx, k.execution, k.event-1, 1)
		if err != nil || len(events) == 0 {
			return v, false
		}
		e := &events[0]
		switch _, phase := taskEvent(e.Type); phase {
		case taskScheduled:
			v.resource, v.scheduled = resourceARN(e.Details.ResourceType, e.Details.Resource), e.At.UnixMilli()
			return v, true
		case taskStarted:
			v.started = e.At.UnixMilli()
		case taskContinued:
		default:
			return v, false
		}
		k.event = e.PreviousID
	}
	return v, false
}
