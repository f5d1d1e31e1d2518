package asl

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"countersign/workflow"
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

// outwards hands a failure that the tested state does not handle on to the state that it
// is within, whose branch or iteration fails with it.
func (p *probe) outwards(x *stepper, f *frame, s *state, e *failure) (*frame, verdict) {
	*f = frame{vars: f.vars, state: s.name, entry: f.entry, entered: f.entered, input: f.input}
	p.test.supposeRetries(f, s)
	return x.recover(f, s, e)
}

// context is the made-up context object, or the one of the request.
func (p *probe) context(e *environment) json.RawMessage {
	r := &p.test.request
	if r.Context != nil {
		return r.Context
	}
	s, f := e.x.s, e.f
	b := make([]byte, 0, 512+len(r.Input))
	b = appendString(append(b, `{"Execution":{"Id":`...), string(testARN(r.StateMachine, r.Execution)))
	b = append(append(b, `,"Input":`...), r.Input...)
	b = appendString(append(b, `,"Name":`...), r.Execution)
	if r.RoleARN != "" {
		b = appendString(append(b, `,"RoleArn":`...), r.RoleARN)
	}
	b = append(b, `,"StartTime":"`...)
	b = s.started.time().AppendFormat(b, timeForm)
	b = appendString(append(b, `"},"StateMachine":{"Id":`...), string(workflow.StateMachineARN(r.StateMachine)))
	b = appendString(append(b, `,"Name":`...), r.StateMachine)
	b = appendString(append(b, `},"State":{"Name":`...), f.state)
	b = append(b, `,"EnteredTime":"`...)
	b = f.entered.time().AppendFormat(b, timeForm)
	b = append(b, `","RetryCount":`...)
	b = append(strconv.AppendInt(b, int64(p.test.retries()), 10), '}')
	b = p.test.appendIteration(b)
	if f.task != nil && f.task.token != "" {
		b = append(b, `,"Task":{"Token":`...)
		b = append(appendString(b, string(f.task.token)), '}')
	}
	return append(b, '}')
}

// testARN names the execution that a test would be of.
func testARN(machine, execution string) workflow.ARN {
	return workflow.ARN(fmt.Sprintf("arn:aws:states:%s:%s:express:%s:%s", workflow.Region, workflow.Account, machine, execution))
}

// appendIteration tells a state within a Map of the first iteration, whose item is the
// input.
func (t *Test) appendIteration(b []byte) []byte {
	for s := t.s.within; s != nil; s = s.within {
		if s.kind.name == "Map" {
			b = append(b, `,"Map":{"Item":{"Index":0,"Value":`...)
			return append(append(b, t.request.Input...), '}', '}')
		}
	}
	return b
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
