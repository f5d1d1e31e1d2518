package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// forgetful is a store that commits what it is asked to and says that it has not, once.
type forgetful struct {
	*storetest.Memory
	mu      sync.Mutex                  // guards the rest
	forgets func(*workflow.Commit) bool // nil: nothing any more
	fails   func(*workflow.Commit) bool // the same, and it has not
}

// once says whether a choice is for this commit; it is made no more than once.
func (s *forgetful) once(choice *func(*workflow.Commit) bool, c *workflow.Commit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	chosen := *choice != nil && (*choice)(c)
	if chosen {
		*choice = nil
	}
	return chosen
}

// failsNext lets the next commit fail.
func (s *forgetful) failsNext() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = func(*workflow.Commit) bool { return true }
}

func (s *forgetful) hasFailed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fails == nil
}

var errStore = errors.New("the store has failed")

func (s *forgetful) Commit(ctx context.Context, c *workflow.Commit) error {
	if s.once(&s.fails, c) {
		return errStore
	}
	err := s.Memory.Commit(ctx, c)
	if s.once(&s.forgets, c) {
		return errStore
	}
	return err
}

// The child was started and nobody heard of it: it is found again, also where its name does
// not count.
func TestAChildThatNobodyHeardOfIsFoundAgain(t *testing.T) {
	for _, name := range []string{"Child", "ExpressChild"} {
		synctest.Test(t, func(t *testing.T) {
			memory := storetest.NewMemory()
			if _, err := memory.PutDefinition(t.Context(), name, []byte(machine(`"W":{"Type":"Wait","Seconds":5,"End":true}`))); err != nil {
				t.Fatal(err)
			}
			store := &forgetful{Memory: memory, forgets: func(c *workflow.Commit) bool { return c.Info.StateMachine == name }}
			i := install(t, memory, machine(`"N":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution","Parameters":{`+
				`"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:`+name+`"},"End":true}`), nil,
				func(o *engine.Options) { o.Store = store })
			defer i.drain()
			parent := i.start("p")
			time.Sleep(time.Second)
			row := i.wantStatus(parent.ID, workflow.Succeeded)
			var told struct{ ExecutionArn workflow.ARN }
			if err := json.Unmarshal(row.Output, &told); err != nil || told.ExecutionArn != i.onlyChild(parent.ID).ARN() {
				t.Errorf("%s: the parent was told of %s, %v", name, row.Output, err)
			}
			time.Sleep(5 * time.Second)
		})
	}
}

// Each attempt has a child of its own, with a name of its own.
func TestARetryStartsAnotherChild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := family(t, machine(`"F":`+lambda("F", `"End":true`)))
		var calls atomic.Int64
		i := install(t, store, machine(`"N":`+nest(".sync", "", `"End":true,"Retry":[{"ErrorEquals":["States.TaskFailed"],"IntervalSeconds":1,"MaxAttempts":2}]`)),
			functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
				if calls.Add(1) < 3 {
					return workflow.Result{}, workflow.Failf("Broken", "for now")
				}
				return workflow.Result{Output: json.RawMessage(`1`)}, nil
			}})
		defer i.drain()
		parent := i.start("p")
		time.Sleep(10 * time.Second)
		i.wantStatus(parent.ID, workflow.Succeeded)
		if n := len(store.Children(parent.ID)); n != 3 {
			t.Errorf("%d children for three attempts", n)
		}
	})
}

