package asl

import (
	"encoding/json"
	"strconv"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
)

// timeForm is how the context object spells times.
const timeForm = "2006-01-02T15:04:05.000Z"

// arn names the execution.
func (s *Snapshot) arn() workflow.ARN {
	if s.kind == workflow.Express {
		return workflow.ExpressARN(s.machine, s.name, s.id)
	}
	return workflow.ExecutionARN(s.machine, s.name)
}

// contextObject is what $$ paths see.
func (e *environment) contextObject() json.RawMessage {
	if e.context != nil {
		return e.context
	}
	if e.x.probe != nil {
		e.context = e.x.probe.context(e)
		return e.context
	}
	s, f := e.x.s, e.f
	b := make([]byte, 0, 512+len(s.input))
	b = append(b, `{"Execution":{"Id":`...)
	b = jsontext.AppendString(b, string(s.arn()))
	if s.input != nil {
		b = append(append(b, `,"Input":`...), s.input...)
	}
	b = append(b, `,"StartTime":"`...)
	b = s.started.time().AppendFormat(b, timeForm)
	b = jsontext.AppendString(append(b, `","Name":`...), s.name)
	b = jsontext.AppendString(append(b, `,"RoleArn":`...), s.role)
	b = append(b, `,"RedriveCount":`...)
	b = strconv.AppendInt(b, int64(s.redrives), 10)
	b = jsontext.AppendString(append(b, `},"StateMachine":{"Id":`...), string(workflow.StateMachineARN(s.machine)))
	b = jsontext.AppendString(append(b, `,"Name":`...), s.machine)
	b = jsontext.AppendString(append(b, `},"State":{"Name":`...), f.state)
	b = append(b, `,"EnteredTime":"`...)
	b = f.entered.time().AppendFormat(b, timeForm)
	b = append(b, '"')
	if f.attempt > 0 {
		b = append(b, `,"RetryCount":`...)
		b = strconv.AppendInt(b, int64(f.retries()), 10)
	}
	b = append(b, '}')
	if f.task != nil && f.task.token != "" {
		b = append(b, `,"Task":{"Token":`...)
		b = append(jsontext.AppendString(b, string(f.task.token)), '}')
	}
	it := e.iteration
	if it == nil {
		it = f.iteration()
	}
	if it != nil {
		b = append(b, `,"Map":{"Item":{"Index":`...)
		b = strconv.AppendInt(b, int64(it.index), 10)
		if e.key != nil {
			b = append(append(b, `,"Key":`...), e.key...)
		}
		b = append(append(b, `,"Value":`...), it.value()...)
		b = append(b, '}', '}')
	}
	e.context = append(b, '}')
	return e.context
}
