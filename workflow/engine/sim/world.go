package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// Scenario is what a world is about.
type Scenario interface {
	// Definitions are the state machines, by name.
	Definitions(*Chance) map[string]string
	// Equip gives a process what it needs besides a store and a clock.
	Equip(*World, *Process, *engine.Options)
	// Act has somebody outside do something.
	Act(context.Context, *World)
	// Settle has everybody outside do what an execution may wait for.
	Settle(context.Context, *World)
	// Check says what of the scenario's own is not as it should be. With closed, every
	// execution has come to its end.
	Check(w *World, closed bool, wrong func(string, ...any))
}

// World is one simulated installation.
type World struct {
	*Chance
	Store Ground

	setting   Setting
	turns     *turns // nil: not in virtual time
	trace     *trace
	scenario  Scenario
	witness   *witness
	processes []*Process // alive
	booted    int
	ahead     atomic.Int64 // of all clocks
	calm      atomic.Bool  // nothing fails any more

	mu       sync.Mutex                    // guards the rest
	started  map[string]bool               // acknowledged starts, by machine/name
	aborted  map[workflow.ExecutionID]bool // acknowledged stops that nobody tried to redrive
	redriven map[workflow.ExecutionID]int  // acknowledged redrives
	ghosts   int                           // that have taken a lease
	calls    map[string]bool               // outside party: idempotency keys it has performed
}

