// Package bench measures an engine and its store as a user gets them.
//
// Throughput is measured with many executions in flight, after a warm-up; latency with
// one at a time on an otherwise idle system. Every figure includes the commit to disk and
// what it costs to make the load, in this same process. Everything is measured in several
// rounds: a figure is the median of its rounds, and how far they lie apart is its noise.
//
// The package knows no database and no order: what it starts, answers and reads comes in
// through Program, and it learns of endings from the engine's commits.
package bench

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// Program is what is measured, and how it is brought up.
type Program struct {
	// Fresh refuses a database that holds something.
	Fresh func(ctx context.Context, database string) error
	// Open opens a database; change alters the options of its engine, which does not run yet.
	Open func(ctx context.Context, database string, change func(*engine.Options)) (*Installation, error)
}

// Installation is an engine with its database.
type Installation struct {
	Engine   *engine.Engine
	Database Database
	Orders   Orders
	Close    func() error
}

// Database is what a database tells of itself.
type Database interface {
	// Describe names the database and the settings that bear on what it costs to commit.
	Describe(ctx context.Context) (name string, settings map[string]string, err error)
	// Size is how many bytes are stored.
	Size(ctx context.Context) (int64, error)
	// Commits is how many transactions were committed, and Checkpoints how often what
	// they logged was carried over and the log begun anew; -1 when that is not known.
	Commits() int64
	Checkpoints(ctx context.Context) (int64, error)
	// Multiply stores copies of a closed execution and its order, in the past, until that
	// many events more are stored.
	Multiply(ctx context.Context, id workflow.ExecutionID, events int64) error
}

// Orders are how orders are placed and approved.
type Orders struct {
	Start           Start
	StartAboveLimit Start
	// Approve prepares the approval of an order; nil while nobody has been asked yet.
	Approve func(ctx context.Context, order workflow.ExecutionInfo) (approve func(context.Context) error, err error)
}

// Start starts the nth execution.
type Start func(ctx context.Context, n int64) (workflow.ExecutionInfo, error)

// Settings say how to measure.
type Settings struct {
	Rounds   int           `default:"5" help:"How often everything is measured; figures are the medians."`
	InFlight int           `default:"200" help:"Executions at the same time, for each replica."`
	WarmUp   time.Duration `default:"1s" help:"Before each round, not counted."`
	Duration time.Duration `default:"15s" help:"Of sustained load, all rounds together."`
	Samples  int           `default:"300" help:"Executions one after the other, for latencies, all rounds together."`
}

// bench measures one installation.
type bench struct {
	Settings
	*Installation                 // the first of the replicas
	replicas      []*Installation // all of them
	next          atomic.Int64
	waiting       sync.Map     // workflow.ExecutionID → chan struct{}
	asked         atomic.Int64 // tasks that wait for their token's answer, and did
	progress      io.Writer    // told what is being measured; nil: nobody is
}

// say tells whoever waits what is being done.
func (b *bench) say(format string, args ...any) {
	if b.progress != nil {
		fmt.Fprintf(b.progress, "bench: "+format+"\n", args...)
	}
}

// committed is told of every commit.
func (b *bench) committed(info workflow.ExecutionInfo, events []workflow.HistoryEvent) {
	for i := range events {
		if events[i].Type == workflow.EventTaskSubmitted {
			b.asked.Add(1)
		}
	}
	if !info.Status.Closed() || info.MapRun != "" {
		return
	}
	done, _ := b.waiting.LoadOrStore(info.ID, make(chan struct{}))
	close(done.(chan struct{}))
}

// wait returns once the execution has closed.
func (b *bench) wait(ctx context.Context, id workflow.ExecutionID) error {
	done, _ := b.waiting.LoadOrStore(id, make(chan struct{}))
	defer b.waiting.Delete(id)
	select {
	case <-done.(chan struct{}):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// replica is the one that starts the nth execution.
func (b *bench) replica(n int64) *Installation { return b.replicas[n%int64(len(b.replicas))] }

// stats are of all replicas.
func (b *bench) stats() (sum engine.Stats) {
	for _, r := range b.replicas {
		s := r.Engine.Stats()
		sum.Closed += s.Closed
		sum.Transitions += s.Transitions
		sum.Live += s.Live
	}
	return sum
}

// once starts an execution and waits for its end.
func (b *bench) once(ctx context.Context, start Start) (time.Duration, error) {
	began := time.Now()
	info, err := start(ctx, b.next.Add(1))
	if err == nil {
		err = b.wait(ctx, info.ID)
	}
	return time.Since(began), err
}

// poll asks again and again until the answer is yes.
func poll(ctx context.Context, pause time.Duration, ask func() (bool, error)) error {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		if yes, err := ask(); err != nil || yes {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
