package asl

import "countersign/workflow"

// Outstanding is what was asked of the outside and is not answered: the invocations
// to perform again after a crash, each the same as it was. A task that goes on waiting
// after its invocation was answered is not among them, nor is an activity's offer,
// which is stored by itself.
func (m *StateMachine) Outstanding(s *Snapshot) []Command {
	if s.status != workflow.Running || m.fits(s) != nil {
		return nil
	}
	var out []Command
	x := &stepper{m: m, s: s}
	s.root.each(func(f *frame) {
		if f.phase != phaseTask || f.task.submitted {
			return
		}
		st := m.state(f)
		if b, ok := st.body.(*mapRunBody); ok {
			if run, fail := b.spec(&environment{x: x, f: f}, st); fail == nil {
				out = append(out, b.invoke(f, run))
			}
			return
		}
		t, ok := st.body.(*taskBody)
		if !ok || t.activity != "" {
			return
		}
		if _, c, fail := t.call(&environment{x: x, f: f}, st); fail == nil {
			out = append(out, t.invoke(f, c))
		}
	})
	return out
}
