// Package bench measures an engine and its store as a user gets them.
//
// Throughput is measured with many executions in flight, after a warm-up; latency with
// one at a time on an otherwise idle system. Every figure includes the commit to disk.
// The package knows no database and no order: what it starts and answers comes in
// through the Scenario, and it learns of endings from the engine's commits.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// Scenario is one kind of execution.
type Scenario struct {
	Name string
	// Start starts the nth execution.
	Start func(ctx context.Context, n int64) (workflow.ExecutionInfo, error)
}

// Settings say how to measure.
type Settings struct {
	InFlight int           // executions at the same time, for throughput
	WarmUp   time.Duration // not counted
	Duration time.Duration // counted
	Samples  int           // executions one after the other, for latency
}

// Bench measures one engine. Give Committed to the engine's options before it starts.
type Bench struct {
	Engine *engine.Engine
	Settings

	next    atomic.Int64
	waiting sync.Map // workflow.ExecutionID → chan struct{}
}

// Committed is told of every commit.
func (b *Bench) Committed(info workflow.ExecutionInfo, _ []workflow.HistoryEvent) {
	if !info.Status.Closed() {
		return
	}
	done, _ := b.waiting.LoadOrStore(info.ID, make(chan struct{}))
	close(done.(chan struct{}))
}

// wait returns once the execution has closed.
func (b *Bench) wait(ctx context.Context, id workflow.ExecutionID) error {
	done, _ := b.waiting.LoadOrStore(id, make(chan struct{}))
	defer b.waiting.Delete(id)
	select {
	case <-done.(chan struct{}):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Throughput keeps InFlight executions going and counts what ends within Duration.
func (b *Bench) Throughput(ctx context.Context, s Scenario) (Throughput, error) {
	total := b.WarmUp + b.Duration
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	began := time.Now()
	var latencies collector
	var failed atomic.Pointer[error]
	var group sync.WaitGroup
	for range b.InFlight {
		group.Go(func() {
			for time.Since(began) < total && ctx.Err() == nil {
				if err := b.once(ctx, s, began, &latencies); err != nil {
					failed.CompareAndSwap(nil, &err)
					cancel()
				}
			}
		})
	}
	before := b.after(ctx, b.WarmUp)
	after := b.after(ctx, b.Duration)
	group.Wait()
	if err := failed.Load(); err != nil {
		return Throughput{}, fmt.Errorf("bench %s: %w", s.Name, *err)
	}
	seconds := after.at.Sub(before.at).Seconds()
	return Throughput{
		Transitions: rate(after.Transitions-before.Transitions, seconds),
		Executions:  rate(after.Closed-before.Closed, seconds),
		Commits:     rate(after.Commits-before.Commits, seconds),
		Latency:     latencies.percentiles(),
	}, nil
}

func (b *Bench) once(ctx context.Context, s Scenario, began time.Time, latencies *collector) error {
	start := time.Now()
	info, err := s.Start(ctx, b.next.Add(1))
	if err == nil {
		err = b.wait(ctx, info.ID)
	}
	if err == nil && start.Sub(began) >= b.WarmUp {
		latencies.add(time.Since(start))
	}
	return err
}

type reading struct {
	engine.Stats
	at time.Time
}

func (b *Bench) after(ctx context.Context, d time.Duration) reading {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
	return reading{b.Engine.Stats(), time.Now()}
}

// StartToFinish measures Samples executions one after the other.
func (b *Bench) StartToFinish(ctx context.Context, s Scenario) (Percentiles, error) {
	var latencies collector
	for range b.Samples {
		if err := b.once(ctx, s, time.Time{}, &latencies); err != nil {
			return Percentiles{}, fmt.Errorf("bench %s: %w", s.Name, err)
		}
	}
	return latencies.percentiles(), nil
}

// Answer measures how long an answer to a waiting execution takes until the next state
// is entered, on disk. start brings an execution to the point where answer applies.
func (b *Bench) Answer(ctx context.Context, start func(ctx context.Context, n int64) (answer func(context.Context) error, err error)) (Percentiles, error) {
	var latencies collector
	for range b.Samples {
		answer, err := start(ctx, b.next.Add(1))
		if err != nil {
			return Percentiles{}, fmt.Errorf("bench answer: %w", err)
		}
		began := time.Now()
		if err := answer(ctx); err != nil {
			return Percentiles{}, fmt.Errorf("bench answer: %w", err)
		}
		latencies.add(time.Since(began))
	}
	return latencies.percentiles(), nil
}

// Profile writes a CPU profile to path until stop is called; an empty path writes none.
func Profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		file.Close()
	}, nil
}
