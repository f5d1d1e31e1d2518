package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// FamilyName is a state machine whose executions have branches, iterations, tasks for
// workers, and executions of ChildName that some wait for and some do not.
const (
	FamilyName = "Family"
	ChildName  = "Child"
)

// Family fails one branch for good now and then, so that the others are aborted.
const Family = `{
  "StartAt": "Both",
  "States": {
    "Both": {"Type": "Parallel", "Next": "Each", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Each"}], "Branches": [
      {"StartAt": "Pack", "States": {
        "Pack": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:Pack",
          "TimeoutSeconds": 60, "HeartbeatSeconds": 20, "End": true,
          "Retry": [{"ErrorEquals": ["States.Timeout", "Clumsy"], "IntervalSeconds": 2, "MaxAttempts": 3}]}}},
      {"StartAt": "Nest", "States": {
        "Nest": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "TimeoutSeconds": 50, "End": true,
          "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child"},
          "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 1}]}}}]},
    "Each": {"Type": "Map", "ItemsPath": "$$.Execution.Input.items", "MaxConcurrency": 2, "Next": "Send", "ItemProcessor": {
      "StartAt": "Do", "States": {
        "Do": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Do", "TimeoutSeconds": 60, "Next": "Call",
          "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 10}]},
        "Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": true,
          "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child", "Input": {"quick": true}},
          "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "So"}]},
        "So": {"Type": "Pass", "End": true}}}},
    "Send": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": true,
      "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child"}}
  }
}`

// Child is what a Family's executions start: one call, a rest, and an end of either kind.
const Child = `{
  "StartAt": "Do",
  "States": {
    "Do": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Do", "TimeoutSeconds": 60, "Next": "How",
      "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 3}]},
    "How": {"Type": "Choice", "Choices": [{"Variable": "$.ok", "BooleanEquals": true, "Next": "Rest"}], "Default": "Lost"},
    "Rest": {"Type": "Wait", "Seconds": 3, "End": true},
    "Lost": {"Type": "Fail", "Error": "Lost"}
  }
}`

// do fails, is slow, or answers well or badly; it has no local effect.
func (w *World) do(draw func(int) int) workflow.Handler {
	return func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
		switch draw(6) {
		case 0:
			return workflow.Result{}, workflow.Failf("Unavailable", "try again")
		case 1:
			select {
			case <-time.After(time.Duration(draw(40)) * time.Second):
			case <-ctx.Done():
				return workflow.Result{}, ctx.Err()
			}
		}
		return workflow.Result{Output: json.RawMessage(fmt.Sprintf(`{"ok":%t}`, draw(4) > 0))}, nil
	}
}

// StartFamily starts an execution of Family.
func (w *World) StartFamily(ctx context.Context, name string) {
	_, err := w.any().StartExecution(ctx, engine.StartRequest{StateMachine: FamilyName, Name: name,
		Input: json.RawMessage(`{"items":[1,2,3]}`)})
	if err == nil || errors.Is(err, workflow.ErrExists) {
		w.mu.Lock()
		w.started[name] = true
		w.mu.Unlock()
	}
}

// Work is a worker's hour: it takes a task if there is one, and answers one that it has,
// well or badly, or says that it is still at it, or forgets about it.
func (w *World) Work(ctx context.Context) {
	if o, ok, err := w.any().TakeTask(ctx, workflow.ActivityARN("Pack"), "worker"); err == nil && ok {
		w.mu.Lock()
		w.taken[o.Token]++
		w.packing = append(w.packing, o.Token)
		w.mu.Unlock()
	}
	w.mu.Lock()
	var token workflow.TaskToken
	if len(w.packing) > 0 {
		token = w.packing[w.rng.IntN(len(w.packing))]
	}
	w.mu.Unlock()
	if token == "" {
		return
	}
	switch w.rng.IntN(6) {
	case 0:
		_ = w.any().FailTask(ctx, token, "Clumsy", "it fell")
	case 1:
		_ = w.any().FailTask(ctx, token, "Broken", "for good")
	case 2, 3:
		_ = w.any().HeartbeatTask(ctx, token)
	default:
		_ = w.any().SucceedTask(ctx, token, json.RawMessage(`"packed"`))
	}
}
