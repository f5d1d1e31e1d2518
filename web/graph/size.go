package graph

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Sizes in pixels. The drawing's style sheet sets its type to match: names at 13 px, labels at 11 px.
const (
	boxHeight   = 48
	boxMinWidth = 156
	boxMaxWidth = 268
	boxPadding  = 56 // icon, gap and both sides
	circle      = 26
	labelHeight = 18
	margin      = 14
	maxLabel    = 30 // characters
	maxName     = 28
)

// sized gives every state its box and every transition its label, adds the circles at the top
// and leaves out transitions from or to states that do not exist.
func sized(g Graph, top bool) ([]Node, []Line) {
	var nodes []Node
	if top {
		nodes = append(nodes, Node{Type: TypeStart, W: circle, H: circle})
	}
	known := map[string]bool{}
	ends := false
	for _, s := range g.States {
		if known[s.Name] {
			continue
		}
		known[s.Name] = true
		label := shorten(s.Name, maxName)
		w := math.Ceil(min(boxMaxWidth, max(boxMinWidth, textWidth(label, 13)+boxPadding)))
		nodes = append(nodes, Node{Name: s.Name, Label: label, Type: s.Type, W: w, H: boxHeight})
		ends = ends || s.Terminal
	}
	var lines []Line
	if top && known[g.StartAt] {
		lines = append(lines, Line{To: g.StartAt, Kind: Next})
	}
	for _, e := range g.Edges {
		if !known[e.From] || !known[e.To] {
			continue
		}
		l := Line{From: e.From, To: e.To, Kind: e.Kind, Text: e.Label, Label: shorten(plainLabel(e), maxLabel)}
		if l.Label != "" {
			l.LabelW = math.Ceil(textWidth(l.Label, 11)) + 12
		}
		lines = append(lines, l)
	}
	if ends && top {
		nodes = append(nodes, Node{Type: TypeEnd, W: circle, H: circle})
		for _, s := range g.States {
			if s.Terminal {
				lines = append(lines, Line{From: s.Name, Kind: Next})
			}
		}
	}
	return nodes, lines
}

// plainLabel words the commonest labels for people. A line that any error takes has none: it is
// dashed, which says so, and there are many of them.
func plainLabel(e Edge) string {
	switch {
	case e.Kind == Catch && e.Label == "States.ALL":
		return ""
	case e.Kind == Default && e.Label == "":
		return "otherwise"
	}
	words := strings.Fields(e.Label)
	for i, w := range words {
		words[i] = tail(w)
	}
	return strings.Join(words, " ")
}

// tail shortens a path such as $.validated.approval.required to its last two members.
func tail(word string) string {
	path, ok := strings.CutPrefix(word, "$.")
	if !ok {
		return word
	}
	if parts := strings.Split(path, "."); len(parts) > 2 && !strings.ContainsAny(path, "['\"") {
		return strings.Join(parts[len(parts)-2:], ".")
	}
	return path
}

func shorten(s string, limit int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:limit-1]), " .,") + "…"
}

// textWidth estimates the width of s in Inter, generously: a box that is a little too wide is
// better than a name that leaves it.
func textWidth(s string, size float64) float64 {
	var em float64
	for _, r := range s {
		switch {
		case strings.ContainsRune("iljIt.,:;|!'()[]/ f1r", r):
			em += 0.38
		case strings.ContainsRune("mwMW@%—…", r):
			em += 0.9
		case r >= 'A' && r <= 'Z':
			em += 0.7
		case r > 0x2000:
			em += 1
		default:
			em += 0.6
		}
	}
	return em * size
}
