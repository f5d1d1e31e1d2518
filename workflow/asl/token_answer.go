package asl

import (
	"crypto/subtle"
	"fmt"

	"countersign/workflow"
)

// bearing finds the frame whose task waits for a token.
func (x *stepper) bearing(token workflow.TaskToken) (*frame, *taskBody, error) {
	id, entry, err := readToken(token)
	if err != nil || id != x.s.id {
		return nil, nil, workflow.ErrTaskTokenInvalid
	}
	f := x.s.root.find(entry)
	if !x.open() || f == nil || f.phase != phaseTask || x.overdue(f) ||
		subtle.ConstantTimeCompare([]byte(f.task.token), []byte(token)) != 1 {
		return nil, nil, workflow.ErrTaskGone
	}
	t, ok := x.m.state(f).body.(*taskBody)
	if !ok {
		return nil, nil, workflow.ErrTaskGone
	}
	return f, t, nil
}

// answering finds the frame whose task the bearer of a token may answer: nobody has
// an activity's token before its task was taken.
func (x *stepper) answering(token workflow.TaskToken) (*frame, *taskBody, error) {
	f, t, err := x.bearing(token)
	if err == nil && f.task.offered {
		return nil, nil, workflow.ErrTaskGone
	}
	return f, t, err
}

func (x *stepper) tokenSucceeded(e TokenSucceeded) error {
	f, t, err := x.answering(e.Token)
	if err != nil {
		return err
	}
	out := trim(e.Output)
	if err := checkPayload(out); err != nil {
		return fmt.Errorf("%w: %v", ErrInvalidOutput, err)
	}
	x.emitStartedUnseen(f, t)
	x.withdraw(f) // the token came before the function's own answer
	x.succeedTask(f, t, out)
	return nil
}

func (x *stepper) tokenFailed(e TokenFailed) error {
	f, t, err := x.answering(e.Token)
	if err != nil {
		return err
	}
	x.emitStartedUnseen(f, t)
	x.withdraw(f)
	x.failTask(f, t, told(e.Error, e.Cause))
	return nil
}

func (x *stepper) tokenHeartbeat(e TokenHeartbeat) error {
	f, _, err := x.answering(e.Token)
	if err != nil {
		return err
	}
	if f.task.heartbeatMS > 0 {
		f.task.heartbeat = x.now + f.task.heartbeatMS
	}
	return nil
}

// activityStarted gives an offered task to a worker; from now on its clocks run.
func (x *stepper) activityStarted(e ActivityStarted) error {
	f, _, err := x.bearing(e.Token)
	if err != nil {
		return err
	}
	if !f.task.offered {
		return workflow.ErrTaskGone
	}
	x.withdraw(f)
	f.task.offered = false
	f.task.startClocks(x.now)
	x.emit(f, workflow.EventActivityStarted, workflow.Details{WorkerName: e.Worker})
	return nil
}
