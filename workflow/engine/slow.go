package engine

import (
	"context"
	"errors"
	"time"

	"countersign/workflow/asl"
)

// errGivenUp: a slow step was given up for something more important. Nothing has happened.
var errGivenUp = errors.New("engine: a slow step was given up")

// step takes a step that is slow only if it has to be; the execution's lock is held. A slow
// step is given up when the engine stops, and for who ends the execution.
func (e *Engine) step(pool *queue, x *execution, event asl.Event, now time.Time) (asl.Outcome, error) {
	out, err := x.machine.StepAt(asl.Pace{Hasty: true}, x.snapshot, event, now, e.dice.seed())
	if !errors.Is(err, asl.ErrSlow) {
		return out, err
	}
	defer e.standIn(pool)()
	ctx, giveUp := context.WithCancel(e.base)
	defer giveUp()
	if pool != e.queue { // an answer would have to be asked for again
		go func() {
			select {
			case <-e.stop:
				giveUp()
			case <-ctx.Done():
			}
		}()
	}
	x.giveUp.Store(&giveUp)
	defer x.giveUp.Store(nil)
	if x.ending.Load() > 0 { // since before the step was known to be slow
		giveUp()
	}
	out, err = x.machine.StepAt(asl.Pace{Quit: ctx.Done()}, x.snapshot, event, now, e.dice.seed())
	if errors.Is(err, asl.ErrSlow) {
		err = errGivenUp
	}
	return out, err
}

// standIn keeps the pool at its strength while one of its goroutines is busy with something
// else. Nil is nobody's pool.
func (e *Engine) standIn(pool *queue) (back func()) {
	if pool == nil {
		return func() {}
	}
	e.workers.Go(pool.work)
	return pool.dismiss
}

// lock waits for an execution's lock, but not at the expense of the pool while the step that
// holds it is slow.
func (e *Engine) lock(pool *queue, x *execution) {
	if x.mu.TryLock() {
		return
	}
	if x.giveUp.Load() != nil {
		defer e.standIn(pool)()
	}
	x.mu.Lock()
}

// hurry ends the slow step of an execution that is to be ended, and each that turns out to be
// slow until done is called.
func (x *execution) hurry(event asl.Event) (done func()) {
	if _, ends := event.(asl.Stop); !ends {
		return func() {}
	}
	x.ending.Add(1)
	if giveUp := x.giveUp.Load(); giveUp != nil {
		(*giveUp)()
	}
	return func() { x.ending.Add(-1) }
}
