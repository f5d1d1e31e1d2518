package sim

import (
	"fmt"
	"strings"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// replay is a model of one execution, made of its history and nothing else. It knows which
// states were entered and not left, and what each task's last word was. An execution that
// was redriven goes on within states that its history shows as cut off; from then on the
// model no longer counts them.
type replay struct {
	chart  *chart
	events []past             // by id, from 1
	closed workflow.EventType // that has closed it; empty while it is open
	output []byte

	inside   map[string]int // leaf states entered and neither left nor aborted, by name
	redriven bool
}

// past is what is remembered of an event.
type past struct {
	kind   workflow.EventType
	name   string // of the state, if it is an entry or an exit
	prev   int64
	entry  int64 // the state entry that it belongs to; 0 when that cannot be told
	left   bool  // of an entry: its state was left
	asked  bool  // of a task's entry: it was scheduled, and has not ended since
	output []byte
}

func newReplay(c *chart) *replay {
	return &replay{chart: c, events: make([]past, 1, 32), inside: map[string]int{}}
}

func (r *replay) last() int64 { return int64(len(r.events)) - 1 }

// status is what the history comes to.
func (r *replay) status() workflow.ExecutionStatus {
	switch r.closed {
	case workflow.EventExecutionSucceeded:
		return workflow.Succeeded
	case workflow.EventExecutionFailed:
		return workflow.Failed
	case workflow.EventExecutionAborted:
		return workflow.Aborted
	case workflow.EventExecutionTimedOut:
		return workflow.TimedOut
	}
	return workflow.Running
}

// add takes the next event and says what is wrong with it.
func (r *replay) add(e workflow.HistoryEvent) string {
	p := past{kind: e.Type, name: e.Details.Name, prev: e.PreviousID, output: e.Details.Output}
	at := r.last() + 1
	switch {
	case e.ID != at:
		return fmt.Sprintf("it stands at place %d", at)
	case e.PreviousID >= e.ID || e.PreviousID < 0:
		return fmt.Sprintf("it follows event %d", e.PreviousID)
	case (e.Type == workflow.EventExecutionStarted) != (at == 1):
		return "an execution starts once, with its first event"
	case r.closed != "" && e.Type != workflow.EventExecutionRedriven:
		return "it follows " + string(r.closed)
	}
	p.entry = r.events[e.PreviousID].entry
	r.events = append(r.events, p)
	switch kind := string(e.Type); {
	case e.Type == workflow.EventExecutionRedriven:
		r.closed, r.redriven = "", true
		r.events[at].entry = 0
	case strings.HasPrefix(kind, "Execution") && at > 1:
		r.closed, r.output = e.Type, e.Details.Output
	case strings.HasSuffix(kind, "StateEntered"):
		return r.entered(at, e)
	case strings.HasSuffix(kind, "StateExited"):
		return r.exited(at, e)
	case strings.HasSuffix(kind, "StateAborted"):
		r.inside[e.Details.Name]--
	case strings.HasPrefix(kind, "LambdaFunction"), strings.HasPrefix(kind, "Activity"), isTask(kind):
		return r.spoke(p.entry, kind)
	}
	return ""
}

// isTask: events of integrations, not of Task states.
func isTask(kind string) bool {
	return strings.HasPrefix(kind, "Task") && !strings.HasPrefix(kind, "TaskState")
}

func (r *replay) entered(at int64, e workflow.HistoryEvent) string {
	r.events[at].entry = at
	r.inside[e.Details.Name]++
	prev := r.events[e.PreviousID]
	switch {
	case r.chart.kinds[e.Details.Name]+"StateEntered" != string(e.Type):
		return fmt.Sprintf("%s is a %s state", e.Details.Name, r.chart.kinds[e.Details.Name])
	case !strings.HasSuffix(string(prev.kind), "StateExited"):
		return ""
	case r.first(e.Details.Name): // an iteration follows the end of the one before
		return ""
	case !r.chart.next[prev.name][e.Details.Name]:
		return fmt.Sprintf("%s does not lead to %s", prev.name, e.Details.Name)
	case string(prev.output) != string(e.Details.Input):
		return fmt.Sprintf("%s was left with %s, and %s entered with %s", prev.name, prev.output, e.Details.Name, e.Details.Input)
	}
	return ""
}

func (r *replay) first(name string) bool { return r.chart.first[name] }

// exited finds the entry that ends here: the nearest of this name on the way back.
func (r *replay) exited(at int64, e workflow.HistoryEvent) string {
	r.inside[e.Details.Name]--
	for back := e.PreviousID; back > 0; back = r.events[back].prev {
		p := &r.events[back]
		if p.kind == workflow.EventExecutionRedriven {
			return "" // it was entered before, and who knows where
		}
		if !p.kind.StateEntered() || p.name != e.Details.Name {
			continue
		}
		if p.left {
			return fmt.Sprintf("%s was left before", e.Details.Name)
		}
		p.left = true
		r.events[at].entry = 0
		return ""
	}
	return fmt.Sprintf("%s was never entered", e.Details.Name)
}

// spoke notes what a task's history says of it.
func (r *replay) spoke(entry int64, kind string) string {
	if entry == 0 {
		return ""
	}
	task := &r.events[entry]
	ends := strings.HasSuffix(kind, "Succeeded") || strings.HasSuffix(kind, "Failed") || strings.HasSuffix(kind, "TimedOut")
	switch {
	case task.left:
		return fmt.Sprintf("%s was left already", task.name)
	case strings.HasSuffix(kind, "Scheduled"):
		if task.asked {
			return fmt.Sprintf("%s was scheduled and has not ended", task.name)
		}
		task.asked = true
	case !task.asked:
		return fmt.Sprintf("%s was not scheduled", task.name)
	case ends:
		task.asked = false
	}
	return ""
}

// compare says where an execution does not wait as its history has it.
func (r *replay) compare(waiting []asl.Waiting) (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if r.closed != "" {
		if len(waiting) > 0 {
			wrong("it is closed and waits for %+v", waiting)
		}
		return problems
	}
	count := map[string]int{}
	for _, at := range waiting {
		count[at.State]++
		if int64(at.Entry) > r.last() || at.Entry < 1 {
			wrong("it waits in event %d, which there is not", at.Entry)
			continue
		}
		entry := r.events[at.Entry]
		switch {
		case !entry.kind.StateEntered() || entry.name != at.State || entry.left:
			wrong("it waits in %s, entered with event %d, and the history says otherwise", at.State, at.Entry)
		case r.redriven || entry.kind != workflow.EventTaskStateEntered:
		case entry.asked != at.RetryAt.IsZero():
			wrong("%s was asked and not answered by its history: %t; it waits like this: %+v", at.State, entry.asked, at)
		}
	}
	for name, n := range r.inside {
		leaf := r.chart.kinds[name] == "Task" || r.chart.kinds[name] == "Wait"
		if leaf && !r.redriven && n != count[name] {
			wrong("it is in %s %d times by its history, and waits there %d times", name, n, count[name])
		}
	}
	return problems
}
