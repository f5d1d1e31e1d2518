package asl

import (
	"countersign/workflow"
)

// Limits of the service for redriving.
const (
	maxRedrives   = 1000
	redriveWithin = 14 * 24 * 3600 * 1000 // ms after the execution closed
)

// redrive continues a closed execution at the state where it ended, with the input
// that the state had. A task is scheduled again within its state entry, so that its
// idempotency key stays; another state is entered again. Retriers count anew.
func (x *stepper) redrive() error {
	s := x.s
	switch {
	case s.status != workflow.Failed && s.status != workflow.Aborted && s.status != workflow.TimedOut,
		s.root == nil, s.redrives >= maxRedrives, x.now-s.closed > redriveWithin,
		s.kind == workflow.Express, x.full(3):
		return workflow.ErrNotRedrivable
	}
	s.status, s.closed, s.err, s.cause = workflow.Running, 0, "", ""
	s.redrives++
	x.limitExecution()
	f := s.root
	f.prev = s.last
	count := s.redrives
	x.emit(f, workflow.EventExecutionRedriven, workflow.Details{RedriveCount: &count})
	st := x.m.state(f)
	if r, ok := st.body.(retryable); ok {
		x.proceed(f, r.again(x, f, st))
	} else {
		x.proceed(f, x.enter(f, st, f.input))
	}
	return nil
}
