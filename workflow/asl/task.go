package asl

import (
	"encoding/json"
	"math/rand/v2"

	"countersign/workflow"
)

// taskBody is a Task state: it has something done elsewhere and waits for the answer.
// Exactly one of function, activity and integration is set.
type taskBody struct {
	resource    string // as in the definition
	function    string // of a function's own ARN
	activity    workflow.ARN
	integration *integration
	pattern     Pattern
	credentials credentials

	timeout   seconds
	heartbeat seconds
}

// action is the integration's resource as history events name it.
func (t *taskBody) action() string { return t.integration.action + string(t.pattern) }

// waits says that the task does not end with the answer to its invocation.
func (t *taskBody) waits() bool { return t.pattern != RequestResponse }

func (t *taskBody) begin(x *stepper, f *frame, s *state) verdict { return t.again(x, f, s) }

// again schedules the task: the first time, after a retry delay, or on a redrive.
func (t *taskBody) again(x *stepper, f *frame, s *state) verdict {
	f.attempt++
	f.task = &pending{scheduled: x.now}
	if t.pattern == WaitForTaskToken || t.activity != "" {
		f.task.token = x.newToken(f)
	}
	if s.lang.random() {
		f.task.seed = new(Seed)
		x.draw().Read(f.task.seed[:])
	}
	e := &environment{x: x, f: f}
	args, call, fail := t.call(e, s)
	if fail == nil {
		fail = t.setDeadlines(e, s)
	}
	role := ""
	if fail == nil {
		role, fail = t.credentials.role(e, s)
	}
	if fail != nil {
		f.task = nil
		return failed(fail)
	}
	f.task.event = call.event
	if t.emitScheduled(x, f, args, role); !x.open() {
		return verdict{} // that was one event too many
	}
	f.phase = phaseTask
	if t.activity != "" {
		f.task.offered = true
		x.commands = append(x.commands, t.offer(f, args))
	} else {
		x.commands = append(x.commands, t.invoke(f, call))
	}
	return verdict{}
}

// call is what is called with what.
type call struct {
	function string
	payload  json.RawMessage
	event    bool // the function's own failure does not matter: InvocationType Event
}

// call evaluates the arguments. It depends on the snapshot only, so that a task can
// be invoked again after a crash.
func (t *taskBody) call(e *environment, s *state) (args json.RawMessage, c call, fail *failure) {
	e.scheduled = e.f.task.scheduled
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
	if t.integration == nil {
		return args, call{function: t.function, payload: args}, nil
	}
	c, problem := t.integration.call(args)
	if problem != "" {
		return nil, c, runtimeFailure(e.f, "The Parameters '%s' could not be used to start the Task: [%s]", args, problem)
	}
	return args, c, nil
}

// setDeadlines starts the clocks of TimeoutSeconds and HeartbeatSeconds. Those of an
// activity stand still until a worker takes the task.
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
	p.timeoutMS, p.heartbeatMS = millis(timeout)*1000, millis(heartbeat)*1000
	if t.activity == "" {
		p.startClocks(p.scheduled)
	}
	return nil
}

func (p *pending) startClocks(now millis) {
	if p.timeoutMS > 0 {
		p.timeout = now + p.timeoutMS
	}
	if p.heartbeatMS > 0 {
		p.heartbeat = now + p.heartbeatMS
	}
}

func (t *taskBody) emitScheduled(x *stepper, f *frame, args json.RawMessage, role string) {
	d := workflow.Details{
		Resource: t.resource, Input: args, CredentialsRole: role, TimeoutInSeconds: f.task.timeoutMS.seconds(),
	}
	event := workflow.EventLambdaFunctionScheduled
	if t.function == "" {
		d.HeartbeatInSeconds = f.task.heartbeatMS.seconds()
	}
	switch {
	case t.integration != nil:
		event = workflow.EventTaskScheduled
		d.Resource, d.ResourceType, d.Region, d.Input, d.Parameters = t.action(), t.integration.service, workflow.Region, nil, args
	case t.activity != "":
		event = workflow.EventActivityScheduled
		d.CredentialsRole = ""
	}
	x.emit(f, event, d)
}

// seconds is how an event names a length of time; nil for none.
func (m millis) seconds() *int64 {
	if m == 0 {
		return nil
	}
	n := int64(m) / 1000
	return &n
}

func (t *taskBody) invoke(f *frame, c call) Invoke {
	resource := "lambda:invoke"
	if t.integration != nil {
		resource = t.integration.name()
	}
	return Invoke{
		Entry: f.entry, Attempt: f.attempt, State: f.state,
		Resource: resource, Pattern: t.pattern,
		Function: c.function, Payload: c.payload, Token: f.task.token,
		ScheduledAt: f.task.scheduled.time(), Deadline: f.task.timeout.time(), Unheard: f.unheard,
	}
}

func (t *taskBody) offer(f *frame, input json.RawMessage) Offer {
	return Offer{
		Entry: f.entry, Activity: t.activity, Token: f.task.token, Input: input,
		ScheduledAt: f.task.scheduled.time(),
	}
}
