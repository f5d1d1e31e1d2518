// Package graph lays a state machine out for drawing: it takes states and transitions and
// answers where each box, line and label stands.
//
// A layout is made once, when a version of a state machine is saved, and stored with it as
// JSON. Lay is a function of its argument: the same graph always gives the same layout, unless
// the context that bounds it ends. What is too large for the careful layout (dagre, executed in
// a JavaScript interpreter) or takes it longer than that gets a plain layered one, and
// Layout.Note says so to people.
//
// The package must not know executions, history or how anything is drawn: colours and SVG
// belong to views.
package graph

import "context"

// Graph is what is to be laid out.
type Graph struct {
	StartAt string
	States  []State // in the order of the definition, which breaks ties
	Edges   []Edge
}

// State is one state of the state machine.
type State struct {
	Name     string
	Type     string // as in the definition: "Task", "Choice", …
	Terminal bool   // the execution, or the branch that it is in, can end here
	// Within is the state that has this one in its branch number Branch; empty at the top.
	Within string
	Branch int
}

// Kind says how a transition comes about.
type Kind string

// The kinds of transitions.
const (
	Next    Kind = "next"
	Choice  Kind = "choice"  // a rule of a Choice state matched
	Default Kind = "default" // no rule matched
	Catch   Kind = "catch"   // an error was caught
)

// Edge is a transition from one state to another. There may be several between the same two.
type Edge struct {
	From, To string
	Kind     Kind
	Label    string // the rule or the error names, in full; empty for Next
}

// The types of the two circles that Lay adds. No state has them or their empty name.
const (
	TypeStart = "Start"
	TypeEnd   = "End"
)

// Layout is a graph with places. Lengths are CSS pixels, the origin is at the top left.
type Layout struct {
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Nodes  []Node  `json:"nodes"`
	Lines  []Line  `json:"lines"`
	Note   string  `json:"note,omitempty"` // why the drawing is plainer than usual; for people
}

// Node is a box, or the start or end circle, by its top left corner.
type Node struct {
	Name  string  `json:"name,omitempty"`
	Label string  `json:"label,omitempty"` // Name, shortened to fit the box
	Type  string  `json:"type"`
	X     float64 `json:"x"`
	Y     float64 `json:"y"`
	W     float64 `json:"w"`
	H     float64 `json:"h"`
	// Frame is set when the box has other boxes within, below the first HeadHeight pixels.
	Frame bool `json:"frame,omitempty"`
}

// Line is a transition from the edge of one box to that of another. From is empty for the
// line out of the start circle, To for lines into the end circle.
type Line struct {
	From   string  `json:"from,omitempty"`
	To     string  `json:"to,omitempty"`
	Kind   Kind    `json:"kind"`
	Text   string  `json:"text,omitempty"`  // Edge.Label in full
	Label  string  `json:"label,omitempty"` // Text, shortened
	Points []Point `json:"points"`
	At     Point   `json:"at,omitzero"` // centre of the label
	LabelW float64 `json:"labelW,omitempty"`
}

// Point is a place.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Limits of the careful layout. Within them it takes a second or two at most, the order workflow a quarter of one.
const (
	maxCarefulStates = 100
	maxCarefulEdges  = 300
)

// Lay lays g out. It does not fail: when ctx ends or the careful layout cannot be made, the
// layered one takes its place.
func Lay(ctx context.Context, g Graph) Layout {
	n := &nested{place: carefully(ctx)}
	if len(g.States) > maxCarefulStates || len(g.Edges) > maxCarefulEdges {
		n.place = func(nodes []Node, lines []Line) Layout {
			return layered(nodes, lines, "This state machine is too large for the usual drawing, so its states stand in plain rows.")
		}
	}
	n.sort(g)
	return n.lay(inside{}, g.StartAt)
}

func carefully(ctx context.Context) func([]Node, []Line) Layout {
	return func(nodes []Node, lines []Line) Layout {
		l, err := careful(ctx, nodes, lines)
		if err != nil {
			return layered(nodes, lines, "The usual drawing could not be made ("+err.Error()+"), so the states stand in plain rows.")
		}
		return l
	}
}
