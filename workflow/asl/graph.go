package asl

import "strings"

// Graph is a state machine as something to draw.
type Graph struct {
	Start  string
	States []GraphState // in the definition's order
	Edges  []GraphEdge
}

// GraphState is a state of a Graph.
type GraphState struct {
	Name     string
	Type     string
	Terminal bool // nothing comes after it
}

// GraphEdge is a transition. Label is empty for Next, else "Catch: ERROR, …", the
// words of a choice rule, or "Default".
type GraphEdge struct {
	From, To, Label string
}

// Graph lists states and transitions.
func (m *StateMachine) Graph() Graph {
	g := Graph{Start: m.start.name}
	for _, s := range m.all {
		before := len(g.Edges)
		edge := func(to *state, label string) {
			if to != nil {
				g.Edges = append(g.Edges, GraphEdge{s.name, to.name, label})
			}
		}
		edge(s.next, "")
		if c, ok := s.body.(*choiceBody); ok {
			for _, r := range c.rules {
				edge(r.next, r.label)
			}
			edge(c.otherwise, "Default")
		}
		terminal := len(g.Edges) == before
		for _, c := range s.catch {
			edge(c.next, "Catch: "+strings.Join(c.errors, ", "))
		}
		g.States = append(g.States, GraphState{s.name, s.kind.name, terminal})
	}
	return g
}
