package jsonata

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"runtime"
	"time"
)

// Effort is what slow expressions take, in milliseconds.
type Effort int64

// MaxEffort is what a single expression may take.
const MaxEffort Effort = 10_000

// Patience is how long somebody waits for a value.
type Patience struct {
	// Hasty: not for a slow expression at all.
	Hasty bool
	// Left is what a slow expression may take; MaxEffort when 0.
	Left Effort
	// Quit is closed when the value is no longer wanted; nil: it always is.
	Quit <-chan struct{}
}

// ErrSlow: the expression takes longer than somebody hasty waits, or its value was no
// longer wanted. Nothing is known of it.
var ErrSlow = errors.New("jsonata: the evaluation takes long")

// TooLate is what an evaluation comes to that takes more time than there is.
func TooLate() *Failure { return &Failure{Message: textLate} }

// moment is how long an evaluation may take before it is a slow one, which begins anew
// where few are evaluated at the same time. So expressions that burn the processor wait
// for each other, and neither the ones that do not nor anything else waits for them.
const moment = 100 * time.Millisecond

var (
	briskLane = make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	slowLane  = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
)

// inLane evaluates in the brisk lane, and what does not end there in the slow one. An
// expression that was slow the last time goes there at once.
func (e *Expression) inLane(s Scope, p Patience) (v json.RawMessage, effort Effort, err error) {
	random := &tape{Scope: s}
	if !e.slow.Load() {
		over := false
		if v, _, err, over = e.in(briskLane, random, moment, p.Quit); over {
			return v, 0, err
		}
		if quitted(p.Quit) {
			return nil, 0, ErrSlow
		}
		e.slow.Store(true)
	}
	if p.Hasty {
		return nil, 0, ErrSlow
	}
	limit := usual.time
	if p.Left > 0 {
		limit = min(limit, time.Duration(p.Left)*time.Millisecond)
	}
	v, took, err, over := e.in(slowLane, random, limit, p.Quit)
	effort = Effort(took.Milliseconds())
	switch {
	case quitted(p.Quit):
		return nil, effort, ErrSlow
	case !over:
		return nil, max(effort, 1), TooLate()
	case took < moment/2:
		e.slow.Store(false)
		return v, 0, err
	}
	return v, effort, err
}

// in evaluates in one of the lanes; over is false when that took longer than limit.
func (e *Expression) in(lane chan struct{}, s *tape, limit time.Duration, quit <-chan struct{}) (v json.RawMessage, took time.Duration, err error, over bool) {
	select {
	case lane <- struct{}{}:
	case <-quit:
		return nil, 0, nil, false
	}
	defer func() { <-lane }()
	if lane == briskLane && e.slow.Load() {
		return nil, 0, nil, false // as somebody has found out meanwhile
	}
	in := acquire()
	defer in.release()
	s.at = 0
	began := time.Now()
	v, err = in.run(e, s, limit, quit)
	took = time.Since(began)
	return v, took, err, !in.spent || took < limit && !quitted(quit)
}

func quitted(quit <-chan struct{}) bool {
	select {
	case <-quit:
		return true
	default:
		return false
	}
}

// tape gives an evaluation that begins anew the random numbers that it had before.
type tape struct {
	Scope
	source *rand.Rand
	drawn  []uint64
	at     int
}

// Random begins at the beginning of the tape.
func (t *tape) Random() *rand.Rand {
	if t.source == nil {
		t.source = t.Scope.Random()
	}
	return rand.New(t)
}

// Uint64 is the tape's next number.
func (t *tape) Uint64() uint64 {
	if t.at == len(t.drawn) {
		t.drawn = append(t.drawn, t.source.Uint64())
	}
	t.at++
	return t.drawn[t.at-1]
}
