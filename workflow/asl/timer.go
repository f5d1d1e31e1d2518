package asl

import (
	"cmp"
	"slices"

	"countersign/workflow"
)

// timer is a deadline of a snapshot and what it belongs to.
type timer struct {
	at    millis
	kind  timerKind
	frame *frame // nil for the execution's own
}

// timerKind says what a deadline means.
type timerKind uint8

const (
	timerExecution timerKind = iota
	timerTimeout
	timerHeartbeat
	timerDelay // end of a wait or of a retry delay
	timerReady // a frame goes on where a step has stopped
)

// nextTimer is the earliest deadline; at is 0 when there is none. Of several at the
// same time the execution's own goes first, then parents' before children's, and a
// timeout before a heartbeat.
func (s *Snapshot) nextTimer() (next timer, ok bool) {
	s.timers(func(t timer) {
		if next.at == 0 || t.at < next.at {
			next = t
		}
	})
	return next, next.at != 0
}

// timers visits every deadline.
func (s *Snapshot) timers(visit func(timer)) {
	if s.status != workflow.Running {
		return
	}
	consider := func(at millis, kind timerKind, f *frame) {
		if at != 0 {
			visit(timer{at, kind, f})
		}
	}
	consider(s.deadline, timerExecution, nil)
	s.root.each(func(f *frame) {
		switch f.phase {
		case phaseWait, phaseRetry:
			consider(f.due, timerDelay, f)
		case phaseReady:
			consider(f.due, timerReady, f)
		case phaseTask:
			consider(f.task.timeout, timerTimeout, f)
			consider(f.task.heartbeat, timerHeartbeat, f)
		}
	})
}

// tick fires what is due, in the order of time. What a timer brings about may be due
// at once.
func (x *stepper) tick() {
	for x.open() && !x.spent() {
		var due []timer
		x.s.timers(func(t timer) {
			if t.at <= x.now {
				if t.kind == timerReady {
					t.at = x.now // whatever else is due goes first, the execution's end above all
				}
				due = append(due, t)
			}
		})
		if len(due) == 0 {
			return
		}
		slices.SortStableFunc(due, func(a, b timer) int { return cmp.Compare(a.at, b.at) })
		x.fire(due)
	}
}

func (x *stepper) fire(due []timer) {
	for i := 0; i < len(due) && x.open() && !x.spent(); {
		t := due[i]
		i++
		switch {
		case t.kind == timerExecution:
			x.timeOutExecution()
		case !t.waits():
		case t.kind == timerReady:
			x.events = slices.Grow(x.events, maxStepEvents/4)
			x.ready = append(x.ready, t.frame)
			for ; i < len(due) && due[i].kind == timerReady; i++ {
				x.ready = append(x.ready, due[i].frame)
			}
		case t.kind == timerDelay:
			x.endDelay(t.frame)
		default:
			together := []timer{t}
			for ; i < len(due) && due[i].at == t.at && (due[i].kind == timerTimeout || due[i].kind == timerHeartbeat); i++ {
				if due[i].frame != together[len(together)-1].frame && due[i].waits() {
					together = append(together, due[i])
				}
			}
			x.timeOutTasks(together)
		}
		x.run()
	}
}

// waits says whether a timer still means something, after others were fired.
func (t timer) waits() bool {
	f := t.frame
	switch t.kind {
	case timerTimeout:
		return f.phase == phaseTask && f.task.timeout == t.at
	case timerHeartbeat:
		return f.phase == phaseTask && f.task.heartbeat == t.at
	case timerReady:
		return f.phase == phaseReady
	}
	return (f.phase == phaseWait || f.phase == phaseRetry) && f.due == t.at
}

// endDelay ends a Wait state, or schedules a task again.
func (x *stepper) endDelay(f *frame) {
	s := x.m.state(f)
	retry := f.phase == phaseRetry
	f.phase, f.due = phaseNone, 0
	if retry {
		x.proceed(f, s.body.(retryable).again(x, f, s))
		return
	}
	x.proceed(f, x.leave(f, s, f.input))
}
