package graph

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/dop251/goja"
)

//go:embed vendor/dagre-3.1.3/dagre.min.js
var dagreSource string

// program is the library and our call of it, compiled once.
var program = sync.OnceValues(func() (*goja.Program, error) {
	return goja.Compile("dagre.min.js", browserScript+dagreSource+"\n"+layScript, false)
})

// browserScript stands in for what the library expects of a browser; it clones plain numbers only.
const browserScript = "globalThis.structuredClone = (value) => JSON.parse(JSON.stringify(value));\n"

// layScript takes and gives JSON, so that nothing but text crosses between the two languages.
//
// It tries two ways and keeps the one in which the way forward is straighter and the drawing
// narrower. Aligned to the upper left, with the errors put in first so that they stand to the
// right, a long way forward becomes one column; without alignment, branches stand in balance. In
// a large drawing the difference is not worth the time.
const layScript = `
function lay(text) {
	const input = JSON.parse(text);
	const errors = input.edges.map((e, i) => i).sort((a, b) => input.edges[a].weight - input.edges[b].weight || a - b);
	const column = place(input, errors, "UL");
	if (input.nodes.length > 60) return JSON.stringify(column);
	const balanced = place(input, errors.slice().reverse(), undefined);
	return JSON.stringify(column.cost <= balanced.cost ? column : balanced);
}

function place(input, order, align) {
	const g = new dagre.graphlib.Graph({multigraph: true});
	g.setGraph({rankdir: "TB", align, nodesep: 24, ranksep: 28, edgesep: 12, marginx: input.margin, marginy: input.margin});
	input.nodes.forEach((n, i) => g.setNode(String(i), {width: n.w, height: n.h}));
	for (const i of order) {
		const e = input.edges[i];
		g.setEdge(String(e.from), String(e.to),
			{weight: e.weight, minlen: 1, width: e.w, height: e.h, labelpos: "c"}, String(i));
	}
	dagre.layout(g);
	const nodes = input.nodes.map((_, i) => { const n = g.node(String(i)); return {x: n.x, y: n.y}; });
	const edges = input.edges.map((e, i) => {
		const l = g.edge(String(e.from), String(e.to), String(i));
		return {points: l.points, x: l.x || 0, y: l.y || 0};
	});
	let cost = g.graph().width;
	for (const e of input.edges) if (e.forward) cost += Math.abs(nodes[e.from].x - nodes[e.to].x);
	return {cost, width: g.graph().width, height: g.graph().height, nodes, edges};
}`

type dagreInput struct {
	Margin float64     `json:"margin"`
	Nodes  []dagreNode `json:"nodes"`
	Edges  []dagreEdge `json:"edges"`
}

type dagreNode struct {
	W float64 `json:"w"`
	H float64 `json:"h"`
}

type dagreEdge struct {
	From    int     `json:"from"`
	To      int     `json:"to"`
	Weight  int     `json:"weight"`
	Forward bool    `json:"forward"` // it should go straight down
	W       float64 `json:"w"`
	H       float64 `json:"h"`
}

type dagreOutput struct {
	Width, Height float64
	Nodes         []Point
	Edges         []struct {
		Points []Point
		X, Y   float64
	}
}

// errTooLong is worded to stand inside Layout.Note.
var errTooLong = errors.New("it took too long")

func careful(ctx context.Context, nodes []Node, lines []Line) (Layout, error) {
	compiled, err := program()
	if err != nil {
		return Layout{}, fmt.Errorf("compile dagre: %w", err)
	}
	input, err := json.Marshal(dagreArgument(nodes, lines))
	if err != nil {
		return Layout{}, fmt.Errorf("write graph: %w", err)
	}
	text, err := run(ctx, compiled, string(input))
	if err != nil {
		return Layout{}, err
	}
	var out dagreOutput
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return Layout{}, fmt.Errorf("read layout: %w", err)
	}
	return placed(nodes, lines, out), nil
}

func dagreArgument(nodes []Node, lines []Line) dagreInput {
	in := dagreInput{Margin: margin, Nodes: []dagreNode{}, Edges: []dagreEdge{}}
	index := map[string]int{}
	end := 0
	for i, n := range nodes {
		in.Nodes = append(in.Nodes, dagreNode{n.W, n.H})
		switch n.Type {
		case TypeStart:
			index[""] = i
		case TypeEnd:
			end = i
		default:
			index[n.Name] = i
		}
	}
	for _, l := range lines {
		e := dagreEdge{From: index[l.From], To: index[l.To], Weight: weight(l.Kind), Forward: l.Kind == Next && l.To != ""}
		if l.To == "" {
			e.To = end
		}
		if l.Label != "" {
			e.W, e.H = l.LabelW, labelHeight
		}
		in.Edges = append(in.Edges, e)
	}
	return in
}

// weight keeps the way forward straight; errors go round it.
func weight(k Kind) int {
	switch k {
	case Catch:
		return 1
	case Choice, Default:
		return 4
	}
	return 12
}

// run executes the program in an interpreter of its own: nothing is left over from, and
// nothing can disturb, another layout.
func run(ctx context.Context, compiled *goja.Program, input string) (string, error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(2000)
	// dagre numbers its helpers only, but a random source would still be one more thing to trust.
	vm.SetRandSource(func() float64 { return 0.5 })
	stop := context.AfterFunc(ctx, func() { vm.Interrupt(errTooLong) })
	defer stop()
	if ctx.Err() != nil {
		return "", errTooLong
	}
	if _, err := vm.RunProgram(compiled); err != nil {
		return "", readable(err)
	}
	lay, ok := goja.AssertFunction(vm.Get("lay"))
	if !ok {
		return "", errors.New("dagre did not load")
	}
	value, err := lay(goja.Undefined(), vm.ToValue(input))
	if err != nil {
		return "", readable(err)
	}
	return value.String(), nil
}

// readable leaves out the interpreter's stack, which means nothing to a reader of the page.
func readable(err error) error {
	if interrupted := (*goja.InterruptedError)(nil); errors.As(err, &interrupted) {
		return errTooLong
	}
	if thrown := (*goja.Exception)(nil); errors.As(err, &thrown) {
		return errors.New(thrown.Value().String())
	}
	return err
}

func placed(nodes []Node, lines []Line, out dagreOutput) Layout {
	l := Layout{Width: math.Ceil(out.Width), Height: math.Ceil(out.Height), Nodes: nodes, Lines: lines}
	for i, p := range out.Nodes {
		n := &l.Nodes[i]
		n.X, n.Y = tenth(p.X-n.W/2), tenth(p.Y-n.H/2)
	}
	for i, e := range out.Edges {
		line := &l.Lines[i]
		for _, p := range e.Points {
			line.Points = append(line.Points, Point{tenth(p.X), tenth(p.Y)})
		}
		if line.Label != "" {
			line.At = Point{tenth(e.X), tenth(e.Y)}
		}
	}
	return l
}

// tenth rounds: finer than a tenth of a pixel is only more text.
func tenth(v float64) float64 { return math.Round(v*10) / 10 }
