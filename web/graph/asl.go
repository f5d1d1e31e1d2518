package graph

import (
	"strings"

	"countersign/workflow/asl"
)

// Of is the graph of a state machine.
func Of(m *asl.StateMachine) Graph {
	from := m.Graph()
	g := Graph{StartAt: from.Start}
	types := make(map[string]string, len(from.States))
	for _, s := range from.States {
		g.States = append(g.States, State{Name: s.Name, Type: s.Type, Terminal: s.Terminal, Within: s.Within, Branch: s.Branch})
		types[s.Name] = s.Type
	}
	for _, e := range from.Edges {
		edge := Edge{From: e.From, To: e.To, Kind: Next, Label: e.Label}
		if errors, ok := strings.CutPrefix(e.Label, "Catch: "); ok {
			edge.Kind, edge.Label = Catch, errors
		} else if types[e.From] == "Choice" {
			edge.Kind = Choice
			if e.Label == "Default" {
				edge.Kind, edge.Label = Default, ""
			}
		}
		g.Edges = append(g.Edges, edge)
	}
	return g
}
