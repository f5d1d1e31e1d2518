package stories

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

func mapRunStories() []Story {
	const key = "NightlyLoad/rows:ba3d71a0-1aae-4389-bd42-9ab04c98d779"
	child := func(n int, status workflow.ExecutionStatus, problem string) pages.ExecutionRow {
		name := fmt.Sprintf("ba3d71a0-1aae-4389-bd42-9ab04c98d779-%d", n)
		r := pages.ExecutionRow{Key: "NightlyLoad/rows:" + name, Name: name, StateMachine: "NightlyLoad/rows", Status: status, StartedAt: ago(time.Duration(9000-n) * time.Millisecond), Error: problem}
		if status != workflow.Running {
			r.StoppedAt = r.StartedAt.Add(42 * time.Millisecond)
		}
		return r
	}
	running := pages.MapRun{
		Now: now, Key: key, ARN: workflow.MapRunARN("NightlyLoad", "rows", "ba3d71a0-1aae-4389-bd42-9ab04c98d779"), Label: "rows", StateMachine: "NightlyLoad",
		Status: workflow.Running, StartedAt: ago(9 * time.Second), Reading: true, MaxConcurrency: 40, ToleratedFailures: 100, ToleratedPercentage: 2.5,
		Parent:     components.Link{Text: "load-2026-11-23", URL: paths.Execution("NightlyLoad:load-2026-11-23")},
		State:      components.Link{Text: "Every row", URL: paths.ExecutionAt("NightlyLoad:load-2026-11-23", "Every row")},
		Items:      workflow.MapRunCounts{Pending: 6120, Running: 400, Succeeded: 14_230, Failed: 61, TimedOut: 12},
		Executions: workflow.MapRunCounts{Pending: 612, Running: 40, Succeeded: 1423, Failed: 6, TimedOut: 2},
		Rows:       []pages.ExecutionRow{child(1471, workflow.Running, ""), child(1470, workflow.Running, ""), child(1469, workflow.Succeeded, ""), child(1468, workflow.Failed, "RowIsUgly")},
		Older:      paths.MapRunView(key, "", "1_1"), LiveURL: paths.MapRunViewLive(key, "", ""),
	}
	done := running
	done.Status, done.StoppedAt, done.Reading, done.MaxConcurrency = workflow.Succeeded, ago(time.Second), false, 0
	done.Items, done.Executions = workflow.MapRunCounts{Succeeded: 20_000}, workflow.MapRunCounts{Succeeded: 2000}
	done.ToleratedFailures, done.ToleratedPercentage, done.Older = 0, 0, ""
	done.ResultsWritten, done.ResultBucket, done.ResultKey = 2000, "nightly-results", "2026/11/ba3d71a0-1aae-4389-bd42-9ab04c98d779/manifest.json"
	done.Rows = []pages.ExecutionRow{child(2, workflow.Succeeded, ""), child(1, workflow.Succeeded, "")}
	failed := running
	failed.Status, failed.StoppedAt, failed.Reading, failed.Redrive, failed.Redrives, failed.RedrivenAt = workflow.Failed, ago(time.Second), false, true, 1, ago(8*time.Second)
	failed.Items, failed.Executions = workflow.MapRunCounts{Succeeded: 4, Failed: 3, Aborted: 13}, workflow.MapRunCounts{Succeeded: 4, Failed: 3, Aborted: 13}
	failed.Shown, failed.Newer, failed.Older = workflow.Failed, paths.MapRunView(key, "FAILED", ""), ""
	failed.Rows = []pages.ExecutionRow{child(20, workflow.Failed, "RowIsUgly"), child(10, workflow.Failed, "States.TaskFailed")}
	nothing := running
	nothing.Status, nothing.StoppedAt, nothing.Reading, nothing.Rows, nothing.Older = workflow.Succeeded, now, false, nil, ""
	nothing.Items, nothing.Executions = workflow.MapRunCounts{}, workflow.MapRunCounts{}
	var all []Story
	for _, s := range []struct {
		name string
		m    pages.MapRun
	}{{"running", running}, {"succeeded", done}, {"failed", failed}, {"nothing", nothing}} {
		all = append(all, Story{"map-run-" + s.name, wideShell("Map Run rows", layouts.Executions, pages.MapRunPage(s.m))})
	}
	return all
}

// wideShell is the frame of pages that need all the room there is.
func wideShell(title string, active layouts.Entry, content templ.Component) templ.Component {
	p := page(olga, title, active)
	p.Width = layouts.Wide
	return shell(p, content)
}
