package asl

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
)

// probe is within a state under test: it notes the state's data on its way and keeps the
// state from going on to the next one. Executions have none.
type probe struct {
	Inspection
	test *Test

	left   bool // the state was left, to next
	output json.RawMessage
	next   *state
	caught *failure
	again  *failure
	// refused is set when only the state's data show that the request is no good.
	refused error
}

// leaves notes where the state goes.
func (p *probe) leaves(v verdict) { p.left, p.output, p.next = true, v.output, v.next }

// retries notes that a retrier tries again.
func (p *probe) retries(e *failure, retrier int, delay millis) {
	p.again, p.RetryIndex, p.RetryBackoff = e, &retrier, int64(delay+500)/1000
}

// catches notes that a catcher takes the failure.
func (p *probe) catches(e *failure, catcher int) { p.caught, p.CatchIndex = e, &catcher }

// plain takes the service's opening words off a failure's cause: there is no history
// that they could point into.
func (p *probe) plain(f *frame, e *failure) *failure {
	opening := inState(f, "", "").cause
	bare := *e
	bare.cause = strings.TrimPrefix(e.cause, opening)
	return &bare
}

// context is the made-up context object, or the one of the request.
func (p *probe) context(e *environment) json.RawMessage {
	r := &p.test.request
	if r.Context != nil {
		return p.given(e)
	}
	s, f := e.x.s, e.f
	b := make([]byte, 0, 512+len(r.Input))
	b = jsontext.AppendString(append(b, `{"Execution":{"Id":`...), string(testARN(r.StateMachine, r.Execution)))
	b = append(append(b, `,"Input":`...), r.Input...)
	b = jsontext.AppendString(append(b, `,"Name":`...), r.Execution)
	if r.RoleARN != "" {
		b = jsontext.AppendString(append(b, `,"RoleArn":`...), r.RoleARN)
	}
	b = append(b, `,"StartTime":"`...)
	b = s.started.time().AppendFormat(b, timeForm)
	b = jsontext.AppendString(append(b, `"},"StateMachine":{"Id":`...), string(workflow.StateMachineARN(r.StateMachine)))
	b = jsontext.AppendString(append(b, `,"Name":`...), r.StateMachine)
	b = jsontext.AppendString(append(b, `},"State":{"Name":`...), f.state)
	b = append(b, `,"EnteredTime":"`...)
	b = f.entered.time().AppendFormat(b, timeForm)
	b = append(b, `","RetryCount":`...)
	b = append(strconv.AppendInt(b, int64(p.test.retries()), 10), '}')
	if e.iteration != nil || p.test.iterated() {
		b = p.appendItem(append(b, `,"Map":`...), e.iteration)
	}
	if f.task != nil && f.task.token != "" {
		b = append(b, `,"Task":{"Token":`...)
		b = append(jsontext.AppendString(b, string(f.task.token)), '}')
	}
	return append(b, '}')
}

// given is the context object of the request, which does not know the iterations of a
// Map under test.
func (p *probe) given(e *environment) json.RawMessage {
	context := p.test.request.Context
	if e.iteration == nil {
		return context
	}
	with, err := appendPlaced(nil, context, []pathStep{{name: "Map"}}, p.appendItem(nil, e.iteration))
	if err != nil {
		return context // it is an object, so this does not happen
	}
	return with
}

// testARN names the execution that a test would be of.
func testARN(machine, execution string) workflow.ARN {
	return workflow.ARN(fmt.Sprintf("arn:aws:states:%s:%s:express:%s:%s", workflow.Region, workflow.Account, machine, execution))
}

// retries is how often the state is supposed to have been retried: as the request says,
// or else as its context object does.
func (t *Test) retries() int {
	if n := t.request.Retries; n != nil {
		return *n
	}
	if start, end, ok := member(t.request.Context, "State"); ok {
		in := t.request.Context[start:end]
		if start, end, ok := member(in, "RetryCount"); ok {
			if n, err := strconv.Atoi(string(in[start:end])); err == nil && n > 0 {
				return n
			}
		}
	}
	return 0
}

// supposeRetries counts the supposed retries for whichever retrier the failure is for.
func (t *Test) supposeRetries(f *frame, s *state) {
	f.tries = make([]int, len(s.retry))
	for i := range f.tries {
		f.tries[i] = t.retries()
	}
}
