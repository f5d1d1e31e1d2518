package history

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/graph"
	"countersign/web/paths"
	"countersign/workflow"
)

var update = flag.Bool("update", false, "rewrite the execution pages of views/stories")

// TestStoriesShowRealPages: the stories' execution pages are what this package makes of the
// scenes, so what is looked at there is what people will see.
func TestStoriesShowRealPages(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			page := Read(s.facts(t)).Page(orderLayout(), View{Selection: paths.Selection{State: s.state}, Comments: map[string]string{
				"HumanApproval": "Asks the approvers and waits for one of them, at most until the deadline",
			}})
			page.CSRF, page.OrderID, page.MayStop = "csrf-token", "CS-7K2M4Q9A", !page.Status.Closed()
			got, err := json.MarshalIndent(page, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("..", "..", "views", "stories", "executions", s.name+".json")
			if *update {
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v: run go test ./web/history -update", err)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
				t.Errorf("%s has changed (-was +is):\n%s\nif this is meant, run go test ./web/history -update, then look at the stories", file, diff)
			}
		})
	}
}

func TestTakenLinesFollowTheExecution(t *testing.T) {
	page := Read(factsOf(t, "rejected")).Page(orderLayout(), View{})
	var got []string
	for i, line := range page.Graph.Lines {
		if l := orderLayout().Lines[i]; line.Taken {
			got = append(got, l.From+"→"+l.To)
		}
	}
	want := []string{
		"→OrderReceived", "OrderReceived→ValidateOrder", "ValidateOrder→ProcessPayment", "ProcessPayment→CheckInventory",
		"CheckInventory→ApprovalRequired", "ApprovalRequired→HumanApproval", "HumanApproval→ReleaseInventory",
		"ReleaseInventory→RefundPayment", "RefundPayment→NotifyCustomer", "NotifyCustomer→OrderOutcome",
		"OrderOutcome→OrderRejected", "OrderRejected→",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTimelineCoversTheExecution(t *testing.T) {
	page := Read(factsOf(t, "rejected")).Page(orderLayout(), View{})
	for i, row := range page.Timeline.Rows {
		if row.From < 0 || row.Length < 0 || row.From+row.Length > 100.0001 {
			t.Errorf("%s reaches from %g for %g", row.State, row.From, row.Length)
		}
		if i > 0 && row.From < page.Timeline.Rows[i-1].From {
			t.Errorf("%s begins before the state in front of it", row.State)
		}
	}
}

// long is the longest history there may be: a loop over two states.
func long(t testing.TB) Facts {
	b := start(map[string]any{"n": 1})
	for len(b.events) < workflow.MaxHistoryEvents-5 {
		b.task("ProcessPayment", "n", 1)
	}
	b.enter("Task", "ProcessPayment")
	return b.facts(t, workflow.Running, b.at)
}

func TestEventsComeInParts(t *testing.T) {
	f := long(t)
	h := Read(f)
	seen := map[int64]bool{}
	for from, n := int64(1), 0; ; n++ {
		page := h.Page(orderLayout(), View{Selection: paths.Selection{From: from}}).Events
		if len(page.Rows) == 0 || len(page.Rows) > eventsPerPage {
			t.Fatalf("part %d has %d rows", n, len(page.Rows))
		}
		for _, row := range page.Rows {
			if seen[row.ID] {
				t.Fatalf("event %d is on two pages", row.ID)
			}
			seen[row.ID] = true
		}
		if (page.Prev == "") != (n == 0) || (page.Prev == "") != (page.First == "") {
			t.Fatalf("part %d: previous %q, first %q", n, page.Prev, page.First)
		}
		if page.Next == "" {
			break
		}
		from = page.Rows[len(page.Rows)-1].ID + 1
	}
	if len(seen) != len(f.Events) {
		t.Errorf("%d of %d events are shown", len(seen), len(f.Events))
	}
	beyond := h.Page(orderLayout(), View{Selection: paths.Selection{From: 1 << 40}}).Events
	if len(beyond.Rows) == 0 || beyond.Next != "" {
		t.Errorf("behind the end: %d rows, next %q", len(beyond.Rows), beyond.Next)
	}
}

func TestLongHistoryIsReadInTime(t *testing.T) {
	f := long(t)
	orderLayout() // is not what is measured
	began := time.Now()
	page := Read(f).Page(orderLayout(), View{})
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if len(page.Timeline.Rows) != maxTimelineRows || page.Timeline.Omitted == 0 || len(page.State.Entries) != maxEntriesShown {
		t.Errorf("%d rows, %d entries", len(page.Timeline.Rows), len(page.State.Entries))
	}
}

func TestNoIDStandsTwice(t *testing.T) {
	for _, s := range scenes {
		page := Read(s.facts(t)).Page(orderLayout(), View{})
		seen := map[string]bool{}
		check := func(j pages.JSON) {
			if j.ID != "" && seen[j.ID] {
				t.Errorf("%s: %s stands twice", s.name, j.ID)
			}
			seen[j.ID] = true
		}
		check(page.Input)
		check(page.Output)
		if page.State != nil {
			for _, e := range page.State.Entries {
				check(e.Input)
				check(e.Result)
				check(e.Output)
			}
		}
		for _, row := range page.Events.Rows {
			for _, p := range row.Payloads {
				check(p)
			}
		}
	}
}

func BenchmarkLongHistory(b *testing.B) {
	f := long(b)
	for b.Loop() {
		Read(f).Page(orderLayout(), View{})
	}
}

func TestEventsAreColouredByWhatTheyMean(t *testing.T) {
	for want, types := range map[components.Tone][]workflow.EventType{
		components.Danger: {workflow.EventExecutionFailed, workflow.EventActivityFailed, workflow.EventActivityTimedOut, workflow.EventMapRunFailed,
			workflow.EventMapIterationFailed, workflow.EventTaskStartFailed, workflow.EventEvaluationFailed, workflow.EventFailStateEntered},
		components.Success:  {workflow.EventExecutionSucceeded, workflow.EventActivitySucceeded, workflow.EventMapRunSucceeded, workflow.EventTaskSucceeded},
		components.Progress: {workflow.EventExecutionStarted, workflow.EventActivityStarted, workflow.EventMapRunStarted, workflow.EventLambdaFunctionStarted},
		components.Waiting:  {workflow.EventTaskSubmitted, workflow.EventExecutionRedriven, workflow.EventMapRunRedriven},
		components.Neutral: {workflow.EventPassStateEntered, workflow.EventMapStateStarted, workflow.EventMapStateSucceeded, workflow.EventMapIterationStarted,
			workflow.EventMapIterationSucceeded, workflow.EventActivityScheduled, workflow.EventExecutionAborted},
	} {
		for _, e := range types {
			if got := tone(e); got != want {
				t.Errorf("%s is %q, want %q", e, got, want)
			}
		}
	}
}

// The circles of start and end are not states.
func TestTheNoteInPlaceOfADrawingCountsStates(t *testing.T) {
	l := graph.Layout{Nodes: []graph.Node{{Type: "Start"}, {Type: "End"}}}
	for i := range maxDrawn {
		l.Nodes = append(l.Nodes, graph.Node{Name: "S" + strconv.Itoa(i), Type: "Pass"})
	}
	if note := Definition(l).Note; !strings.HasPrefix(note, "This state machine has 1,500 states") {
		t.Error(note)
	}
}