// What is offered can be taken while another engine calls a function for the execution.
func TestAWorkerTakesWhatAnotherEngineHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		definition := machine(`"B":{"Type":"Parallel","End":true,"Branches":[` + machine(packState) + `,` + machine(`"A":`+lambda("F", `"End":true`)) + `]}`)
		a := install(t, store, definition, functions{"F": counted(new(atomic.Int64), time.Minute)}, shared)
		held := a.start("held")
		holder := a.row(held.ID).Owner
		b := install(t, store, definition, nil, shared)
		o := b.take("Anna")
		if row := a.row(held.ID); o.Execution != held.ID || row.Owner != holder || holder == "" {
			t.Errorf("took the task of %d; %d was held by %q and is by %q", o.Execution, held.ID, holder, row.Owner)
		}
		if err := b.SucceedTask(t.Context(), o.Token, json.RawMessage(`1`)); err != nil {
			t.Error(err)
		}
		pass(time.Minute)
		a.wantStatus(held.ID, workflow.Succeeded)
		a.drain()
		b.drain()
	})
}

// A timer beside a call in progress fires again when its commit has failed.
func TestATimerThatFailedToFireFiresAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := storetest.NewMemory()
		store := &forgetful{Memory: memory}
		definition := machine(`"B":{"Type":"Parallel","End":true,"Branches":[` + machine(`"W":{"Type":"Wait","Seconds":5,"Next":"P"},"P":{"Type":"Pass","End":true}`) +
			`,` + machine(`"A":`+lambda("F", `"End":true`)) + `]}`)
		i := install(t, memory, definition, functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
			pass(25 * time.Second)
			return workflow.Result{}, nil
		}}, func(o *engine.Options) { o.Store, o.Lease = store, time.Minute })
		defer i.drain()
		info := i.start("x")
		synctest.Wait()
		store.failsNext()
		pass(8 * time.Second)
		if i.row(info.ID); !store.hasFailed() {
			t.Fatal("the timer has not fired at all")
		}
		history, err := memory.History(t.Context(), info.ID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		left := false
		for _, event := range history {
			left = left || event.Type == workflow.EventWaitStateExited
		}
		if !left {
			t.Errorf("3 s after its time the timer has not fired again: %s", i.types(info.ID))
		}
		pass(20 * time.Second)
	})
}

// gated is a store whose engine loses its leases once cut off, and waits in the middle of
// starting a child.
type gated struct {
	*cutOff
	resolving, created chan struct{} // nil: it does not wait
}

func (s *gated) Resolve(ctx context.Context, arn workflow.ARN, roll float64) (workflow.Deployment, error) {
	if s.resolving != nil && arn == workflow.StateMachineARN("Child") {
		<-s.resolving
	}
	return s.Store.Resolve(ctx, arn, roll)
}

func (s *gated) Commit(ctx context.Context, c *workflow.Commit) error {
	err := s.Store.Commit(ctx, c)
	if s.created != nil && c.Info.StateMachine == "Child" && c.Expect == 0 {
		<-s.created
	}
	return err
}

// An engine that has lost its lease while it started a child leaves the child to the engine that
// has taken over and is about to find it.
func TestAChildIsLeftToWhoHasTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := family(t, machine(`"W":{"Type":"Wait","Seconds":60,"End":true}`))
		definition := machine(`"N":` + nest(".sync", "", `"End":true`))
		first := &gated{cutOff: &cutOff{Store: store}, created: make(chan struct{})}
		second := &gated{cutOff: &cutOff{Store: store}, resolving: make(chan struct{})}
		a := install(t, store, definition, nil, shared, func(o *engine.Options) { o.Store = first })
		parent := a.start("p")
		synctest.Wait()
		first.off.Store(true)
		b := install(t, store, definition, nil, shared, func(o *engine.Options) { o.Store = second })
		pass(40 * time.Second) // the lease lapses
		if row := b.row(parent.ID); row.Owner != b.Owner {
			t.Fatalf("the parent is held by %q", row.Owner)
		}
		close(first.created)
		synctest.Wait()
		close(second.resolving)
		pass(time.Minute)
		if child := b.onlyChild(parent.ID); child.Status != workflow.Succeeded {
			t.Errorf("the child is %s: %s", child.Status, child.Cause)
		}
		b.wantStatus(parent.ID, workflow.Succeeded)
		a.drain()
		b.drain()
	})
}
