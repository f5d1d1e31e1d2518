package history

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/workflow"
)

// maxDrawn is the number of states above which a drawing helps nobody and slows every reader.
const maxDrawn = 1500

// drawnStates leaves out the circles of start and end, which have no name.
func drawnStates(l graph.Layout) int {
	n := 0
	for _, node := range l.Nodes {
		if node.Name != "" {
			n++
		}
	}
	return n
}

// Definition draws a state machine on which nothing has happened.
func Definition(l graph.Layout) pages.StateGraph {
	return drawing(l)
}

func drawing(l graph.Layout) pages.StateGraph {
	if len(l.Nodes) > maxDrawn {
		return pages.StateGraph{Note: "This state machine has " + components.Thousands(int64(drawnStates(l))) +
			" states, too many to draw. Everything else on this page is complete."}
	}
	g := pages.StateGraph{Width: int(math.Ceil(l.Width)), Height: int(math.Ceil(l.Height)), Note: l.Note}
	for _, n := range l.Nodes {
		g.Nodes = append(g.Nodes, pages.GraphNode{
			Name: n.Name, Label: n.Label, Type: n.Type, X: n.X, Y: n.Y, W: n.W, H: n.H, Says: n.Type, Full: n.Name + " (" + n.Type + ")",
			Head: head(n),
		})
	}
	for _, line := range l.Lines {
		g.Lines = append(g.Lines, pages.GraphLine{
			Path: path(line.Points), Dashed: line.Kind == graph.Catch, Label: line.Label, Full: lineText(line),
			X: line.At.X, Y: line.At.Y, W: line.LabelW,
		})
	}
	return g
}

// head is the height of a box's name when other boxes stand within.
func head(n graph.Node) float64 {
	if n.Frame {
		return graph.HeadHeight
	}
	return 0
}

func lineText(l graph.Line) string {
	switch l.Kind {
	case graph.Catch:
		return "Catches " + l.Text
	case graph.Default:
		return "When no rule matches"
	case graph.Choice:
		return "When " + l.Text
	}
	return ""
}

// corner is the radius at which lines turn.
const corner = 16

// path draws lines between the points and rounds the corners.
func path(points []graph.Point) string {
	var b strings.Builder
	for i, p := range points {
		switch {
		case i == 0:
			b.WriteString("M" + place(p))
		case i == len(points)-1:
			b.WriteString("L" + place(p))
		default:
			in, out := toward(p, points[i-1]), toward(p, points[i+1])
			b.WriteString("L" + place(in) + "Q" + place(p) + " " + place(out))
		}
	}
	return b.String()
}

// toward is the point at the corner's radius from p on the way to q, at most half way.
func toward(p, q graph.Point) graph.Point {
	dx, dy := q.X-p.X, q.Y-p.Y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return p
	}
	part := min(corner/length, 0.5)
	return graph.Point{X: p.X + dx*part, Y: p.Y + dy*part}
}

