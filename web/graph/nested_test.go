package graph

import (
	"fmt"
	"testing"
)

// both is a Parallel state of a Map and of two states in a row, and a state after it.
func both() Graph {
	return Graph{StartAt: "Both", States: []State{
		{Name: "Both", Type: "Parallel"}, {Name: "After", Type: "Task", Terminal: true},
		{Name: "Each", Type: "Map", Within: "Both", Terminal: true},
		{Name: "One", Type: "Pass", Within: "Each"}, {Name: "Two", Type: "Pass", Within: "Each", Terminal: true},
		{Name: "Left", Type: "Task", Within: "Both", Branch: 1}, {Name: "Right", Type: "Fail", Within: "Both", Branch: 1, Terminal: true},
	}, Edges: []Edge{
		{From: "Both", To: "After", Kind: Next}, {From: "Both", To: "After", Kind: Catch, Label: "States.ALL"},
		{From: "One", To: "Two", Kind: Next}, {From: "Left", To: "Right", Kind: Catch, Label: "Lost"},
	}}
}

func TestWhatIsWithinAStateStandsInItsBox(t *testing.T) {
	large := both()
	for i := range 2 * maxCarefulStates {
		large.States = append(large.States, State{Name: fmt.Sprint("More", i), Type: "Pass", Within: "Each"})
	}
	for name, g := range map[string]Graph{"careful": both(), "layered": large} {
		t.Run(name, func(t *testing.T) {
			l := Lay(t.Context(), g)
			place := map[string]Node{}
			for _, n := range l.Nodes {
				if n.Name != "" {
					place[n.Name] = n
				}
				if n.X < 0 || n.Y < 0 || n.X+n.W > l.Width || n.Y+n.H > l.Height {
					t.Errorf("%q stands outside of the drawing", n.Name)
				}
			}
			if len(place) != len(g.States) || (l.Note == "") != (name == "careful") {
				t.Errorf("%d of %d states, note %q", len(place), len(g.States), l.Note)
			}
			for i, a := range g.States {
				n := place[a.Name]
				if box, inner := place[a.Within]; inner && (n.X < box.X || n.X+n.W > box.X+box.W || n.Y < box.Y+HeadHeight || n.Y+n.H > box.Y+box.H || !box.Frame) {
					t.Errorf("%q stands outside of %q", a.Name, a.Within)
				}
				for _, b := range g.States[i+1:] {
					if m := place[b.Name]; a.Within == b.Within && n.X < m.X+m.W && m.X < n.X+n.W && n.Y < m.Y+m.H && m.Y < n.Y+n.H {
						t.Errorf("%q and %q overlap", a.Name, b.Name)
					}
				}
			}
			if place["Each"].X > place["Left"].X {
				t.Error("the branches are not in order")
			}
			for _, line := range l.Lines {
				if box := place[line.From]; line.To != "" && line.From != "" && (line.Points[0].Y < box.Y-1 || line.Points[0].Y > box.Y+box.H+1) {
					t.Errorf("the line %s→%s does not begin at its box", line.From, line.To)
				}
			}
		})
	}
}

func TestAStateWithinOneThatDoesNotExistIsDrawnAllTheSame(t *testing.T) {
	l := Lay(t.Context(), Graph{StartAt: "A", States: []State{{Name: "A", Type: "Pass", Within: "None", Terminal: true}, {Name: "B", Type: "Pass", Within: "B"}}})
	if len(l.Nodes) != 4 {
		t.Errorf("%d nodes", len(l.Nodes))
	}
}
