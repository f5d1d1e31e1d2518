package asl

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"

	"countersign/workflow"
)

// taskBody is a Task state: it invokes a function and waits for the answer.
type taskBody struct {
	resource string // as in the definition
	// integration is set for arn:aws:states:::lambda:invoke, whose arguments name the
	// function; function is set for a function's own ARN.
	integration bool
	function    string
	token       bool // .waitForTaskToken

	timeout   seconds
	heartbeat seconds
}

// action is the integration's resource as history events name it.
func (t *taskBody) action() string {
	if t.token {
		return "invoke.waitForTaskToken"
	}
	return "invoke"
}

func (t *taskBody) begin(x *stepper, f *frame, s *state) verdict { return t.again(x, f, s) }

// again schedules the task: the first time, after a retry delay, or on a redrive.
func (t *taskBody) again(x *stepper, f *frame, s *state) verdict {
	f.attempt++
	f.task = &pending{scheduled: x.now}
	if t.token {
		f.task.token = x.newToken(f)
	}
	if s.lang.random() {
		f.task.seed = new(Seed)
		x.draw().Read(f.task.seed[:])
	}
	e := &environment{x: x, f: f}
	args, call, fail := t.call(e, s)
	if fail != nil {
		f.task = nil
		return failed(fail)
	}
	if fail := t.setDeadlines(e, s); fail != nil {
		f.task = nil
		return failed(fail)
	}
	if t.emitScheduled(x, f, args); !x.open() {
		return verdict{} // that was one event too many
	}
	f.phase = phaseTask
	x.commands = append(x.commands, t.invoke(f, call))
	return verdict{}
}

// call is a function and what it is given.
type call struct {
	function string
	payload  json.RawMessage
}

// call evaluates the arguments. It depends on the snapshot only, so that a task can
// be invoked again after a crash.
func (t *taskBody) call(e *environment, s *state) (args json.RawMessage, c call, fail *failure) {
	if e.f.task.seed != nil {
		e.chance = rand.NewChaCha8(*e.f.task.seed)
	}
	if args, fail = s.lang.arguments(e, e.f.input); fail != nil {
		return nil, c, fail
	}
	if len(args) > workflow.MaxPayload {
		return nil, c, inState(e.f, workflow.ErrorDataLimitExceeded,
			"The task's input exceeds the maximum number of bytes service limit.")
	}
	if !t.integration {
		return args, call{t.function, args}, nil
	}
	c, problem := integrationCall(args)
	if problem != "" {
		return nil, c, runtimeFailure(e.f, "The Parameters '%s' could not be used to start the Task: [%s]", args, problem)
	}
	return args, c, nil
}

// integrationCall reads the arguments of lambda:invoke.
func integrationCall(args json.RawMessage) (c call, problem string) {
	start, end, ok := member(args, "FunctionName")
	if !ok {
		return c, "The field 'FunctionName' is required"
	}
	name, _ := rawString(args[start:end])
	if c.function = workflow.FunctionName(name); c.function == "" {
		return c, "The value of the field 'FunctionName' has an invalid format"
	}
	c.payload = rawEmpty
	if start, end, ok = member(args, "Payload"); ok {
		c.payload = args[start:end:end]
	}
	return c, ""
}

// setDeadlines starts the clocks of TimeoutSeconds and HeartbeatSeconds.
func (t *taskBody) setDeadlines(e *environment, s *state) *failure {
	p := e.f.task
	timeout, fail := t.timeout.value(e, s, "TimeoutSeconds")
	if fail != nil {
		return fail
	}
	heartbeat, fail := t.heartbeat.value(e, s, "HeartbeatSeconds")
	if fail != nil {
		return fail
	}
	if timeout > 0 {
		p.timeout = p.scheduled + millis(timeout)*1000
	}
	if heartbeat > 0 {
		p.heartbeatMS = millis(heartbeat) * 1000
		p.heartbeat = p.scheduled + p.heartbeatMS
	}
	return nil
}

func (t *taskBody) emitScheduled(x *stepper, f *frame, args json.RawMessage) {
	d := workflow.Details{Resource: t.resource, Input: args}
	if p := f.task; p.timeout != 0 {
		n := int64(p.timeout-p.scheduled) / 1000
		d.TimeoutInSeconds = &n
	}
	if !t.integration {
		x.emit(f, workflow.EventLambdaFunctionScheduled, d)
		return
	}
	d.Resource, d.ResourceType, d.Region, d.Input, d.Parameters = t.action(), "lambda", workflow.Region, nil, args
	if f.task.heartbeat != 0 {
		n := int64(f.task.heartbeatMS) / 1000
		d.HeartbeatInSeconds = &n
	}
	x.emit(f, workflow.EventTaskScheduled, d)
}

func (t *taskBody) invoke(f *frame, c call) Invoke {
	return Invoke{
		Entry: f.entry, Attempt: f.attempt, State: f.state,
		Function: c.function, Payload: c.payload, Token: f.task.token,
		ScheduledAt: f.task.scheduled.time(), Deadline: f.task.timeout.time(),
	}
}

// result is what the function's answer is to ResultSelector: of the integration,
// the service's envelope around it.
func (t *taskBody) result(output json.RawMessage) json.RawMessage {
	if !t.integration || t.token {
		return output
	}
	b := make(json.RawMessage, 0, len(output)+64)
	b = append(b, `{"ExecutedVersion":"$LATEST","Payload":`...)
	b = append(b, output...)
	b = append(b, `,"StatusCode":`...)
	b = strconv.AppendInt(b, 200, 10)
	return append(b, '}')
}
