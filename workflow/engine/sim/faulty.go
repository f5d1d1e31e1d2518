package sim

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// ErrInjected is the failure that the simulation reports.
var ErrInjected = errors.New("sim: the store failed")

// errDead answers a process that was killed: nothing it still does takes effect.
var errDead = errors.New("sim: this process is dead")

// Faulty is a store as one process sees it: calls fail with a probability, before or
// after they took effect, and once the process was killed nothing takes effect.
type Faulty struct {
	engine.Store
	mu   sync.Mutex
	rng  *rand.Rand
	rate float64 // of failing calls
	dead bool

	Failures int
}

// NewFaulty wraps a store for one process.
func NewFaulty(s engine.Store, seed uint64, rate float64) *Faulty {
	return &Faulty{Store: s, rng: rand.New(rand.NewPCG(seed, 1)), rate: rate}
}

// Kill is kill -9 of the process that uses the store.
func (f *Faulty) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}

type fault int

const (
	none fault = iota
	before
	after
)

func (f *Faulty) draw() (fault, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.dead:
		return before, errDead
	case f.rng.Float64() >= f.rate:
		return none, nil
	}
	f.Failures++
	if f.rng.IntN(2) == 0 {
		return before, ErrInjected
	}
	return after, ErrInjected
}

// Commit fails without effect, or with effect but reported as failed, or works.
func (f *Faulty) Commit(ctx context.Context, c *workflow.Commit) error {
	fault, injected := f.draw()
	if fault == before {
		return injected
	}
	if err := f.Store.Commit(ctx, c); err != nil {
		return err
	}
	return injected
}

// Claim fails like Commit.
func (f *Faulty) Claim(ctx context.Context, owner string, now, until time.Time, limit int) ([]workflow.Row, error) {
	fault, injected := f.draw()
	if fault == before {
		return nil, injected
	}
	rows, err := f.Store.Claim(ctx, owner, now, until, limit)
	if injected != nil {
		return nil, injected
	}
	return rows, err
}

// Renew fails like Commit.
func (f *Faulty) Renew(ctx context.Context, owner string, ids []workflow.ExecutionID, until time.Time) ([]workflow.ExecutionID, error) {
	fault, injected := f.draw()
	if fault == before {
		return nil, injected
	}
	lost, err := f.Store.Renew(ctx, owner, ids, until)
	if injected != nil {
		return nil, injected
	}
	return lost, err
}

// Load fails without effect.
func (f *Faulty) Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error) {
	if _, injected := f.draw(); injected != nil {
		return workflow.Row{}, injected
	}
	return f.Store.Load(ctx, id)
}
