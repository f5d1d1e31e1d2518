package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// chain is n states in a row, every tenth of them with a way back and a way out.
func chain(n int) Graph {
	name := func(i int) string { return fmt.Sprintf("State%05d", i) }
	g := Graph{StartAt: name(0)}
	for i := range n {
		g.States = append(g.States, State{Name: name(i), Type: "Task", Terminal: i == n-1})
		if i+1 < n {
			g.Edges = append(g.Edges, Edge{From: name(i), To: name(i + 1), Kind: Next})
		}
		if i%10 == 9 {
			g.Edges = append(g.Edges,
				Edge{From: name(i), To: name(i - 9), Kind: Catch, Label: "Again"},
				Edge{From: name(i), To: name(n - 1), Kind: Catch, Label: "States.ALL"})
		}
	}
	return g
}

func TestNoTwoBoxesOverlap(t *testing.T) {
	for name, g := range map[string]Graph{
		"order": order(), "one state": chain(1), "chain": chain(60), "at the limit": chain(maxCarefulStates), "large": chain(3000),
		"unreachable": {StartAt: "A", States: []State{{Name: "A", Terminal: true}, {Name: "B", Terminal: true}}},
		"to itself":   {StartAt: "A", States: []State{{Name: "A", Terminal: true}}, Edges: []Edge{{From: "A", To: "A", Kind: Catch, Label: "X"}}},
	} {
		t.Run(name, func(t *testing.T) { checkBoxes(t, Lay(t.Context(), g)) })
	}
}

func checkBoxes(t *testing.T, l Layout) {
	t.Helper()
	for i, a := range l.Nodes {
		if a.X < 0 || a.Y < 0 || a.X+a.W > l.Width || a.Y+a.H > l.Height {
			t.Errorf("%q stands outside of the drawing", a.Name)
		}
		for _, b := range l.Nodes[i+1:] {
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%q and %q overlap", a.Name, b.Name)
			}
		}
	}
	for _, line := range l.Lines {
		if len(line.Points) < 2 {
			t.Errorf("line %s→%s has %d points", line.From, line.To, len(line.Points))
		}
	}
}

func TestLabelsCoverNoBox(t *testing.T) {
	l := Lay(t.Context(), order())
	for _, line := range l.Lines {
		if line.Label == "" {
			continue
		}
		for _, n := range l.Nodes {
			if abs(line.At.X-(n.X+n.W/2)) < (line.LabelW+n.W)/2 && abs(line.At.Y-(n.Y+n.H/2)) < (labelHeight+n.H)/2 {
				t.Errorf("label %q of %s→%s covers %q", line.Label, line.From, line.To, n.Name)
			}
		}
	}
}

func abs(v float64) float64 { return max(v, -v) }

func TestSameGraphSameLayout(t *testing.T) {
	first := Lay(t.Context(), order())
	for range 3 {
		if diff := cmp.Diff(first, Lay(t.Context(), order())); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestLayoutSurvivesStorage(t *testing.T) {
	want := Lay(t.Context(), order())
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Layout
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The order's own way must read from top to bottom.
func TestTheWayForwardGoesDown(t *testing.T) {
	l := Lay(t.Context(), order())
	y := map[string]float64{}
	for _, n := range l.Nodes {
		y[n.Name] = n.Y
	}
	way := []string{"OrderReceived", "ValidateOrder", "ProcessPayment", "CheckInventory", "ApprovalRequired", "HumanApproval", "CapturePayment", "ShipOrder", "SendConfirmation", "OrderCompleted"}
	for i, name := range way[1:] {
		if y[name] <= y[way[i]] {
			t.Errorf("%s stands at %g, not below %s at %g", name, y[name], way[i], y[way[i]])
		}
	}
	if l.Note != "" {
		t.Errorf("note %q", l.Note)
	}
}

func TestWhatIsTooLargeStandsInRows(t *testing.T) {
	began := time.Now()
	l := Lay(t.Context(), chain(10_000))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if len(l.Nodes) != 10_002 || !strings.Contains(l.Note, "too large") {
		t.Errorf("%d nodes, note %q", len(l.Nodes), l.Note)
	}
}

func TestTheInterpreterIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := Lay(ctx, order())
	if !strings.Contains(l.Note, "too long") {
		t.Errorf("note %q", l.Note)
	}
	checkBoxes(t, l)
}

func TestEdgesToNowhereAreLeftOut(t *testing.T) {
	g := Graph{StartAt: "A", States: []State{{Name: "A"}}, Edges: []Edge{{From: "A", To: "Gone", Kind: Next}}}
	if l := Lay(t.Context(), g); len(l.Lines) != 1 {
		t.Errorf("lines %v", l.Lines)
	}
}

func BenchmarkLayOrder(b *testing.B) {
	g := order()
	for b.Loop() {
		Lay(b.Context(), g)
	}
}
