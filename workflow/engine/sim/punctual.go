package sim

import (
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// late is how long a timer, or a parent, may wait to be seen to: two looks at what is due.
const late = 4 * time.Second

// checkPrompt demands that what was due was seen to in time, while nothing has failed.
func (w *witness) checkPrompt(l *life, c *workflow.Commit, s *asl.Snapshot) {
	if now := w.now(); w.prompt && !l.wakeAt.IsZero() && now.After(l.wakeAt.Add(late)) {
		w.complain(c, "it was due at %v, and seen to at %v", l.wakeAt, now)
	}
	switch at, timed := s.WakeAt(); {
	case c.Info.Status.Closed() && c.Info.Parent.Awaited && c.Owner != "" && w.alone:
		l.wakeAt = w.now() // of several processes, the one that is to tell a parent may not be the one that holds it
	case timed:
		l.wakeAt = at
	default:
		l.wakeAt = time.Time{}
	}
}

// delayed says that from now on there are reasons to be late.
func (w *witness) delayed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.prompt = false
}

// checkDeadlines looks for answers that came too late and counted all the same.
func (w *witness) checkDeadlines(l *life, c *workflow.Commit, waiting []asl.Waiting) {
	for _, event := range c.Events {
		switch event.Type {
		case workflow.EventLambdaFunctionSucceeded, workflow.EventTaskSucceeded, workflow.EventActivitySucceeded:
		default:
			continue
		}
		if event.ID > l.replay.last() {
			continue
		}
		end, timed := l.ends[workflow.EntryID(l.replay.events[event.ID].entry)]
		if timed && !event.At.Before(end) {
			w.complain(c, "event %d, %s, was too late at %v: the task ended at %v", event.ID, event.Type, event.At, end)
		}
	}
	clear(l.ends)
	for _, at := range waiting {
		for _, end := range []time.Time{at.Deadline, at.HeartbeatBy} {
			if was, timed := l.ends[at.Entry]; !end.IsZero() && (!timed || end.Before(was)) {
				l.ends[at.Entry] = end
			}
		}
	}
}
