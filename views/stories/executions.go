package stories

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/a-h/templ"

	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// What package web/history makes of the executions that its tests act out; they rewrite the
// files: go test ./web/history -update.
//
//go:embed executions/*.json
var executions embed.FS

// execution is the page of one of those executions.
func execution(name string) pages.Execution {
	text, err := executions.ReadFile("executions/" + name + ".json")
	if err != nil {
		panic(fmt.Sprintf("stories: %v", err))
	}
	var m pages.Execution
	if err := json.Unmarshal(text, &m); err != nil {
		panic(fmt.Sprintf("stories: executions/%s.json: %v", name, err))
	}
	return m
}

func executionStories() []Story {
	var all []Story
	for _, name := range []string{"waiting", "retrying", "completed", "rejected", "attention", "redriven", "aborted", "expired", "begun", "selected"} {
		m := execution(name)
		all = append(all, Story{"execution-" + name, executionShell(m)})
	}
	parts := execution("completed")
	parts.Events.Total = 24_870
	parts.Events.First, parts.Events.Prev, parts.Events.Next, parts.Events.Last = "/executions/x", "/executions/x?from=1", "/executions/x?from=401", "/executions/x?from=24801"
	parts.Timeline.Omitted = 4000
	parts.Graph = pages.StateGraph{Marked: true, Note: "This state machine has 2,410 states, too many to draw. Everything else on this page is complete."}
	return append(all, Story{"execution-long", executionShell(parts)}, Story{"execution-iterations", executionShell(iterations())})
}

// iterations is a page that is narrowed to one iteration of a Map that a child execution's state
// stands in.
func iterations() pages.Execution {
	m := execution("completed")
	m.MayTest = true
	m.Iteration = &pages.ExecutionIteration{Text: "Iteration 3 of Each", Mark: pages.Failed, All: "/executions/x?state=Each"}
	m.Parent = &pages.ExecutionParent{
		Execution: components.Link{Text: "nightly", URL: "/executions/Nightly:nightly"}, State: components.Link{Text: "Delegate", URL: "/executions/Nightly:nightly?state=Delegate"},
		MapRun: &components.Link{Text: "rows:ba3d71a0", URL: "/map-runs/Nightly%2Frows:ba3d71a0"},
	}
	list := &pages.Iterations{Next: "/executions/x?skip=100", Filters: []components.Tab{
		{Text: "All", URL: "/executions/x", Count: workflow.Count{N: 240}, Counted: true, Current: true}, {Text: "Succeeded", URL: "/executions/x?show=succeeded", Count: workflow.Count{N: 236}, Counted: true},
		{Text: "Failed", URL: "/executions/x?show=failed", Count: workflow.Count{N: 4}, Counted: true},
	}}
	for n := range 100 {
		mark := pages.Succeeded
		if n%30 == 3 {
			mark = pages.Failed
		}
		list.Rows = append(list.Rows, pages.IterationRow{Index: n, Mark: mark, URL: "/executions/x?iteration=1", Current: n == 3})
	}
	m.State.Iterations = list
	if len(m.State.Entries) > 0 {
		e := &m.State.Entries[0]
		e.MapRun = m.Parent.MapRun
		e.Assigned = pages.JSON{ID: "assigned", Title: "Variables assigned", Text: "{\n  \"answer\": \"42\"\n}"}
		if len(e.Attempts) > 0 {
			e.Attempts[0].Started = &components.Link{Text: "child-of-nightly", URL: "/executions/Child:child-of-nightly"}
		}
	}
	m.Input.Whole, m.Input.Length = "/executions/x/payload?event=1&of=input", 240_000
	return m
}

func executionShell(m pages.Execution) templ.Component {
	p := page(olga, m.Name, layouts.Executions)
	p.Width, p.Now = layouts.Wide, m.Now
	return shell(p, pages.ExecutionPage(m))
}