// NewWorld makes a world with nothing going on yet.
func NewWorld(ctx context.Context, seed uint64, s Scenario, in Setting) (*World, error) {
	w := &World{
		Chance: NewChance(seed), Store: in.Ground(), setting: in, trace: in.trace, scenario: s,
		started: map[string]bool{}, aborted: map[workflow.ExecutionID]bool{}, redriven: map[workflow.ExecutionID]int{},
		calls: map[string]bool{},
	}
	w.ahead.Store(int64(in.Ahead))
	w.witness = newWitness(w)
	if in.Virtual {
		w.turns = newTurns(w.Chance, w.trace)
	}
	for name, definition := range s.Definitions(w.Chance) {
		if _, err := w.Store.PutDefinition(ctx, name, []byte(definition)); err != nil {
			return nil, err
		}
		if err := w.witness.knows(name, definition); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Run lives through a world of a scenario in virtual time and says what was not as promised.
func Run(ctx context.Context, seed uint64, s Scenario) []string {
	return RunIn(ctx, seed, s, virtual())
}

// Trace lives through a world as Run does and writes down all that happens in it.
func Trace(ctx context.Context, seed uint64, s Scenario, to io.Writer) []string {
	in := virtual()
	in.trace = &trace{out: to}
	return RunIn(ctx, seed, s, in)
}

// RunIn lives through a world of a scenario.
func RunIn(ctx context.Context, seed uint64, s Scenario, in Setting) []string {
	w, err := NewWorld(ctx, seed, s, in)
	if err != nil {
		return []string{err.Error()}
	}
	if w.turns != nil {
		go w.turns.run()
		defer w.turns.end()
	}
	for range 1 + w.Draw(3, "ages") {
		if err := w.Boot(ctx, min(1+w.Draw(3, "processes"), in.Processes), []int{0, 30, 100, 300}[w.Draw(4, "rate")]); err != nil {
			return []string{err.Error()}
		}
		if err := w.age(ctx); err != nil {
			return []string{err.Error()}
		}
		w.quiet()
		if wrong := w.Check(ctx, false); len(wrong) > 0 {
			return wrong
		}
	}
	return w.end(ctx)
}

// age lasts until there is no process left.
func (w *World) age(ctx context.Context) error {
	for w.Alive() > 0 {
		for range w.Draw(16, "acts") {
			w.turns.take("disturb")
			w.disturb()
			w.turns.take("act")
			w.scenario.Act(ctx, w)
			w.Pass(time.Duration(w.Draw(4000, "pause")) * time.Millisecond)
			if w.reap(); w.Alive() == 0 {
				return nil
			}
		}
		w.turns.take("end")
		w.witness.delayed()
		switch w.Draw(3, "end") {
		case 0:
			w.kill()
		case 1: // a store that fails may keep the leases from being given back
			if err := w.drain(ctx); err != nil && !errors.Is(err, ErrInjected) && !errors.Is(err, errDead) && !w.setting.unsure(err) {
				return err
			}
		default:
			w.processes[0].Store.DieAfter(w.Draw(30, "calls left"))
		}
	}
	return nil
}

// disturb lets something happen to a process.
func (w *World) disturb() {
	p := w.anyProcess()
	switch w.Draw(30, "disturb") {
	case 0:
		w.witness.delayed()
		p.clock.jump([]time.Duration{-time.Hour, -20 * time.Second, -time.Second, time.Second, 40 * time.Second, time.Hour}[w.Draw(6, "jump")])
	case 1:
		if p.Store.rate > 0 {
			p.Store.CutOff(w.Span(time.Duration(w.Draw(40, "cut")) * time.Second))
		}
	case 2:
		w.witness.delayed()
		p.Store.Stall(w.Span(time.Duration(w.Draw(90, "stall")) * time.Second))
	case 3, 4:
		if w.setting.Sever != nil && p.Store.rate > 0 {
			w.setting.Sever()
		}
	}
}

// Now is what the time is, by a clock that is right.
func (w *World) Now() time.Time { return w.witness.now() }

// Turn waits until it is the turn of somebody outside to do something.
func (w *World) Turn(about string) { w.turns.take(about) }

// Calm says that the world is at its end and nothing fails any more.
func (w *World) Calm() bool { return w.calm.Load() }

// patience is how many steps towards the end a world takes.
const patience = 3000

// end boots one last process, whose store works, and lets everything come to its end: the
// clock jumps to whatever is due next.
func (w *World) end(ctx context.Context) []string {
	w.witness.delayed()
	w.calm.Store(true)
	if err := w.Boot(ctx, 1, 0); err != nil {
		return []string{err.Error()}
	}
	w.checkOrphans()
	p := w.processes[0]
	for range patience {
		if !w.open() {
			break
		}
		seen := w.witness.commits()
		w.turns.take("settle")
		w.scenario.Settle(ctx, w)
		w.wait(p.Engine.Poll)
		if w.witness.commits() == seen { // nothing happens of itself
			w.jumpToDue(p)
		}
	}
	w.Pass(time.Minute)
	w.quiet()
	wrong := w.Check(ctx, true)
	if err := w.drain(ctx); err != nil {
		wrong = append(wrong, err.Error())
	}
	w.quiet()
	return wrong
}

// open says whether anything is left to be done.
func (w *World) open() bool {
	for _, row := range w.Store.All() {
		if !row.Status.Closed() || !row.DueAt.IsZero() {
			return true
		}
	}
	return false
}

// jumpToDue sets all clocks on to the earliest timer.
func (w *World) jumpToDue(p *Process) {
	var next time.Time
	for _, row := range w.Store.All() {
		if !row.DueAt.IsZero() && row.Owner != p.name && (next.IsZero() || row.DueAt.Before(next)) {
			next = row.DueAt
		}
	}
	if ahead := next.Sub(p.clock.now()); !next.IsZero() && ahead > 0 {
		w.ahead.Add(int64(ahead))
	}
}

// Start starts an execution, and remembers it when that was acknowledged.
func (w *World) Start(ctx context.Context, r engine.StartRequest) (workflow.ExecutionInfo, error) {
	info, err := w.Any().StartExecution(ctx, r)
	if err == nil || errors.Is(err, workflow.ErrExists) {
		w.mu.Lock()
		w.started[r.StateMachine+"/"+r.Name] = true
		w.mu.Unlock()
	}
	return info, err
}

// Stop aborts an execution.
func (w *World) Stop(ctx context.Context, id workflow.ExecutionID) {
	ctx, cancel := context.WithTimeout(ctx, w.Span(20*time.Second))
	defer cancel()
	switch err := w.Any().StopExecution(ctx, id, "Stopped", "by the simulation"); {
	case err == nil:
		w.mu.Lock()
		w.aborted[id] = true
		w.mu.Unlock()
	case errors.Is(err, context.DeadlineExceeded):
		w.witness.blame("a stop has waited: %v", err)
	}
}

// Redrive lets an execution that was stopped or has failed go on.
func (w *World) Redrive(ctx context.Context, id workflow.ExecutionID) {
	ctx, cancel := context.WithTimeout(ctx, w.Span(20*time.Second))
	defer cancel()
	err := w.Any().Redrive(ctx, id)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !errors.Is(err, workflow.ErrNotRedrivable) {
		delete(w.aborted, id) // also when the outcome is unknown
	}
	if err == nil {
		w.redriven[id]++
	}
}

// Perform is an outside party that honours idempotency keys. It does nothing for a process
// that is dead.
func (w *World) Perform(p *Process, key string) error {
	if p.Store.Dead() {
		return fmt.Errorf("outside: %w", errDead)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[key] = true
	return nil
}
