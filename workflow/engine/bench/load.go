package bench

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// load is a scenario under load, over all rounds.
type load struct {
	scenario
	all   histogram // of start to finish
	slice histogram // the same, of the present slice of time
	line  []point   // for the plot
	until []float64 // where rounds end on it, in seconds
	done  time.Duration
}

// point is what was sustained in a slice of time.
type point struct {
	second float64 // measured seconds before its end
	rate   float64 // transitions a second
	p99    float64 // ms, of the executions that ended in it; 0 when none did
}

const (
	pointsOfRound = 120 // in the plot, at most
	shortestSlice = 100 * time.Millisecond
)

// round measures one round of a scenario.
func (b *bench) round(ctx context.Context, l *load, to Figures) (err error) {
	if l.once {
		err = b.single(ctx, l, to)
	} else {
		err = b.sustained(ctx, l, to)
	}
	if err != nil {
		return fmt.Errorf("bench %s: %w", l.title, err)
	}
	return nil
}

// sustained keeps a number of executions going for a time.
func (b *bench) sustained(ctx context.Context, l *load, to Figures) error {
	going, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var measuring, enough atomic.Bool
	var group sync.WaitGroup
	for range l.inFlight * len(b.replicas) {
		group.Go(func() {
			for !enough.Load() {
				counts := measuring.Load()
				took, err := b.once(going, l.start)
				if err != nil {
					cancel(err)
					return
				}
				if counts {
					l.add(took)
				}
			}
		})
	}
	pause(going, b.WarmUp)
	measuring.Store(true)
	err := b.measured(going, l, to, b.Duration/time.Duration(b.Rounds))
	enough.Store(true)
	group.Wait()
	if cause := context.Cause(going); cause != nil {
		return cause
	}
	return err
}

// single measures one long execution from its start to its end.
func (b *bench) single(ctx context.Context, l *load, to Figures) error {
	going, cancel := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		took, err := b.once(going, l.start)
		l.add(took)
		ended <- err
		cancel(nil)
	}()
	err := b.measured(going, l, to, math.MaxInt64)
	cancel(err)
	if failed := <-ended; err == nil {
		err = failed
	}
	return err
}

func (l *load) add(took time.Duration) {
	l.all.add(took)
	l.slice.add(took)
}

// measured notes what is used for a time, or until ctx ends.
func (b *bench) measured(ctx context.Context, l *load, to Figures, length time.Duration) error {
	whatever := context.WithoutCancel(ctx)
	before, err := b.usage(whatever)
	if err != nil {
		return err
	}
	b.trace(ctx, l, length)
	after, err := b.usage(whatever)
	if err != nil {
		return err
	}
	before.add(to, l.name, after)
	return nil
}

// trace notes points of the plot until the time is up.
func (b *bench) trace(ctx context.Context, l *load, length time.Duration) {
	l.slice.take()
	slice := shortestSlice
	if length < math.MaxInt64 {
		slice = max(slice, length/pointsOfRound)
	}
	before := b.stats()
	began, transitions := time.Now(), before.Transitions
	// A round in which nothing came to an end has no figures: on a slow machine it takes longer.
	for from := began; ctx.Err() == nil && (time.Since(began) < length || b.stats().Closed == before.Closed); {
		rest := length - time.Since(began)
		if rest <= 0 {
			rest = slice
		}
		pause(ctx, min(slice, rest))
		now, reached := time.Now(), b.stats().Transitions
		l.line = append(l.line, point{
			second: (l.done + now.Sub(began)).Seconds(), rate: float64(reached-transitions) / now.Sub(from).Seconds(), p99: l.slice.take().P99,
		})
		from, transitions = now, reached
	}
	l.done += time.Since(began)
	l.until = append(l.until, l.done.Seconds())
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
