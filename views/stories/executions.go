package stories

import (
	"embed"
	"encoding/json"
	"fmt"

	"github.com/a-h/templ"

	"countersign/views/layouts"
	"countersign/views/pages"
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
	return append(all, Story{"execution-long", executionShell(parts)})
}

func executionShell(m pages.Execution) templ.Component {
	p := page(olga, m.Name, layouts.Executions)
	p.Width, p.Now = layouts.Wide, m.Now
	return shell(p, pages.ExecutionPage(m))
}
