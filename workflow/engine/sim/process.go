package sim

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// Process is an engine, the clock it goes by, and the store as it sees it.
type Process struct {
	Store  *Faulty
	Engine *engine.Engine
	clock  *clock
	name   string
	leave  func() // the store, when it has ended
}

// Now is what the process takes the time to be.
func (p *Process) Now() time.Time { return p.clock.now() }

// Boot starts processes that share the store; those before must be dead or drained.
func (w *World) Boot(ctx context.Context, processes, rate int) error {
	w.witness.alone = processes == 1 // nobody commits just now
	for range processes {
		if err := w.boot(ctx, processes == 1, rate); err != nil {
			return err
		}
	}
	return nil
}

// boot starts a process again and again, as a supervisor does, until it is up.
func (w *World) boot(ctx context.Context, alone bool, rate int) (err error) {
	for range 100 {
		var p *Process
		if p, err = w.process(alone, rate); err != nil {
			continue
		}
		if err = p.Engine.Run(ctx); err != nil {
			p.leave()
		} else {
			w.processes = append(w.processes, p)
			if alone {
				w.checkLeases(p, "it has left the leases of the dead for later", func(row workflow.Row) bool {
					return row.Owner != "" && row.Owner != p.name && row.DueAt.After(p.Now())
				})
			}
			return nil
		}
	}
	return fmt.Errorf("the process does not start: %w", err)
}

func (w *World) process(alone bool, rate int) (*Process, error) {
	depot, leave, err := w.setting.Join()
	if err != nil {
		return nil, err
	}
	w.Store = w.setting.Ground()
	w.booted++
	p := &Process{name: fmt.Sprintf("p%d ", w.booted), clock: &clock{world: &w.ahead}, leave: leave}
	draw := func(what string, values ...int) int { return values[w.Chance.Draw(len(values), p.name+what)] }
	p.clock.jump(time.Duration(draw("skew", 0, 0, 0, -1, 1, 700)) * time.Second)
	if alone {
		p.clock.own.Store(0)
	}
	watched := watched{depot, w.witness}
	p.Store = &Faulty{Store: watched, MapRuns: watched, name: p.name, chance: w.Chance, rate: rate, calls: -1, now: p.clock.now,
		blame: w.witness.blame, turns: w.turns}
	p.Store.seize = func(id workflow.ExecutionID) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ghosts++ // each is somebody else
		w.Store.Seize(id, fmt.Sprint("ghost ", w.ghosts), p.clock.now().Add(w.Span(time.Duration(1+w.Chance.Draw(8, p.name+"ghost"))*time.Second)))
	}
	o := engine.Options{
		Store: p.Store, MapRuns: p.Store, Now: p.clock.now, Owner: p.name, Workers: 4, Exclusive: alone,
		Lease:   w.Span(time.Duration(draw("lease", 5, 10, 30)) * time.Second),
		Poll:    w.Span(time.Duration(draw("poll", 300, 700, 1500)) * time.Millisecond),
		Backlog: draw("backlog", 2, 20, 20_000),
		Around:  w.oneAtATime(p),
		Rand:    &randomness{w.Chance, p.name + "random"},
	}
	if !w.setting.Virtual || p.clock.own.Load() != 0 || rate > 0 || o.Backlog < 1000 {
		w.witness.delayed()
	}
	w.scenario.Equip(w, p, &o)
	for name, function := range o.Functions {
		o.Functions[name] = w.inTurn(p, function)
	}
	p.Engine = engine.New(o)
	return p, nil
}

// oneAtATime has what a process's pools are given begin when it is its turn.
func (w *World) oneAtATime(p *Process) func(work func()) func() {
	var given atomic.Int64
	return func(work func()) func() {
		about := fmt.Sprint(p.name, "work ", given.Add(1))
		return func() {
			w.turns.take(about)
			work()
		}
	}
}

// inTurn has a function begin, and answer, when it is its turn.
func (w *World) inTurn(p *Process, function workflow.Handler) workflow.Handler {
	return func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		about := fmt.Sprint(p.name, "call ", call.IdempotencyKey, " ", call.Attempt)
		w.turns.take(about)
		result, err := function(ctx, call)
		w.turns.take(about)
		return result, err
	}
}

// Alive is how many processes there are.
func (w *World) Alive() int { return len(w.processes) }

// Any is the process that a request from outside comes to.
func (w *World) Any() *engine.Engine { return w.anyProcess().Engine }

func (w *World) anyProcess() *Process {
	w.turns.take("any process")
	return w.processes[w.Chance.Draw(len(w.processes), "any process")]
}

// kill ends the first process without a chance to tidy up.
func (w *World) kill() {
	p := w.processes[0]
	w.processes = w.processes[1:]
	p.bury()
}

// bury has the goroutines of a process end that was killed; what they still do takes no effect.
func (p *Process) bury() {
	p.Store.Kill()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_ = p.Engine.Drain(ended)
	p.leave()
}

// reap buries the processes that have died by themselves.
func (w *World) reap() {
	rest := w.processes[:0:0]
	for _, p := range w.processes {
		if p.Store.Dead() {
			p.bury()
			continue
		}
		rest = append(rest, p)
	}
	w.processes = rest
}

// drain ends the first process in order.
func (w *World) drain(ctx context.Context) error {
	p := w.processes[0]
	w.processes = w.processes[1:]
	err := p.Engine.Drain(ctx)
	defer p.leave()
	// With a store that fails it may have claimed what it was not told of, and a lease that it
	// could not give up lapses by itself.
	if err == nil && p.Store.reliable() {
		w.checkLeases(p, "it has ended in order and keeps leases", func(row workflow.Row) bool {
			return row.Owner == p.name && row.DueAt.After(p.Now().Add(soon))
		})
	}
	return err
}

// soon is when what could not be seen to is looked at again.
const soon = 5 * time.Second

// checkLeases looks for a lease that should not be there.
func (w *World) checkLeases(p *Process, what string, wrong func(workflow.Row) bool) {
	for _, row := range w.Store.All() {
		if wrong(row) {
			w.witness.blame("%s: %s: %s (%s), of %q for %v", p.name, what, row.Name, row.Status, row.Owner, row.DueAt.Sub(p.Now()))
		}
	}
}
