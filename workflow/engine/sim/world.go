package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// MachineName is the state machine that every world uses.
const MachineName = "Simulated"

// Definition has one of everything that waits: calls, retries, a timer, a token with
// a deadline, a catch, and two tasks with effects.
const Definition = `{
  "StartAt": "Reserve",
  "States": {
    "Reserve": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Reserve", "TimeoutSeconds": 60,
      "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 1.5}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}], "Next": "Rest"},
    "Rest": {"Type": "Wait", "Seconds": 3, "Next": "Ask"},
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 600,
      "Parameters": {"FunctionName": "Ask", "Payload": {"token.$": "$$.Task.Token"}},
      "Retry": [{"ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1, "MaxAttempts": 8}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}], "Next": "Ship"},
    "Ship": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Ship", "TimeoutSeconds": 60,
      "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 10}], "End": true},
    "Undo": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Undo", "TimeoutSeconds": 60,
      "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 10}], "Next": "Undone"},
    "Undone": {"Type": "Fail", "Error": "Undone", "Cause": "It was undone."}
  }
}`

// World is one simulated installation.
type World struct {
	Seed  uint64
	Store *storetest.Memory

	rng       *rand.Rand
	processes []process // alive

	mu       sync.Mutex
	tokens   map[string]workflow.TaskToken // by execution name, the latest asked with
	calls    map[string]int                // outside party: idempotency key → times performed
	started  map[string]bool               // acknowledged starts
	answered map[string]bool               // acknowledged answers
	ended    map[workflow.ExecutionID]bool // acknowledged stops that nobody tried to redrive
	taken    map[workflow.TaskToken]int    // by workers: how often each task
	packing  []workflow.TaskToken          // tasks that workers have, or had
}

// process is an engine and the store as that engine sees it.
type process struct {
	store  *Faulty
	engine *engine.Engine
}

