package asl

import (
	"time"

	"countersign/workflow"
)

// childClosed completes the .sync task that waits for an execution. It may come
// before the answer to the invocation that started the execution; it then stands for
// that answer too.
func (x *stepper) childClosed(e ChildClosed) error {
	f, t, err := x.parenting(e.Child)
	if err != nil {
		return err
	}
	if !f.task.submitted {
		x.emitStarted(f, t, time.Time{})
		x.withdraw(f)
		if x.open() {
			f.task.child = 0 // nothing to stop if this was one event too many
			x.submit(f, t, x.result(f, t, startedExecution(e.Child)))
		}
	}
	if e.Child.Status == workflow.Succeeded {
		x.succeedTask(f, t, executionMembers(e.Child, t.pattern == Sync2))
		return nil
	}
	x.failTask(f, t, told(workflow.ErrorTaskFailed, string(executionMembers(e.Child, false))))
	return nil
}

// parenting finds the frame whose task waits for a child execution.
func (x *stepper) parenting(child workflow.ExecutionInfo) (*frame, *taskBody, error) {
	f := x.s.root.find(child.Parent.Entry)
	if !x.open() || f == nil || f.phase != phaseTask || x.overdue(f) {
		return nil, nil, workflow.ErrTaskGone
	}
	t, ok := x.m.state(f).body.(*taskBody)
	switch {
	case !ok, t.pattern != Sync && t.pattern != Sync2:
		return nil, nil, workflow.ErrTaskGone
	case f.task.submitted && f.task.child != child.ID, !f.task.submitted && f.attempt != child.Parent.Attempt:
		return nil, nil, workflow.ErrTaskGone
	}
	return f, t, nil
}

// startedExecution is StartExecution's answer, as an invocation is answered.
func startedExecution(e workflow.ExecutionInfo) []byte {
	w := writer{b: append(make([]byte, 0, 192), '{')}
	w.string("ExecutionArn", string(e.ARN()))
	w.int("StartDate", e.StartedAt.UnixMilli())
	return append(w.b, '}')
}

// Awaits says whether a task waits for the execution that one of its attempts has
// started, or still for that attempt's answer.
func (s *Snapshot) Awaits(entry workflow.EntryID, attempt int, child workflow.ExecutionID) bool {
	f := s.root.find(entry)
	if s.status != workflow.Running || f == nil || f.phase != phaseTask {
		return false
	}
	if f.task.submitted {
		return f.task.child == child
	}
	return f.attempt == attempt
}
