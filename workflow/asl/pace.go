package asl

import (
	"errors"
	"time"
)

// Pace is how long a step may think. What expressions may take in all is limited without it.
type Pace struct {
	Hasty bool            // slow expressions are refused
	Quit  <-chan struct{} // closed when the step is no longer wanted
}

// ErrSlow: a hasty step came upon an expression that takes long, or a step was no longer
// wanted. Nothing has happened; it can be taken again by somebody with more time.
var ErrSlow = errors.New("a slow expression")

// slow ends a step wherever it is. The snapshot that it was changing is nobody's.
type slow struct{}

func catchSlow(err *error) {
	switch p := recover().(type) {
	case nil:
	case slow:
		*err = ErrSlow
	default:
		panic(p)
	}
}

// StepAt is Step at a pace; the error may be ErrSlow.
func (m *StateMachine) StepAt(p Pace, s *Snapshot, e Event, now time.Time, seed Seed) (out Outcome, err error) {
	defer catchSlow(&err)
	if err := m.fits(s); err != nil {
		return Outcome{}, err
	}
	x := newStepper(m, s.clone(), now, seed)
	x.pace = p
	if err := x.take(e); err != nil {
		return Outcome{}, err
	}
	x.run()
	return x.outcome(), nil
}

// StartSoon is Start, but an execution that comes upon a slow expression before it waits for
// anything has only started: its first state is entered by the next Tick, which is due.
func (m *StateMachine) StartSoon(s Start, now time.Time, seed Seed) (Outcome, error) {
	out, err := m.startHastily(s, now, seed)
	if !errors.Is(err, ErrSlow) {
		return out, err
	}
	x, f, err := m.starting(s, now, seed)
	if err != nil {
		return Outcome{}, err
	}
	f.phase, f.due = phaseReady, x.now
	return x.outcome(), nil
}

func (m *StateMachine) startHastily(s Start, now time.Time, seed Seed) (out Outcome, err error) {
	defer catchSlow(&err)
	x, f, err := m.starting(s, now, seed)
	if err != nil {
		return Outcome{}, err
	}
	x.pace.Hasty = true
	x.proceed(f, x.enter(f, m.start, f.input))
	x.run()
	return x.outcome(), nil
}
