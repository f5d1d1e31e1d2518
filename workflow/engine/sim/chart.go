package sim

import "encoding/json"

// chart is what a definition says of the ways between states.
type chart struct {
	kinds map[string]string          // Type by state
	next  map[string]map[string]bool // successors
	first map[string]bool            // begin an execution, a branch or an iteration
}

func chartOf(definition []byte) (*chart, error) {
	c := &chart{kinds: map[string]string{}, next: map[string]map[string]bool{}, first: map[string]bool{}}
	return c, c.read(definition)
}

func (c *chart) read(scope []byte) error {
	type target struct{ Next string }
	var s struct {
		StartAt string
		States  map[string]struct {
			Type, Next, Default     string
			Choices, Catch          []target
			Branches                []json.RawMessage
			Iterator, ItemProcessor json.RawMessage
		}
	}
	if err := json.Unmarshal(scope, &s); err != nil {
		return err
	}
	c.first[s.StartAt] = true
	for name, state := range s.States {
		c.kinds[name] = state.Type
		c.next[name] = map[string]bool{state.Next: true, state.Default: true}
		for _, t := range append(state.Choices, state.Catch...) {
			c.next[name][t.Next] = true
		}
		inner := state.Branches
		for _, one := range []json.RawMessage{state.Iterator, state.ItemProcessor} {
			if one != nil {
				inner = append(inner, one)
			}
		}
		for _, one := range inner {
			if err := c.read(one); err != nil {
				return err
			}
		}
	}
	return nil
}
