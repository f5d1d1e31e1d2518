package graph

import "math"

const (
	layeredGap = 28
	layeredRow = 44 // between two rows
	perRow     = 8  // boxes side by side
)

// layered puts states into rows by their distance from the start, in time linear in the size of
// the graph, whatever its shape. Lines go straight from box to box.
func layered(nodes []Node, lines []Line, note string) Layout {
	rows := ranked(nodes, lines)
	l := Layout{Nodes: nodes, Lines: lines, Note: note}
	for _, row := range rows {
		var w float64
		for _, i := range row {
			w += nodes[i].W + layeredGap
		}
		l.Width = max(l.Width, w-layeredGap+2*margin)
	}
	y := float64(margin)
	for _, row := range rows {
		var w, h float64
		for _, i := range row {
			w += nodes[i].W + layeredGap
			h = max(h, nodes[i].H)
		}
		x := (l.Width - (w - layeredGap)) / 2
		for _, i := range row {
			n := &l.Nodes[i]
			n.X, n.Y = tenth(x), tenth(y+(h-n.H)/2)
			x += n.W + layeredGap
		}
		y += h + layeredRow
	}
	l.Height = math.Ceil(y - layeredRow + margin)
	l.Width = math.Ceil(l.Width)
	connect(&l)
	return l
}

// ranked is the indices of the nodes, row by row: breadth first from the start, then whatever
// cannot be reached, then the end circle. A row that is too long goes on in the next.
func ranked(nodes []Node, lines []Line) [][]int {
	index := make(map[string]int, len(nodes))
	end := -1
	for i, n := range nodes {
		if n.Type == TypeEnd {
			end = i
			continue
		}
		index[n.Name] = i
	}
	next := make([][]int, len(nodes))
	for _, l := range lines {
		if l.To != "" {
			next[index[l.From]] = append(next[index[l.From]], index[l.To])
		}
	}
	seen := make([]bool, len(nodes))
	var rows [][]int
	place := func(level []int) {
		for len(level) > perRow {
			rows, level = append(rows, level[:perRow]), level[perRow:]
		}
		if len(level) > 0 {
			rows = append(rows, level)
		}
	}
	level := []int{0} // the start circle, or the first state of a branch
	seen[0] = true
	for len(level) > 0 {
		place(level)
		var below []int
		for _, i := range level {
			for _, j := range next[i] {
				if !seen[j] {
					seen[j] = true
					below = append(below, j)
				}
			}
		}
		level = below
	}
	var rest []int
	for i := range nodes {
		if !seen[i] && i != end {
			rest = append(rest, i)
		}
	}
	place(rest)
	if end >= 0 {
		rows = append(rows, []int{end})
	}
	return rows
}

// connect draws lines from the bottom of a box to the top of another, or round the side when
// the other is not below.
func connect(l *Layout) {
	place := make(map[string]*Node, len(l.Nodes))
	var end *Node
	for i := range l.Nodes {
		n := &l.Nodes[i]
		if n.Type == TypeEnd {
			end = n
			continue
		}
		place[n.Name] = n
	}
	for i := range l.Lines {
		line := &l.Lines[i]
		from, to := place[line.From], place[line.To]
		if line.To == "" {
			to = end
		}
		line.Points = between(from, to)
		if line.Label != "" {
			a, b := line.Points[0], line.Points[len(line.Points)-1]
			line.At = Point{tenth((a.X + b.X) / 2), tenth((a.Y + b.Y) / 2)}
		}
	}
}

func between(from, to *Node) []Point {
	if to.Y > from.Y+from.H {
		return []Point{{tenth(from.X + from.W/2), from.Y + from.H}, {tenth(to.X + to.W/2), to.Y}}
	}
	start, stop := Point{from.X + from.W, from.Y + from.H/2}, Point{to.X + to.W, to.Y + to.H/2}
	side := max(start.X, stop.X) + layeredGap/2
	return []Point{start, {tenth(side), start.Y}, {tenth(side), stop.Y}, stop}
}
