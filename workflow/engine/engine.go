package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"countersign/workflow"
	"countersign/workflow/outage"
)

// Options say what an engine works with. Store and Functions are required.
type Options struct {
	Store     Store
	Functions map[string]workflow.Handler

	// Fallback performs the functions that Functions has not. Nil: there are none.
	Fallback workflow.Handler
	// Integrations perform what tasks may call besides functions, activities and Step
	// Functions itself, by resource: "sns:publish", "http:invoke".
	Integrations map[string]workflow.Handler
	// MapRuns keeps the Map Runs of Distributed Maps, and is the same store as Store. Nil:
	// they fail.
	MapRuns MapRuns
	// Objects is what item readers read and result writers write. Nil: there is nothing.
	Objects Objects

	// Observe is shown every commit's new history events and may add effects to that
	// very commit. It must not block, and its effects must not be refused.
	Observe func(workflow.ExecutionInfo, []workflow.HistoryEvent) []workflow.Effect

	// Committed is told of every commit once it is durable. It must not block.
	Committed func(workflow.ExecutionInfo, []workflow.HistoryEvent)

	Workers int           // size of the goroutine pool that calls functions; 256 when 0
	Backlog int           // invocations held in memory before new ones wait as rows; 2,000 when 0
	Lease   time.Duration // how long a lost engine's executions stay untouched; 30 s when 0
	Poll    time.Duration // how often due rows are looked for; 100 ms when 0

	// Around is put around each piece of work that the pools are given, as a simulation needs it
	// that lets one go on at a time. It must not block itself. Nil: nothing is.
	Around func(work func()) func()

	// Exclusive says that no other engine uses the store, so that leases found at
	// the start belong to the dead and are taken over at once.
	Exclusive bool

	Owner  string // name of this engine among others; made up when empty
	Now    func() time.Time
	Rand   io.Reader // where ids, tokens and what expressions draw come from; crypto/rand when nil
	Logger *slog.Logger
}

// ErrDraining is what an engine answers once Drain has begun.
var ErrDraining = errors.New("the engine is shutting down")

// Engine runs executions. Use New, then Run.
type Engine struct {
	Options
	machines machineCache
	ids      idSource
	dice     dice
	queue    *queue // function calls
	due      *queue // timers that fire, executions taken over
	waiters  waiters
	mapWakes mapWakes
	stats    counters
	trouble  outage.Log // of whatever is tried again

	takeovers takeovers

	mu   sync.Mutex // guards live and left
	live map[workflow.ExecutionID]*execution
	left []workflow.ExecutionID // leased, and let go without an answer because of a drain

	unhear   func() // ends what Hear began
	draining atomic.Bool
	stop     chan struct{} // closed when Drain begins
	loops    sync.WaitGroup
	workers  sync.WaitGroup
	base     context.Context // of every function call; ends when Drain gives up waiting
	cancel   context.CancelFunc
}

// New prepares an engine; nothing moves before Run.
func New(o Options) *Engine {
	o.Workers = or(o.Workers, 256)
	o.Backlog = or(o.Backlog, 2000)
	o.Lease = or(o.Lease, 30*time.Second)
	o.Poll = or(o.Poll, 100*time.Millisecond)
	if o.Owner == "" {
		o.Owner = ownerName()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{Options: o, queue: newQueue(o.Around), due: newQueue(o.Around), live: map[workflow.ExecutionID]*execution{}, unhear: func() {}, stop: make(chan struct{}), takeovers: takeovers{}}
	e.trouble = outage.Log{Logger: o.Logger, Now: o.Now, Over: "what failed is done, or succeeds again"}
	e.dice.source = o.Rand
	e.machines.store, e.machines.room = o.Store, roomForMachines
	e.base, e.cancel = context.WithCancel(context.Background())
	return e
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func ownerName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text()[:8])
}

// dueWorkers is how many due executions are seen to at the same time. They have
// goroutines of their own: a function that hangs occupies its worker until a timer
// withdraws it, so timers must not wait for workers.
const dueWorkers = 32

// Run recovers what an earlier engine left behind and starts the pool and the
// loops. It returns at once; Drain ends what it started.
func (e *Engine) Run(ctx context.Context) error {
	if e.Exclusive {
		n, err := e.Store.Abandon(ctx, e.Owner, e.now())
		if err != nil {
			return fmt.Errorf("engine: take over what the last process left: %w", err)
		}
		if n > 0 {
			e.Logger.Info("going on with executions that were under way", "executions", n)
		}
	}
	if err := e.abortOrphans(ctx); err != nil {
		return err
	}
	for range e.Workers {
		e.workers.Go(e.queue.work)
	}
	for range dueWorkers {
		e.workers.Go(e.due.work)
	}
	e.unhear = e.Store.Hear(e.heard)
	e.loops.Go(e.pollLoop)
	e.loops.Go(e.renewLoop)
	return nil
}

// Drain stops taking up work, waits for functions in progress until ctx ends, then
// withdraws them, and gives all leases back.
func (e *Engine) Drain(ctx context.Context) error {
	if e.draining.Swap(true) {
		return nil
	}
	e.due.close()
	e.queue.close()
	close(e.stop)
	e.loops.Wait()
	e.sayTakeovers(e.now())
	e.unhear()
	done := make(chan struct{})
	go func() { e.workers.Wait(); close(done) }()
	var late error
	select {
	case <-done:
	case <-ctx.Done():
		late = fmt.Errorf("engine: functions still in progress were withdrawn: %w", ctx.Err())
	}
	held := e.leased()
	e.cancel()
	<-done
	return errors.Join(late, e.giveBack(context.WithoutCancel(ctx), append(held, e.left...)))
}

// giveBack makes executions due at once for whoever comes next.
func (e *Engine) giveBack(ctx context.Context, ids []workflow.ExecutionID) error {
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if err := e.Store.GiveBack(ctx, e.Owner, ids, e.now()); err != nil {
		return fmt.Errorf("engine: give leases back: %w", err)
	}
	return nil
}

// now is to the millisecond, as the store keeps times.
func (e *Engine) now() time.Time { return e.Now().UTC().Truncate(time.Millisecond) }

// Stats are counts since the engine was made.
type Stats struct {
	Started     int64 // executions
	Closed      int64 // executions
	Transitions int64 // states entered
	Commits     int64
	Invocations int64 // function calls
	Refused     int64 // commits whose effects were refused
	Fenced      int64
	TakenOver   int64 // executions whose lease another engine had let lapse
	Live        int   // executions in memory now
	Queued      int   // invocations that wait for a worker now
	Busy        int   // workers calling a function now
}

type counters struct {
	started, closed, transitions, commits, invocations, refused, fenced, takenOver, busy atomic.Int64
}

// Stats reads the counts.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	live := len(e.live)
	e.mu.Unlock()
	c := &e.stats
	return Stats{
		Started: c.started.Load(), Closed: c.closed.Load(), Transitions: c.transitions.Load(),
		Commits: c.commits.Load(), Invocations: c.invocations.Load(), Refused: c.refused.Load(),
		Fenced: c.fenced.Load(), TakenOver: c.takenOver.Load(), Live: live, Queued: e.queue.len(), Busy: int(c.busy.Load()),
	}
}
