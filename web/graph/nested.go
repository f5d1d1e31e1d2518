package graph

import (
	"cmp"
	"math"
)

// HeadHeight is the part of a box with others within that has its name.
const HeadHeight = boxHeight

const frameGap = 16 // between branches, and around them

// inside is one branch of one state, or the top.
type inside struct {
	within string
	branch int
}

// nested lays out one branch after the other, innermost first: what is within a box is a
// drawing of its own, and the box is made large enough for it.
type nested struct {
	place    func([]Node, []Line) Layout
	parts    map[inside]Graph
	branches map[string]int // of each state that has any
}

// sort takes the graph apart. A state within one that does not exist stands at the top.
func (n *nested) sort(g Graph) {
	n.parts, n.branches = map[inside]Graph{}, map[string]int{}
	at := make(map[string]inside, len(g.States))
	known := make(map[string]bool, len(g.States))
	for _, s := range g.States {
		known[s.Name] = true
	}
	for _, s := range g.States {
		in := inside{s.Within, s.Branch}
		if !known[s.Within] || s.Within == s.Name {
			in = inside{}
		} else {
			n.branches[s.Within] = max(n.branches[s.Within], s.Branch+1)
		}
		at[s.Name] = in
		part := n.parts[in]
		part.States = append(part.States, s)
		n.parts[in] = part
	}
	for _, e := range g.Edges {
		if in := at[e.From]; in == at[e.To] {
			part := n.parts[in]
			part.Edges = append(part.Edges, e)
			n.parts[in] = part
		}
	}
}

func (n *nested) lay(in inside, start string) Layout {
	part := n.parts[in]
	part.StartAt = start
	nodes, lines := sized(part, in == inside{})
	within := map[int][]Layout{}
	for i := range nodes {
		node := &nodes[i]
		if count := n.branches[node.Name]; node.Name != "" && count > 0 {
			within[i] = n.fill(node, count)
		}
	}
	if len(nodes) == 0 {
		return Layout{}
	}
	l := n.place(nodes, lines)
	frames := len(l.Nodes)
	for i := range frames {
		if branches := within[i]; branches != nil {
			l.add(l.Nodes[i], branches)
		}
	}
	return l
}

// fill lays out the branches of a box and makes room for them.
func (n *nested) fill(node *Node, count int) []Layout {
	var branches []Layout
	w, h := float64(frameGap), 0.0
	for b := range count {
		l := n.lay(inside{node.Name, b}, "")
		branches = append(branches, l)
		w, h = w+l.Width+frameGap, max(h, l.Height)
	}
	node.Frame = true
	node.W = math.Ceil(max(node.W, w))
	node.H = math.Ceil(HeadHeight + h + frameGap)
	return branches
}

// add puts the branches into their box, side by side and in its middle.
func (l *Layout) add(box Node, branches []Layout) {
	w := float64(frameGap) * float64(len(branches)-1)
	for _, b := range branches {
		w += b.Width
	}
	x, y := box.X+(box.W-w)/2, box.Y+HeadHeight
	for _, b := range branches {
		l.Note = cmp.Or(l.Note, b.Note)
		for _, node := range b.Nodes {
			node.X, node.Y = tenth(node.X+x), tenth(node.Y+y)
			l.Nodes = append(l.Nodes, node)
		}
		for _, line := range b.Lines {
			for i, p := range line.Points {
				line.Points[i] = Point{tenth(p.X + x), tenth(p.Y + y)}
			}
			if line.Label != "" {
				line.At = Point{tenth(line.At.X + x), tenth(line.At.Y + y)}
			}
			l.Lines = append(l.Lines, line)
		}
		x += b.Width + frameGap
	}
}
