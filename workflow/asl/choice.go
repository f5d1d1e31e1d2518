package asl

import (
	"countersign/workflow"
)

// choiceBody is a Choice state: the first rule that holds says where to go.
type choiceBody struct {
	rules     []choiceRule
	otherwise *state // Default
}

type choiceRule struct {
	test  test
	next  *state
	lang  language // of the state, with the rule's own Assign and Output
	label string   // the rule in words
}

func (c *choiceBody) begin(x *stepper, f *frame, s *state) verdict {
	e := &environment{x: x, f: f}
	data, fail := s.lang.effective(e, f.input)
	if fail != nil {
		return failed(fail)
	}
	next, lang := c.otherwise, s.lang
	for i := range c.rules {
		holds, fail := c.rules[i].test.holds(e, data)
		if fail != nil {
			return failed(fail)
		}
		if holds {
			next, lang = c.rules[i].next, c.rules[i].lang
			break
		}
	}
	if next == nil {
		return failed(inState(f, workflow.ErrorNoChoiceMatched,
			"Failed to transition out of the state. The state does not point to a next state."))
	}
	out, fail := lang.output(e, f.input)
	if fail != nil {
		return failed(fail)
	}
	return verdict{leaves: true, output: out, next: next}
}
