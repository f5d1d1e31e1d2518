package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// Orders are how orders are placed and approved.
type Orders struct {
	Start           func(ctx context.Context, n int64) (workflow.ExecutionInfo, error)
	StartAboveLimit func(ctx context.Context, n int64) (workflow.ExecutionInfo, error)
	// Approve prepares the approval of an order; nil while nobody has been asked yet.
	Approve func(ctx context.Context, order workflow.ExecutionInfo) (approve func(context.Context) error, err error)
}

// NoOpFunction is what the no-op state machine calls.
const NoOpFunction = "NoOp"

// NoOp answers with what it was given.
func NoOp(_ context.Context, call workflow.Call) (workflow.Result, error) {
	return workflow.Result{Output: call.Payload}, nil
}

const noOpMachine = "SevenNoOps"

func noOpDefinition() []byte {
	states := map[string]any{}
	for n := 1; n <= 7; n++ {
		state := map[string]any{"Type": "Task", "Resource": workflow.FunctionARN(NoOpFunction)}
		if n < 7 {
			state["Next"] = fmt.Sprint("Task", n+1)
		} else {
			state["End"] = true
		}
		states[fmt.Sprint("Task", n)] = state
	}
	text, err := json.Marshal(map[string]any{"StartAt": "Task1", "States": states})
	if err != nil {
		panic(err) // texts and truths always encode
	}
	return text
}

// Report measures everything: first latencies on the idle system, then throughput.
func (b *Bench) Report(ctx context.Context, orders Orders) (Report, error) {
	if _, err := b.Engine.Store.PutDefinition(ctx, noOpMachine, noOpDefinition()); err != nil {
		return Report{}, err
	}
	order := Scenario{Name: "order", Start: orders.Start}
	noOps := Scenario{Name: "seven no-ops", Start: func(ctx context.Context, n int64) (workflow.ExecutionInfo, error) {
		return b.Engine.StartExecution(ctx, engine.StartRequest{StateMachine: noOpMachine, Name: fmt.Sprint("no-ops-", n), Input: json.RawMessage(`{"n":1}`)})
	}}
	var r Report
	for _, measure := range []func() error{
		func() (err error) { r.NoOp, err = b.StartToFinish(ctx, noOps); return },
		func() (err error) { r.StartToFinish, err = b.StartToFinish(ctx, order); return },
		func() (err error) { r.ApproveToNextState, err = b.Answer(ctx, orders.approval(b)); return },
		func() (err error) { r.NoOps, err = b.Throughput(ctx, noOps); return },
		func() (err error) { r.Order, err = b.Throughput(ctx, order); return },
	} {
		if err := measure(); err != nil {
			return Report{}, err
		}
	}
	r.TransitionsPerSecond, r.ExecutionsPerSecond = r.Order.Transitions, r.Order.Executions
	r.Describe("in_flight", b.InFlight, "warm_up", b.WarmUp.String(), "duration", b.Duration.String(), "samples", b.Samples,
		"processors", runtime.GOMAXPROCS(0), "go", runtime.Version(), "platform", runtime.GOOS+"/"+runtime.GOARCH)
	r.measureMemory()
	return r, nil
}

// approval brings an order to its approval.
func (o Orders) approval(b *Bench) func(context.Context, int64) (func(context.Context) error, error) {
	return func(ctx context.Context, n int64) (func(context.Context) error, error) {
		order, err := o.StartAboveLimit(ctx, n)
		if err != nil {
			return nil, err
		}
		approve, err := b.until(ctx, func() (func(context.Context) error, error) { return o.Approve(ctx, order) })
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error { return approve(ctx) }, nil
	}
}

// until asks again and again until there is an answer.
func (b *Bench) until(ctx context.Context, ask func() (func(context.Context) error, error)) (func(context.Context) error, error) {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		answer, err := ask()
		if err != nil || answer != nil {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
	}
}

// Describe notes settings, as pairs of key and value.
func (r *Report) Describe(pairs ...any) {
	if r.Settings == nil {
		r.Settings = map[string]any{}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Settings[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
}

// MeasureFile notes the size of a file.
func (r *Report) MeasureFile(name, path string) {
	if info, err := os.Stat(path); err == nil {
		r.measured(name, float64(info.Size()))
	}
}

func (r *Report) measureMemory() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.measured("memory_from_system_bytes", float64(m.Sys))
}

func (r *Report) measured(name string, value float64) {
	if r.Process == nil {
		r.Process = map[string]float64{}
	}
	r.Process[name] = value
}
