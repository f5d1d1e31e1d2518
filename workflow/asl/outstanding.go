package asl

import "countersign/workflow"

// Asked names an invocation that is not answered.
type Asked struct {
	Entry   workflow.EntryID
	Attempt int
}

// Unanswered names what was asked of the outside and is not answered. A task that goes
// on waiting after its invocation was answered is not among them, nor is an activity's
// offer, which is stored by itself. Nothing is evaluated for it.
func (m *StateMachine) Unanswered(s *Snapshot) []Asked {
	if s.status != workflow.Running || m.fits(s) != nil {
		return nil
	}
	var out []Asked
	s.root.each(func(f *frame) {
		if m.invoked(f) {
			out = append(out, Asked{f.entry, f.attempt})
		}
	})
	return out
}

// Invocation is the invocation of that name, the same as it was; ok is false when it is
// not waited for.
func (m *StateMachine) Invocation(s *Snapshot, a Asked) (inv Invoke, ok bool) {
	if s.status != workflow.Running || m.fits(s) != nil {
		return inv, false
	}
	f := s.root.find(a.Entry)
	if f == nil || f.attempt != a.Attempt || !m.invoked(f) {
		return inv, false
	}
	return m.invocation(s, f)
}

// Outstanding is every invocation that is not answered: what to perform again after a
// crash.
func (m *StateMachine) Outstanding(s *Snapshot) []Command {
	if s.status != workflow.Running || m.fits(s) != nil {
		return nil
	}
	var out []Command
	s.root.each(func(f *frame) {
		if m.invoked(f) {
			if inv, ok := m.invocation(s, f); ok {
				out = append(out, inv)
			}
		}
	})
	return out
}

// invoked says whether a frame waits for the answer to an invocation.
func (m *StateMachine) invoked(f *frame) bool {
	if f.phase != phaseTask || f.task.submitted {
		return false
	}
	t, task := m.state(f).body.(*taskBody)
	return !task || t.activity == ""
}

// invocation evaluates the arguments anew.
func (m *StateMachine) invocation(s *Snapshot, f *frame) (Invoke, bool) {
	e, st := &environment{x: &stepper{m: m, s: s}, f: f}, m.state(f)
	switch b := st.body.(type) {
	case *mapRunBody:
		run, fail := b.spec(e, st)
		if fail != nil {
			return Invoke{}, false
		}
		return b.invoke(f, run), true
	case *taskBody:
		_, c, fail := b.call(e, st)
		if fail != nil {
			return Invoke{}, false
		}
		return b.invoke(f, c), true
	}
	return Invoke{}, false
}
