package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// ErrInjected is the failure that the simulation reports.
var ErrInjected = errors.New("sim: the store failed")

// errDead answers a process that was killed: nothing it still does takes effect.
var errDead = errors.New("sim: this process is dead")

// Faulty is the store as one process sees it: calls fail with a probability, before or
// after they took effect; for a while all do; after some call the process is dead, and
// then nothing takes effect any more.
type Faulty struct {
	engine.Store
	engine.MapRuns
	name   string // of the process
	chance *Chance
	rate   int // of failing calls, in a thousand
	seize  func(workflow.ExecutionID)
	now    func() time.Time
	blame  func(format string, args ...any)
	turns  *turns

	mu     sync.Mutex // guards the rest
	dead   bool
	calls  int       // left before the process dies; none when negative
	cutOff time.Time // until then every call fails
	idle   time.Time // until then no lease is renewed
}

// NewFaulty is a store that works until its process is killed.
func NewFaulty(s engine.Store) *Faulty { return &Faulty{Store: s, chance: NewChance(0), calls: -1} }

// Dead says whether the process was killed.
func (f *Faulty) Dead() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dead
}

// Kill is kill -9 of the process that uses the store.
func (f *Faulty) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
}

// DieAfter kills the process in the middle of a call, after so many others.
func (f *Faulty) DieAfter(calls int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = calls
}

// CutOff makes every call fail for a while, without effect.
func (f *Faulty) CutOff(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cutOff = time.Now().Add(d)
}

// Stall keeps leases from being renewed for a while, as when a process is so busy that
// its clock goes on without it.
func (f *Faulty) Stall(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = time.Now().Add(d)
}

// reliable says that no call has failed but for the process's death.
func (f *Faulty) reliable() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rate == 0 && f.idle.IsZero() && f.cutOff.IsZero()
}

type moment int

const (
	never moment = iota
	before
	after
)

// fails says whether a call fails, and how.
func (f *Faulty) fails(op string) (moment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	when := func() moment { return before + moment(f.chance.Draw(2, f.name+op+" when")) }
	switch {
	case f.dead:
		return before, errDead
	case f.calls == 0:
		f.dead = true
		return when(), errDead
	case time.Now().Before(f.cutOff), op == "renew" && time.Now().Before(f.idle):
		return before, ErrInjected
	}
	f.calls = max(f.calls-1, -1)
	if f.rate == 0 || f.chance.Draw(1000, f.name+op) >= f.rate {
		return never, nil
	}
	return when(), ErrInjected
}

// attempt makes a call that may fail, when it is its turn.
func attempt[T any](f *Faulty, op string, about any, call func() (T, error)) (v T, err error) {
	f.turn(op, about)
	when, injected := f.fails(op)
	if when == before {
		return v, injected
	}
	v, err = call()
	if when == after && err == nil {
		var none T
		return none, injected
	}
	return v, err
}

// turn waits until it is the turn of a call about something.
func (f *Faulty) turn(op string, about any) {
	if f.turns != nil {
		f.turns.take(fmt.Sprint(f.name, op, " ", about))
	}
}

// nothing makes a call without a result one that has one.
func nothing(err error) (struct{}, error) { return struct{}{}, err }

// Commit fails, or finds that somebody has taken the lease at this very moment.
func (f *Faulty) Commit(ctx context.Context, c *workflow.Commit) error {
	f.turn("before commit", c.Info.ID)
	if c.Expect > 0 && f.rate > 0 && f.chance.Draw(100, f.name+" seize") == 0 {
		f.seize(c.Info.ID)
	}
	_, err := attempt(f, "commit", c.Info.ID, func() (struct{}, error) { return nothing(f.commit(ctx, c)) })
	return err
}

func (f *Faulty) Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error) {
	return attempt(f, "load", id, func() (workflow.Row, error) { return f.Store.Load(ctx, id) })
}

func (f *Faulty) Claim(ctx context.Context, owner string, now, until time.Time, limit int) ([]workflow.Row, error) {
	return attempt(f, "claim", owner, func() ([]workflow.Row, error) { return f.Store.Claim(ctx, owner, now, until, limit) })
}

