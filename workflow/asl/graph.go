package asl

import "strings"

// Graph is a state machine as something to draw.
type Graph struct {
	Start  string
	States []GraphState // those of one scope in the definition's order, after the state they are within
	Edges  []GraphEdge
}

// GraphState is a state of a Graph.
type GraphState struct {
	Name     string
	Type     string
	Terminal bool // nothing comes after it
	// Within is the Parallel or Map state that has the state in its branch number Branch,
	// or its processor; empty at the top. First says that this branch begins with it.
	// Transitions stay within a branch.
	Within string
	Branch int
	First  bool
}

// GraphEdge is a transition. Label is empty for Next, else "Catch: ERROR, …", the
// words of a choice rule, or "Default".
type GraphEdge struct {
	From, To, Label string
}

// Graph lists states and transitions.
func (m *StateMachine) Graph() Graph {
	g := Graph{Start: m.start.name}
	branches := map[*scope]int{}
	for _, s := range m.all {
		if !m.contains(s) {
			continue
		}
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
		for i, inner := range s.scopes {
			branches[inner] = i
		}
		drawn := GraphState{Name: s.name, Type: s.kind.name, Terminal: terminal}
		if s.within != m.within {
			drawn.Within, drawn.Branch, drawn.First = s.within.name, branches[s.scope], s.scope.start == s
		}
		g.States = append(g.States, drawn)
	}
	return g
}

// contains says whether a state is among this state machine's: of a processor's, only
// those within it are.
func (m *StateMachine) contains(s *state) bool {
	for m.within != nil && s != nil && s.within != m.within {
		s = s.within
	}
	return s != nil
}
