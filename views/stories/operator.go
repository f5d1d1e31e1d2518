package stories

import (
	"time"

	"github.com/a-h/templ"

	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// operatorStories are the pages of operators and administrators.
func operatorStories() []Story {
	all := executionStories()
	for _, page := range [][]Story{dashboardStories(), executionListStories(), mapRunStories(), stateMachineStories(), stateMachineFormStories(), stateTestStories(), inventoryStories(), mailStories(), administratorStories()} {
		all = append(all, page...)
	}
	return all
}

func operatorShell(title string, active layouts.Entry, content templ.Component) templ.Component {
	return shell(page(olga, title, active), content)
}

// executionRows are the newest executions.
func executionRows() []pages.ExecutionRow {
	row := func(order, machine string, status workflow.ExecutionStatus, began, took time.Duration, problem string) pages.ExecutionRow {
		r := pages.ExecutionRow{Key: machine + ":order-" + order, Name: "order-" + order, OrderID: workflow.OrderID(order), StateMachine: machine, Status: status, StartedAt: ago(began), Error: problem}
		if took > 0 {
			r.StoppedAt = r.StartedAt.Add(took)
		}
		return r
	}
	const machine = "OrderFulfillmentWorkflow"
	rows := []pages.ExecutionRow{
		row("CS-9FH3T2LQ", machine, workflow.Running, 14*time.Second, 0, ""),
		row("CS-7K2M4Q9A", machine, workflow.Running, 30*time.Minute, 0, ""),
		row("CS-4T8W1ZXC", machine, workflow.Succeeded, 52*time.Minute, 38*time.Millisecond, ""),
		row("CS-2B6N8VPD", machine, workflow.Failed, 2*time.Hour, 14*time.Minute, "OrderRejected"),
		row("CS-1R5J7YKS", machine, workflow.Failed, 3*time.Hour, 9*time.Minute, "RefundRefused"),
		row("12345", machine, workflow.Succeeded, 5*time.Hour, 41*time.Millisecond, ""),
		row("CS-8G3C5UMB", machine, workflow.Aborted, 26*time.Hour, 17*time.Minute, "StoppedByOperator"),
		row("CS-6D9E2HWN", "NightlyReconciliationOfTheBooks", workflow.TimedOut, 50*time.Hour, 24*time.Hour, "States.Timeout"),
	}
	rows[4].Redrives = 1
	return rows
}

var executionCounts = map[workflow.ExecutionStatus]workflow.Count{workflow.Running: {N: 12}, workflow.Succeeded: {N: 10_000, More: true}, workflow.Failed: {N: 1204}, workflow.TimedOut: {N: 2}, workflow.Aborted: {N: 4}}

func executionListStories() []Story {
	list := pages.Executions{Now: now, Counts: executionCounts, Rows: executionRows(), Older: "/executions?after=1", LiveURL: paths.ExecutionsLive}
	failed := list
	failed.Status, failed.Rows, failed.Search = workflow.Failed, executionRows()[3:5], "order-CS-"
	failed.StateMachine, failed.Newer, failed.Older = "OrderFulfillmentWorkflow", "/executions?status=FAILED", ""
	nothing := pages.Executions{Now: now, LiveURL: paths.ExecutionsLive}
	unknown := list
	unknown.Search, unknown.Rows, unknown.Older = "ordr-", nil, ""
	var all []Story
	for _, s := range []struct {
		name string
		m    pages.Executions
	}{{"all", list}, {"filtered", failed}, {"empty", nothing}, {"not-found", unknown}} {
		all = append(all, Story{"executions-" + s.name, operatorShell("Executions", layouts.Executions, pages.ExecutionsPage(s.m))})
	}
	choice := pages.ExecutionChoice{Now: now, Name: "order-12345", Rows: []pages.ExecutionRow{executionRows()[5], executionRows()[5]}}
	choice.Rows[1].Key, choice.Rows[1].StateMachine, choice.Rows[1].StartedAt = "Returns:order-12345", "Returns", ago(26*time.Hour)
	choice.Rows[1].StoppedAt = choice.Rows[1].StartedAt.Add(time.Second)
	return append(all, Story{"executions-choice", operatorShell("order-12345", layouts.Executions, pages.ExecutionChoicePage(choice))})
}

func dashboardStories() []Story {
	busy := pages.Dashboard{
		Now: now, LiveURL: paths.DashboardLive, Failures: executionRows()[3:5], Recent: executionRows()[:5],
		Alerts: []pages.DashboardAlert{
			{Tone: components.Danger, Title: "1 order needs attention", Text: "Undoing order CS-1R5J7YKS has failed: the bank does not release the authorisation. Mend the cause, then redrive.", Link: components.Link{Text: "Look at it", URL: paths.Execution("order-CS-1R5J7YKS")}},
			{Tone: components.Waiting, Title: "A sandbox failure is switched on", Text: "The payment gateway refuses to give money back.", Link: components.Link{Text: "Settings", URL: paths.Settings}},
		},
		Groups: dashboardGroups(),
	}
	fresh := pages.Dashboard{Now: now, LiveURL: paths.DashboardLive, Groups: dashboardGroups()}
	for i := range fresh.Groups {
		for j := range fresh.Groups[i].Stats {
			fresh.Groups[i].Stats[j].Count = workflow.Count{}
		}
	}
	return []Story{
		{"dashboard-busy", operatorShell("Dashboard", layouts.Dashboard, pages.DashboardPage(busy))},
		{"dashboard-fresh", operatorShell("Dashboard", layouts.Dashboard, pages.DashboardPage(fresh))},
	}
}

func dashboardGroups() []pages.DashboardGroup {
	execution := func(s workflow.ExecutionStatus, quiet bool) pages.DashboardStat {
		return pages.DashboardStat{Status: components.ExecutionStatus(s), Count: executionCounts[s], URL: paths.Executions(string(s), "", ""), Quiet: quiet}
	}
	return []pages.DashboardGroup{
		{Title: "Executions", Stats: []pages.DashboardStat{
			execution(workflow.Running, true), execution(workflow.Succeeded, false), execution(workflow.Failed, true), execution(workflow.TimedOut, true), execution(workflow.Aborted, true),
		}},
		{Title: "People, stock and mail", Stats: []pages.DashboardStat{
			{Status: components.Status{Text: "To approve", Icon: components.IconApproval, Tone: components.Waiting}, Count: workflow.Count{N: 3}, URL: paths.Inbox(paths.Team), Quiet: true},
			{Status: components.Status{Text: "Items sold out", Icon: components.IconInventory, Tone: components.Danger}, Count: workflow.Count{N: 1}, URL: paths.Inventory, Quiet: true},
			{Status: components.Status{Text: "Mails not sent", Icon: components.IconMail, Tone: components.Waiting}, URL: paths.Mail, Quiet: true},
		}},
	}
}

func stateMachineStories() []Story {
	m := pages.StateMachine{
		Now: now, Name: "OrderFulfillmentWorkflow", ARN: workflow.StateMachineARN("OrderFulfillmentWorkflow"), Version: 3, Latest: 3,
		CreatedAt: ago(3 * time.Hour), Comment: "Order fulfilment: authorise, reserve, have a person countersign, capture, ship; undo in reverse what was done when it cannot go on",
		States: 17, Definition: sampleDefinition, Graph: definitionGraph(),
		Versions: []pages.StateMachineVersion{{Version: 3, CreatedAt: ago(3 * time.Hour)}, {Version: 2, CreatedAt: ago(26 * time.Hour)}, {Version: 1, CreatedAt: ago(9 * 24 * time.Hour)}},
	}
	m.CSRF, m.Type, m.MayChange = "csrf-token", workflow.Standard, true
	m.Orders = true
	gone := m
	gone.Deleting, gone.MayChange = true, false
	earlier := m
	earlier.Version, earlier.CreatedAt = 1, ago(9*24*time.Hour)
	earlier.Graph = pages.StateGraph{Note: "The drawing of this version was not kept."}
	return []Story{
		{"state-machines-one", operatorShell("State machines", layouts.StateMachines, pages.StateMachinesPage(pages.StateMachines{Now: now, Rows: []pages.StateMachineRow{{Name: m.Name, Version: 3, CreatedAt: m.CreatedAt, States: 17}}}))},
		{"state-machines-none", operatorShell("State machines", layouts.StateMachines, pages.StateMachinesPage(pages.StateMachines{Now: now}))},
		{"state-machines-many", operatorShell("State machines", layouts.StateMachines, pages.StateMachinesPage(pages.StateMachines{Now: now, MayChange: true, Search: "O", First: "/state-machines", Next: "/state-machines?after=x", Rows: []pages.StateMachineRow{
			{Name: m.Name, Version: 3, CreatedAt: m.CreatedAt, States: 17}, {Name: "Orphans", Version: 1, CreatedAt: m.CreatedAt, States: 1, Express: true, Deleting: true}}}))},
		{"state-machine-deleted", operatorShell(m.Name, layouts.StateMachines, pages.StateMachinePage(gone))},
		{"state-machine-latest", operatorShell(m.Name, layouts.StateMachines, pages.StateMachinePage(m))},
		{"state-machine-earlier", operatorShell(m.Name, layouts.StateMachines, pages.StateMachinePage(earlier))},
	}
}

// definitionGraph is the drawing of the order workflow without what happened in an execution.
func definitionGraph() pages.StateGraph {
	g := execution("begun").Graph
	g.Marked = false
	for i := range g.Nodes {
		n := &g.Nodes[i]
		n.Mark, n.Selected, n.URL, n.Says, n.Reached = pages.NotEntered, false, "", n.Type, false
	}
	return g
}

const sampleDefinition = `{
  "Comment": "Order fulfilment",
  "StartAt": "OrderReceived",
  "States": {
    "OrderReceived": {
      "Type": "Pass",
      "Next": "ProcessPayment"
    },
    "ProcessPayment": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-east-1:123456789012:function:ProcessPayment",
      "TimeoutSeconds": 10,
      "Retry": [
        {
          "ErrorEquals": ["States.ALL"],
          "IntervalSeconds": 5,
          "MaxAttempts": 3,
          "BackoffRate": 2
        }
      ],
      "End": true
    }
  }
}
`
