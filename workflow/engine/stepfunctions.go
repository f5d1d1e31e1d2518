package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// stepFunctions performs the integrations with Step Functions itself; own is false for
// any other. An error that is no *workflow.TaskError means that the call could not be
// made and is to be made again.
func (e *Engine) stepFunctions(v *invocation) (a answer, own bool, err error) {
	var perform func(context.Context, *invocation, sfnArguments) (answer, error)
	switch v.command.Resource {
	case "map:run":
		a.Result, err = e.runMap(v)
		return a, true, err
	case startExecution, sdkStartExecution:
		perform = e.startChild
	case "aws-sdk:sfn:stopExecution":
		perform = e.stopOther
	case "aws-sdk:sfn:sendTaskSuccess", "aws-sdk:sfn:sendTaskFailure", "aws-sdk:sfn:sendTaskHeartbeat":
		perform = e.answerOther
	default:
		return answer{}, false, nil
	}
	var args sfnArguments
	if err := json.Unmarshal(v.command.Payload, &args); err != nil {
		return answer{}, true, e.refusal(v, "SerializationException", "STRING_VALUE cannot be converted: %v", err)
	}
	a, err = perform(v.ctx, v, args)
	return a, true, err
}

const (
	startExecution    = "states:startExecution"
	sdkStartExecution = "aws-sdk:sfn:startExecution"
)

// starts says that the task starts an execution.
func (v *invocation) starts() bool {
	return v.command.Resource == startExecution || v.command.Resource == sdkStartExecution
}

// answer is what a task's call came to. One that has started an execution to wait for
// says which.
type answer struct {
	workflow.Result
	child workflow.ExecutionID
}

// sfnArguments are the arguments of all of them.
type sfnArguments struct {
	StateMachineArn, ExecutionArn, Name, TraceHeader string
	TaskToken, Error, Cause                          string
	Input, Output                                    json.RawMessage
}

// startChild starts an execution. It is named after the parent's state entry and
// attempt when it is given no name, and the store knows it by these, so a call that is
// repeated after a crash finds the execution that it has started before.
func (e *Engine) startChild(ctx context.Context, v *invocation, args sfnArguments) (answer, error) {
	drawn := v.drawn
	if v.drawn = nil; drawn == nil {
		drawn = e.draw()
	}
	d, err := e.deployment(ctx, v, workflow.ARN(args.StateMachineArn), drawn.roll)
	if err != nil {
		return answer{}, err
	}
	parent := workflow.Parent{Execution: v.info.ID, Entry: v.command.Entry, Attempt: v.command.Attempt, Awaited: v.awaits()}
	if args.Name == "" {
		args.Name = childName(parent)
	} else if !validName(args.Name) {
		return answer{}, e.refusal(v, "InvalidName", "Invalid Name: '%s'", args.Name)
	}
	info, err := e.StartExecution(ctx, StartRequest{Deployment: d, Name: args.Name, Input: payload(args.Input),
		TraceHeader: args.TraceHeader, Parent: parent, drawn: drawn})
	switch {
	case err == nil, errors.Is(err, workflow.ErrExists) && (info.Parent == parent || !parent.Awaited && !info.Status.Closed()):
		return startedAnswer(v, info)
	case errors.Is(err, workflow.ErrExists), errors.Is(err, workflow.ErrConflict):
		return answer{}, e.refusal(v, "ExecutionAlreadyExists", "Execution Already Exists: '%s'", workflow.ExecutionARN(d.StateMachine, args.Name))
	case errors.Is(err, asl.ErrInvalidInput):
		return answer{}, e.refusal(v, "InvalidExecutionInput", "Invalid State Machine Execution Input: '%v'", err)
	}
	return answer{}, err
}

