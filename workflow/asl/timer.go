package asl

import "countersign/workflow"

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
)

// nextTimer is the earliest deadline; at is 0 when there is none. Of several at the
// same time the execution's own goes first, then parents' before children's, and a
// timeout before a heartbeat.
func (s *Snapshot) nextTimer() (next timer, ok bool) {
	if s.status != workflow.Running {
		return timer{}, false
	}
	consider := func(at millis, kind timerKind, f *frame) {
		if at != 0 && (next.at == 0 || at < next.at) {
			next = timer{at, kind, f}
		}
	}
	consider(s.deadline, timerExecution, nil)
	s.root.each(func(f *frame) {
		switch f.phase {
		case phaseWait, phaseRetry, phaseReady:
			consider(f.due, timerDelay, f)
		case phaseTask:
			consider(f.task.timeout, timerTimeout, f)
			consider(f.task.heartbeat, timerHeartbeat, f)
		}
	})
	return next, next.at != 0
}

// tick fires what is due, in the order of time.
func (x *stepper) tick() {
	for {
		t, ok := x.s.nextTimer()
		if !ok || t.at > x.now {
			return
		}
		switch t.kind {
		case timerExecution:
			x.timeOutExecution()
		case timerTimeout:
			x.timeOutTask(t.frame, &failure{name: workflow.ErrorTimeout})
		case timerHeartbeat:
			x.timeOutTask(t.frame, &failure{name: workflow.ErrorTimeout, also: workflow.ErrorHeartbeatTimeout})
		case timerDelay:
			x.endDelay(t.frame)
		}
	}
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