func place(p graph.Point) string {
	short := func(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
	return short(p.X) + " " + short(p.Y)
}

// draw colours the drawing by what happened.
func (h *History) draw(l graph.Layout, selected string) pages.StateGraph {
	g := drawing(l)
	g.Marked = true
	if h.skipped {
		g.Note = "This history is very long: what was entered long ago is drawn as if it had not been. The table has all events."
	}
	runs := h.runsWithin()
	for i := range g.Nodes {
		n := &g.Nodes[i]
		switch n.Type {
		case graph.TypeStart:
			n.Reached = len(h.Entries) > 0
			continue
		case graph.TypeEnd:
			n.Reached = h.reachedEnd()
			continue
		}
		n.URL = h.at(n.Name)
		n.Selected = n.Name == selected
		if e := h.Last(n.Name); e != nil {
			h.mark(n, e)
		} else if run := runs[n.Name]; run != nil {
			n.URL, n.Says = run.URL, "In child executions"
			n.Full += ", entered by the child executions of Map Run " + run.Text
		} else {
			n.Full += ", not entered"
		}
	}
	h.take(&g, l)
	return g
}

// runsWithin leads from the states of Distributed Maps, which other executions enter, to the
// newest Map Run of each.
func (h *History) runsWithin() map[string]*components.Link {
	within := map[string]string{}
	for _, s := range h.facts.Graph.States {
		within[s.Name] = s.Within
	}
	runs := map[string]*components.Link{}
	for name := range within {
		outer := within[name]
		for depth := 0; outer != "" && depth < len(within); depth++ {
			if e := h.Last(outer); e != nil && e.MapRun != "" {
				runs[name] = MapRunLink(e.MapRun)
				break
			}
			outer = within[outer]
		}
	}
	return runs
}

func (h *History) mark(n *pages.GraphNode, e *Entry) {
	n.Mark = e.Mark
	status := e.Mark.Status()
	n.Says = status.Text
	switch e.Mark {
	case pages.Waits:
		n.Until = e.until()
	case pages.Retries:
		if n.Until = e.Wait.RetryAt; n.Until.After(h.facts.Now) {
			n.Says = "Retry in"
		}
	case pages.Caught, pages.Failed:
		if e.Error != "" {
			n.Says = map[pages.StateMark]string{pages.Caught: "Caught ", pages.Failed: "Failed: "}[e.Mark] + e.Error
		}
	case pages.Succeeded:
		if len(e.Attempts) > 1 {
			n.Says += " at attempt " + strconv.Itoa(len(e.Attempts))
		}
	}
	if left := n.Until.Sub(h.facts.Now); !n.Until.IsZero() && left > 0 {
		n.Left = components.Duration(left.Truncate(time.Second))
	} else {
		n.Until = time.Time{}
	}
	n.Says = fitting(n.Says, n.W)
	n.Full += ", " + strings.ToLower(status.Text)
	if e.Error != "" {
		n.Full += ": " + e.Error
	}
	if times := len(h.entriesOf(n.Name)); times > 1 {
		n.Full += ", entered " + strconv.Itoa(times) + " times"
		n.Says = fitting(n.Says+" ×"+strconv.Itoa(times), n.W)
	}
}

// fitting shortens a text to the width of a box, in the small type below the name.
func fitting(s string, w float64) string {
	limit := int((w - 48) / 6.2)
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

func (h *History) reachedEnd() bool {
	if len(h.Entries) == 0 {
		return false
	}
	last := h.Entries[len(h.Entries)-1]
	return h.facts.Info.Status == workflow.Succeeded || last.Type == "Fail" && h.facts.Info.Status == workflow.Failed
}

// take marks the lines that the execution went along.
func (h *History) take(g *pages.StateGraph, l graph.Layout) {
	if len(g.Lines) == 0 {
		return
	}
	lines := map[[2]string][]int{}
	for i, line := range l.Lines {
		key := [2]string{line.From, line.To}
		lines[key] = append(lines[key], i)
	}
	for i := range h.Entries {
		to := &h.Entries[i]
		if to.previous < 0 {
			for _, j := range lines[[2]string{"", to.State}] {
				g.Lines[j].Taken = true
			}
			continue
		}
		from := &h.Entries[to.previous]
		for _, j := range along(l.Lines, lines[[2]string{from.State, to.State}], from) {
			g.Lines[j].Taken = true
		}
	}
	if h.reachedEnd() {
		for _, j := range lines[[2]string{h.Entries[len(h.Entries)-1].State, ""}] {
			g.Lines[j].Taken = true
		}
	}
}

// along picks, of the lines between two states, those that explain how the entry was left: the
// one catcher that names its error, or all that no error leads along.
func along(lines []graph.Line, candidates []int, from *Entry) []int {
	var normal, catchers []int
	for _, i := range candidates {
		if lines[i].Kind == graph.Catch {
			catchers = append(catchers, i)
		} else {
			normal = append(normal, i)
		}
	}
	if from.Mark != pages.Caught || len(catchers) == 0 {
		return normal
	}
	for _, i := range catchers {
		for name := range strings.SplitSeq(lines[i].Text, ", ") {
			if name == from.Error {
				return []int{i}
			}
		}
	}
	return catchers[:1]
}
