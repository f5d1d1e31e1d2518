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
// that the state had. Retriers count anew.
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
	x.proceed(x.resume(f))
	return nil
}

// resumeBranches goes on with the branches that have not succeeded. Those that have
// are done with.
func (x *stepper) resumeBranches(f *frame, s *state) (*frame, verdict) {
	f.group.data, f.group.selector = nil, nil // paths into the context object may find other things now
	for _, child := range f.children {
		child.phase, child.due, child.prev = phaseReady, x.now, f.prev
		x.ready = append(x.ready, child)
	}
	x.fill(f, s, f.prev)
	return nil, verdict{}
}
