package asl

import (
	"encoding/json"
	"slices"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
)

// Run does what the state does. A wait is over at once. When the result asks for work,
// Answer goes on from there. The error is a *TestError.
func (t *Test) Run(now time.Time, seed Seed) (TestResult, error) {
	t.probe = &probe{test: t}
	t.probe.Input = t.request.Input
	t.snap = &Snapshot{
		name: t.request.Execution, machine: t.request.StateMachine, kind: workflow.Express,
		role: t.request.RoleARN, input: t.request.Input, started: toMillis(now), status: workflow.Running,
	}
	x := t.step(now, seed)
	f := &frame{vars: objectMembers(t.request.Variables)}
	t.snap.root = f
	v := t.begin(x, f)
	t.supposeRetries(f, t.s)
	x.proceed(f, v)
	if f.phase == phaseWait {
		x.endDelay(f)
	}
	if f.phase == phaseTask && t.request.Mock != nil {
		t.mock(x, f)
	}
	return t.outcome(x), t.probe.refused
}

// Answer brings back what came of the work that the last result asked for: TaskSucceeded
// or TaskFailed. After the task's deadline it is too late (workflow.ErrTaskGone). On an
// error nothing has happened.
func (t *Test) Answer(e Event, now time.Time, seed Seed) (TestResult, error) {
	if t.snap == nil {
		return TestResult{}, workflow.ErrTaskGone
	}
	x := t.step(now, seed)
	if err := x.take(e); err != nil {
		return TestResult{}, err
	}
	return t.outcome(x), nil
}

// TimeOut ends the work that the last result asked for without an answer.
func (t *Test) TimeOut(now time.Time, seed Seed) TestResult {
	x := t.step(now, seed)
	if f := t.snap.root; f != nil && f.phase == phaseTask {
		x.endTask(f, failed(&failure{name: workflow.ErrorTimeout}))
	}
	return t.outcome(x)
}

func (t *Test) step(now time.Time, seed Seed) *stepper {
	x := newStepper(t.m, t.snap, now, seed)
	x.probe = t.probe
	return x
}

// begin enters the tested state. A Parallel's branches are not prepared for: its mocked
// result stands for them from the first.
func (t *Test) begin(x *stepper, f *frame) verdict {
	if t.s.kind.name == "Fail" {
		if _, paths := t.s.lang.(*jsonPath); paths {
			t.probe.AfterInputPath = t.request.Input
		}
	}
	if t.s.kind.name == "Parallel" {
		x.goTo(f, t.s, t.request.Input)
		f.entry = workflow.EntryID(x.emit(f, t.s.kind.entered, workflow.Details{}))
		return t.probe.mockBranches(x, f, t.s)
	}
	return x.enter(f, t.s, t.request.Input)
}

// mock ends what the state waits for as the mock says.
func (t *Test) mock(x *stepper, f *frame) {
	if b, ok := t.s.body.(*mapRunBody); ok {
		for _, c := range x.commands {
			if asked, ok := c.(Invoke); ok {
				x.commands = nil
				t.mockRun(x, f, b, asked.Map)
				return
			}
		}
	}
	b := t.s.body.(*taskBody)
	if mocked := t.request.Mock.Failure; mocked != nil {
		x.failTask(f, b, mocked.failure())
		return
	}
	x.succeedTask(f, b, t.result)
}

func (m *MockFailure) failure() *failure {
	e := told(*m.Error, "")
	if m.Cause != nil {
		e = told(*m.Error, *m.Cause)
	}
	return e
}

// outcome is what the test has come to.
func (t *Test) outcome(x *stepper) TestResult {
	p, f := t.probe, t.snap.root
	for _, c := range x.commands {
		if invoke, ok := c.(Invoke); ok && f != nil && f.phase == phaseTask {
			return TestResult{Invoke: &invoke}
		}
	}
	r := TestResult{Inspection: p.Inspection}
	handled := p.again
	switch {
	case p.again != nil:
		r.Status = TestRetriable
	case t.snap.status == workflow.Failed:
		e := p.plain(f, &failure{name: t.snap.err, cause: t.snap.cause})
		r.Status, r.Error, r.Cause = TestFailed, e.name, e.cause
	case p.caught != nil:
		r.Status, handled = TestCaught, p.caught
	default:
		r.Status = TestSucceeded
	}
	if handled != nil && r.Status != TestFailed {
		r.Error, r.Cause = handled.name, handled.cause
	}
	if r.Status != TestRetriable && r.Status != TestFailed {
		r.Output = p.output
		if p.next != nil {
			r.NextState = p.next.name
		}
	}
	if t.s.kind.name == "Pass" {
		r.Inspection.AfterArguments = nil // it has none
	}
	if f != nil {
		r.Inspection.Variables = appendMembers(f.vars)
	}
	return r
}

// objectMembers takes an object apart: name → text. Nil for none.
func objectMembers(object json.RawMessage) map[string]json.RawMessage {
	if object == nil {
		return nil
	}
	found := map[string]json.RawMessage{}
	members(object, func(key []byte, start, end int) bool {
		if name, ok := rawString(key); ok {
			found[name] = object[start:end:end]
		}
		return true
	})
	return found
}

// appendMembers puts an object together, its names in order. Nil for none.
func appendMembers(from map[string]json.RawMessage) json.RawMessage {
	if len(from) == 0 {
		return nil
	}
	names := make([]string, 0, len(from))
	for name := range from {
		names = append(names, name)
	}
	slices.Sort(names)
	b := json.RawMessage{'{'}
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(jsontext.AppendString(b, name), ':'), from[name]...)
	}
	return append(b, '}')
}