func (f *Faulty) Renew(ctx context.Context, owner string, ids []workflow.ExecutionID, until time.Time) ([]workflow.ExecutionID, error) {
	return attempt(f, "renew", ids, func() ([]workflow.ExecutionID, error) { return f.Store.Renew(ctx, owner, ids, until) })
}

func (f *Faulty) GiveBack(ctx context.Context, owner string, ids []workflow.ExecutionID, now time.Time) error {
	_, err := attempt(f, "give back", ids, func() (struct{}, error) { return nothing(f.Store.GiveBack(ctx, owner, ids, now)) })
	return err
}

// Hear misses what is told while the process is cut off, and now and then the connection that it
// hears by is lost; when there is one again, it is told that anything may have changed.
func (f *Faulty) Hear(tell func([]workflow.ExecutionID)) (stop func()) {
	return f.Store.Hear(func(ids []workflow.ExecutionID) {
		f.mu.Lock()
		defer f.mu.Unlock()
		missed := f.rate > 0 && f.chance.Draw(100, f.name+"hear") < 30
		switch now := time.Now(); {
		case f.dead:
		case missed, now.Before(f.cutOff):
			time.AfterFunc(max(f.cutOff.Sub(now), 0)+deaf, func() { tell(nil) })
		default:
			tell(ids)
		}
	})
}

// deaf is how long a process hears nothing after its connection was lost.
const deaf = time.Second

func (f *Faulty) Abandon(ctx context.Context, owner string, now time.Time) (int64, error) {
	return attempt(f, "abandon", owner, func() (int64, error) { return f.Store.Abandon(ctx, owner, now) })
}

func (f *Faulty) NextDue(ctx context.Context) (time.Time, bool, error) {
	var ok bool
	at, err := attempt(f, "due", "", func() (at time.Time, err error) {
		at, ok, err = f.Store.NextDue(ctx)
		return at, err
	})
	return at, ok, err
}

func (f *Faulty) Find(ctx context.Context, machine, name string) (workflow.ExecutionInfo, error) {
	return attempt(f, "find", name, func() (workflow.ExecutionInfo, error) { return f.Store.Find(ctx, machine, name) })
}

func (f *Faulty) FindChild(ctx context.Context, p workflow.Parent) (workflow.ExecutionInfo, error) {
	return attempt(f, "child", p, func() (workflow.ExecutionInfo, error) { return f.Store.FindChild(ctx, p) })
}

func (f *Faulty) Offers(ctx context.Context, activity workflow.ARN, limit int) ([]workflow.Offer, error) {
	return attempt(f, "offers", activity, func() ([]workflow.Offer, error) { return f.Store.Offers(ctx, activity, limit) })
}

func (f *Faulty) Resolve(ctx context.Context, arn workflow.ARN, roll float64) (workflow.Deployment, error) {
	return attempt(f, "resolve", fmt.Sprint(arn, roll), func() (workflow.Deployment, error) { return f.Store.Resolve(ctx, arn, roll) })
}

// commit also finds out who commits what a ghost holds: only what comes from outside may, beside it.
// A process may renew a lease that had ended when somebody else looked; then whoever commits first has it.
func (f *Faulty) commit(ctx context.Context, c *workflow.Commit) error {
	if !strings.HasPrefix(c.Holder, "ghost") {
		return f.Store.Commit(ctx, c)
	}
	held, _ := f.Store.Load(ctx, c.Info.ID)
	err := f.Store.Commit(ctx, c)
	leaves := c.Beside && (c.Owner == c.Holder || c.Owner == "" || c.Info.Status.Closed())
	if err == nil && held.DueAt.After(f.now()) && (!leaves || answersCall(c)) {
		f.blame("%s has committed %s, which %q holds until %v, for %q", f.name, c.Info.Name, c.Holder, held.DueAt, c.Owner)
	}
	return err
}

// answersCall says that a commit holds the answer of a function, or of a service.
func answersCall(c *workflow.Commit) bool {
	return slices.ContainsFunc(c.Events, func(e workflow.HistoryEvent) bool {
		return e.Type == workflow.EventLambdaFunctionSucceeded || e.Type == workflow.EventLambdaFunctionFailed
	})
}