// NewWorld makes a world with nothing going on yet.
func NewWorld(ctx context.Context, seed uint64) (*World, error) {
	w := &World{
		Seed: seed, Store: storetest.NewMemory(), rng: rand.New(rand.NewPCG(seed, 0)),
		tokens: map[string]workflow.TaskToken{}, calls: map[string]int{},
		started: map[string]bool{}, answered: map[string]bool{}, ended: map[workflow.ExecutionID]bool{},
		taken: map[workflow.TaskToken]int{},
	}
	for name, definition := range map[string]string{MachineName: Definition, FamilyName: Family, ChildName: Child} {
		if _, err := w.Store.PutDefinition(ctx, name, []byte(definition)); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// machineOf says which state machine an execution is of, by its name.
func machineOf(name string) string {
	if strings.HasPrefix(name, "family") {
		return FamilyName
	}
	return MachineName
}

// Boot starts processes that share the store; those before must be dead or drained.
func (w *World) Boot(ctx context.Context, processes int, faultRate float64) error {
	w.processes = nil
	for range processes {
		p := w.process(faultRate, processes == 1)
		w.processes = append(w.processes, p)
		if err := p.engine.Run(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) process(faultRate float64, alone bool) process {
	store := NewFaulty(w.Store, w.rng.Uint64(), faultRate)
	rng := rand.New(rand.NewPCG(w.rng.Uint64(), 2))
	var mu sync.Mutex
	draw := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return rng.IntN(n)
	}
	return process{store, engine.New(engine.Options{
		Store: store, Now: now, Workers: 4, Lease: 30 * time.Second, Poll: 500 * time.Millisecond, Exclusive: alone,
		Functions: map[string]workflow.Handler{
			"Reserve": w.function(draw), "Ask": w.ask(draw), "Ship": w.function(draw), "Undo": w.function(draw),
			"Do": w.do(draw),
		},
	})}
}

// now is virtual time, which begins in 2000, in years that executions' ids are made for.
func now() time.Time { return time.Now().AddDate(26, 0, 0) }

// Alive is how many processes there are.
func (w *World) Alive() int { return len(w.processes) }

// any is the process that a request from outside comes to.
func (w *World) any() *engine.Engine { return w.processes[w.rng.IntN(len(w.processes))].engine }

// Kill ends the first process without a chance to tidy up.
func (w *World) Kill() {
	p := w.processes[0]
	w.processes = w.processes[1:]
	p.store.Kill()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_ = p.engine.Drain(ended) // its goroutines end; its commits no longer take effect
}

// Drain ends the first process in order.
func (w *World) Drain(ctx context.Context) error {
	p := w.processes[0]
	w.processes = w.processes[1:]
	return p.engine.Drain(ctx)
}

// Pass lets virtual time go by.
func (w *World) Pass(d time.Duration) { time.Sleep(d) }

// function performs an outside effect under the idempotency key and then fails, is
// slow, or answers with a local effect.
func (w *World) function(draw func(int) int) workflow.Handler {
	return func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		w.mu.Lock()
		w.calls[call.IdempotencyKey]++
		w.mu.Unlock()
		switch draw(6) {
		case 0:
			return workflow.Result{}, workflow.Failf("Unavailable", "try again")
		case 1:
			select { // longer than the timeout now and then
			case <-time.After(time.Duration(draw(90)) * time.Second):
			case <-ctx.Done():
				return workflow.Result{}, ctx.Err()
			}
		}
		effect := storetest.Mark(fmt.Sprintf("%s/%s", call.Execution.Name, call.State))
		return workflow.Result{Output: json.RawMessage(`{"ok":true}`), Effects: []workflow.Effect{effect}}, nil
	}
}

func (w *World) ask(draw func(int) int) workflow.Handler {
	return func(_ context.Context, call workflow.Call) (workflow.Result, error) {
		if draw(5) == 0 {
			return workflow.Result{}, errors.New("no connection")
		}
		w.mu.Lock()
		w.tokens[call.Execution.Name] = call.Token
		w.mu.Unlock()
		return workflow.Result{}, nil
	}
}

// Start starts an execution, and remembers it when that was acknowledged.
func (w *World) Start(ctx context.Context, name string) {
	_, err := w.any().StartExecution(ctx, engine.StartRequest{StateMachine: MachineName, Name: name, Input: json.RawMessage(`{}`),
		Effects: func(workflow.ExecutionID) []workflow.Effect {
			return []workflow.Effect{storetest.Mark("start/" + name)}
		}})
	if err == nil || errors.Is(err, workflow.ErrExists) {
		w.mu.Lock()
		w.started[name] = true
		w.mu.Unlock()
	}
}

// Answer answers the question of an execution that has asked one: mostly yes.
func (w *World) Answer(ctx context.Context, name string) {
	w.mu.Lock()
	token := w.tokens[name]
	w.mu.Unlock()
	if token == "" {
		return
	}
	var err error
	if e := w.any(); w.rng.IntN(4) == 0 {
		err = e.FailTask(ctx, token, "Refused", "no", storetest.Mark("answer/"+name))
	} else {
		err = e.SucceedTask(ctx, token, json.RawMessage(`"yes"`), storetest.Mark("answer/"+name))
	}
	if err == nil {
		w.mu.Lock()
		w.answered[name] = true
		w.mu.Unlock()
	}
}

// Stop aborts an execution.
func (w *World) Stop(ctx context.Context, name string) {
	info, err := w.Store.Find(ctx, machineOf(name), name)
	if err != nil {
		return
	}
	if w.any().StopExecution(ctx, info.ID, "Stopped", "by the simulation") == nil {
		w.mu.Lock()
		w.ended[info.ID] = true
		w.mu.Unlock()
	}
}

// Redrive lets an execution that was stopped or failed go on.
func (w *World) Redrive(ctx context.Context, name string) {
	info, err := w.Store.Find(ctx, machineOf(name), name)
	if err != nil {
		return
	}
	if err := w.any().Redrive(ctx, info.ID); !errors.Is(err, workflow.ErrNotRedrivable) {
		w.mu.Lock()
		delete(w.ended, info.ID) // also when the outcome is unknown
		w.mu.Unlock()
	}
}

// Heartbeat is sent for a question that may have been answered.
func (w *World) Heartbeat(ctx context.Context, name string) {
	w.mu.Lock()
	token := w.tokens[name]
	w.mu.Unlock()
	if token != "" {
		_ = w.any().HeartbeatTask(ctx, token) // too late is no matter
	}
}
