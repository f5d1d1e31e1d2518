package models

import (
	"context"

	"countersign/workflow"
)

// sheet is what was counted for one subject in one minute.
type sheet [metricCount]*MetricStat

func (s *sheet) count(what metric, value int64) {
	if s[what] == nil {
		s[what] = new(MetricStat)
	}
	s[what].add(value, what.spread())
}

type sheetKey struct {
	subject
	minute int64
}

// ledger adds marks up, minute by minute, until they are written down.
type ledger struct {
	store  *Store
	sheets map[sheetKey]*sheet
	arns   map[[2]string]string // of service integrations, by kind and resource
	spans  spans
	to     int64 // row of history_events up to which everything is counted
}

func (l *ledger) add(ctx context.Context, t *tally) {
	if t.row <= l.to {
		return // it was read from the table
	}
	l.to = t.row
	for i := range t.marks {
		m := &t.marks[i]
		if m.task != nil {
			l.taskMark(ctx, t.execution, m)
			continue
		}
		t.executionMark(m, func(s subject) *sheet { return l.sheet(s, m.at) })
	}
}

// sheet is where a subject's values of a moment are counted.
func (l *ledger) sheet(s subject, at int64) *sheet {
	key := sheetKey{s, at / 60_000}
	sh := l.sheets[key]
	if sh == nil {
		if l.sheets == nil {
			l.sheets = make(map[sheetKey]*sheet)
		}
		sh = new(sheet)
		l.sheets[key] = sh
	}
	return sh
}

// taskMark counts an event of a task. How long a task took is known when it ends, and
// counts for the minute in which it ends.
func (l *ledger) taskMark(ctx context.Context, execution workflow.ExecutionID, m *mark) {
	here, of := spanKey{execution, m.id}, m.task
	if m.phase == taskScheduled {
		resource := l.arn(m.kind, m.resource)
		l.sheet(subject{of.dimension, resource, ""}, m.at).count(of.scheduled, 1)
		l.spans.put(here, span{resource: resource, scheduled: m.at})
		return
	}
	before := spanKey{execution, m.previous}
	v, known := l.spans.take(before)
	if !known {
		if v, known = l.store.spanUpTo(ctx, before); !known {
			return // an event that belongs to no task
		}
	}
	if m.phase == taskContinued {
		l.spans.put(here, v)
		return
	}
	sh := l.sheet(subject{of.dimension, v.resource, ""}, m.at)
	switch m.phase {
	case taskStarted:
		sh.count(of.started, 1)
		sh.count(of.scheduleTime, m.at-v.scheduled)
		v.started = m.at
		l.spans.put(here, v)
		return
	case taskSucceeded:
		sh.count(of.succeeded, 1)
	case taskFailed:
		sh.count(of.failed, 1)
	case taskTimedOut:
		if m.heartbeat {
			sh.count(of.heartbeatTimedOut, 1)
			break
		}
		sh.count(of.timedOut, 1)
	}
	sh.count(of.time, m.at-v.scheduled)
	if v.started != 0 {
		sh.count(of.runTime, m.at-v.started)
	}
}

// arn is resourceARN, made once for each integration: there are a few dozen.
func (l *ledger) arn(kind, resource string) string {
	if kind == "" {
		return resource
	}
	key := [2]string{kind, resource}
	arn, ok := l.arns[key]
	if !ok {
		if l.arns == nil {
			l.arns = make(map[[2]string]string)
		}
		arn = resourceARN(kind, resource)
		l.arns[key] = arn
	}
	return arn
}