// deployment is what the ARN of a state machine, version or alias starts.
func (e *Engine) deployment(ctx context.Context, v *invocation, arn workflow.ARN, roll float64) (workflow.Deployment, error) {
	if !strings.HasPrefix(string(arn), "arn:") {
		return workflow.Deployment{}, e.refusal(v, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", arn)
	}
	d, err := e.Store.Resolve(ctx, arn, roll)
	switch {
	case errors.Is(err, workflow.ErrNotFound):
		err = e.refusal(v, "StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
	case errors.Is(err, workflow.ErrDeleting):
		err = e.refusal(v, "StateMachineDeleting", "State Machine is being deleted: '%s'", arn)
	}
	return d, err
}

// awaits says that the task waits for the execution that it starts.
func (v *invocation) awaits() bool {
	return v.command.Pattern == asl.Sync || v.command.Pattern == asl.Sync2
}

// sdk says that the task calls Step Functions as the AWS SDK does.
func (v *invocation) sdk() bool { return strings.HasPrefix(v.command.Resource, "aws-sdk:") }

func startedAnswer(v *invocation, info workflow.ExecutionInfo) (answer, error) {
	started := map[string]any{"ExecutionArn": info.ARN(), "StartDate": info.StartedAt.UnixMilli()}
	if v.sdk() {
		started["StartDate"] = info.StartedAt.Format(sdkTime)
	}
	output, err := json.Marshal(started)
	return answer{workflow.Result{Output: output}, info.ID}, err
}

// sdkTime is how results of SDK calls spell times.
const sdkTime = "2006-01-02T15:04:05.000Z"

// childName is the name that a child execution gets when it is given none: as random
// as any, and the same whenever it is made.
func childName(p workflow.Parent) string {
	var b [24]byte
	binary.BigEndian.PutUint64(b[:], uint64(p.Execution))
	binary.BigEndian.PutUint64(b[8:], uint64(p.Entry))
	binary.BigEndian.PutUint64(b[16:], uint64(p.Attempt))
	sum := sha256.Sum256(b[:])
	return workflow.UUID([16]byte(sum[:16]))
}

// validName says whether a name may be an execution's.
func validName(name string) bool {
	return len(name) <= workflow.MaxName && !strings.ContainsAny(name, " \t\n\r<>{}[]?*\"#%\\^|~`$&,;:/\x7f") &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || '\u0080' <= r && r <= '\u009f' })
}

// payload is an argument that the API takes as a JSON text and the service's language
// as a value too.
func payload(raw json.RawMessage) json.RawMessage {
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return json.RawMessage("{}")
	case json.Unmarshal(raw, &text) == nil && json.Valid([]byte(text)):
		return json.RawMessage(text)
	}
	return raw
}

// refusal is the failure of a task whose call Step Functions has refused.
func (e *Engine) refusal(v *invocation, code, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	name := code
	if !strings.HasSuffix(name, "Exception") {
		name += "Exception"
	}
	if v.sdk() {
		return workflow.Failf("Sfn."+name,
			"%s (Service: Sfn, Status Code: 400, Request ID: %s) (SDK Attempt Count: 1)", message, e.dice.uuid())
	}
	return workflow.Failf("StepFunctions."+name,
		"%s (Service: AWSStepFunctions; Status Code: 400; Error Code: %s; Request ID: %s; Proxy: null)", message, code, e.dice.uuid())
}

// answerOther sends the answer or the heartbeat of a task that waits with a token.
func (e *Engine) answerOther(ctx context.Context, v *invocation, args sfnArguments) (answer, error) {
	token, err := workflow.TaskToken(args.TaskToken), error(nil)
	switch v.command.Resource {
	case "aws-sdk:sfn:sendTaskSuccess":
		err = e.SucceedTask(ctx, token, payload(args.Output))
	case "aws-sdk:sfn:sendTaskFailure":
		err = e.FailTask(ctx, token, args.Error, args.Cause)
	default:
		err = e.HeartbeatTask(ctx, token)
	}
	switch {
	case err == nil:
		return answer{Result: workflow.Result{Output: json.RawMessage("{}")}}, nil
	case errors.Is(err, workflow.ErrTaskTokenInvalid):
		return answer{}, e.refusal(v, "InvalidToken", "Invalid Token: 'Invalid token'")
	case errors.Is(err, workflow.ErrTaskGone):
		return answer{}, e.refusal(v, "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
	case errors.Is(err, asl.ErrInvalidOutput):
		return answer{}, e.refusal(v, "InvalidOutput", "Invalid Output: '%v'", err)
	}
	return answer{}, err
}

func (e *Engine) stopOther(ctx context.Context, v *invocation, args sfnArguments) (answer, error) {
	parts := strings.Split(args.ExecutionArn, ":")
	if len(parts) != 8 || parts[5] != "execution" {
		return answer{}, e.refusal(v, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: %s'", args.ExecutionArn)
	}
	info, err := e.Store.Find(ctx, parts[6], parts[7])
	if errors.Is(err, workflow.ErrNotFound) {
		return answer{}, e.refusal(v, "ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", args.ExecutionArn)
	} else if err != nil {
		return answer{}, err
	}
	stopped := info.StoppedAt
	if !info.Status.Closed() {
		stopped = e.now()
		if err := e.StopExecution(ctx, info.ID, args.Error, args.Cause); err != nil && !errors.Is(err, workflow.ErrClosed) {
			return answer{}, err
		}
	}
	output, err := json.Marshal(map[string]string{"StopDate": stopped.Format(sdkTime)})
	return answer{Result: workflow.Result{Output: output}}, err
}
