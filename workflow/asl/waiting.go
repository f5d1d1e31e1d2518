package asl

import (
	"time"

	"countersign/workflow"
)

// Waiting is what one state entry waits for. Zero times: no such end.
type Waiting struct {
	Entry       workflow.EntryID
	State       string
	WakeAt      time.Time            // a Wait state ends
	RetryAt     time.Time            // the task is attempted again
	Deadline    time.Time            // the task times out
	HeartbeatBy time.Time            // the task times out unless it is heard of before
	Token       bool                 // the task ends by its token only
	Offered     bool                 // no worker has taken the activity's task yet
	Child       workflow.ExecutionID // the task ends when this execution closes; 0 for none
}

// Waiting lists what an execution waits for, one entry for each thread of control;
// none when it is closed.
func (s *Snapshot) Waiting() []Waiting {
	if s.status != workflow.Running {
		return nil
	}
	var out []Waiting
	s.root.each(func(f *frame) {
		w := Waiting{Entry: f.entry, State: f.state}
		switch f.phase {
		case phaseWait:
			w.WakeAt = f.due.time()
		case phaseRetry:
			w.RetryAt = f.due.time()
		case phaseTask:
			w.Deadline, w.HeartbeatBy, w.Token = f.task.timeout.time(), f.task.heartbeat.time(), f.task.token != ""
			w.Offered, w.Child = f.task.offered, f.task.child
		default:
			return
		}
		out = append(out, w)
	})
	return out
}
