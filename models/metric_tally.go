package models

import (
	"strconv"
	"time"

	"countersign/workflow"
)

// tally is what the metrics want to know of one commit, without its payloads: until it
// is counted it may wait with many others.
type tally struct {
	row       int64 // of history_events, the last that the commit wrote; set by the writer
	execution workflow.ExecutionID
	machine   string
	published int64
	alias     string
	express   bool
	startedAt int64 // Unix milliseconds
	redriven  bool
	marks     []mark
	encoded   []byte // for metric_tallies
}

// mark is a history event that is counted.
type mark struct {
	event        workflow.EventType
	task         *taskMetrics // nil: it concerns the execution as a whole
	phase        phase
	heartbeat    bool // the task timed out for want of one
	id, previous int64
	at           int64  // Unix milliseconds
	kind         string // of the resource, of a service integration
	resource     string // of a task's event that names it
}

// tallyOf is the tally of events that are committed with info.
func tallyOf(info *workflow.ExecutionInfo, events []workflow.HistoryEvent) *tally {
	t := &tally{
		execution: info.ID, machine: info.StateMachine, published: info.Published, alias: info.Alias,
		express: info.Type == workflow.Express, startedAt: info.StartedAt.UnixMilli(), redriven: info.Redrives > 0,
	}
	for i := range events {
		e := &events[i]
		task, phase := taskEvent(e.Type)
		if phase == 0 && !ofExecution(e.Type) {
			continue
		}
		if t.marks == nil {
			t.marks = make([]mark, 0, len(events)-i)
		}
		t.marks = append(t.marks, mark{
			event: e.Type, task: task, phase: phase, heartbeat: e.Details.Error == workflow.ErrorHeartbeatTimeout,
			id: e.ID, previous: e.PreviousID, at: e.At.UnixMilli(), kind: e.Details.ResourceType, resource: e.Details.Resource,
		})
	}
	return t
}

func ofExecution(event workflow.EventType) bool {
	switch event {
	case workflow.EventExecutionStarted, workflow.EventExecutionSucceeded, workflow.EventExecutionFailed,
		workflow.EventExecutionAborted, workflow.EventExecutionTimedOut, workflow.EventExecutionRedriven:
		return true
	}
	return false
}

// resourceARN is a task's resource as the metrics' dimension has it. In the ARN of a service
// integration, unlike in a definition, region and account stand.
func resourceARN(kind, resource string) string {
	if kind == "" {
		return resource
	}
	return "arn:aws:states:" + workflow.Region + ":" + workflow.Account + ":" + kind + ":" + resource
}

// subject is what a series of values is about: a dimension's value, and for the executions
// of a version or an alias a second dimension, "Version=3".
type subject struct {
	dimension, resource, qualifier string
}

// subjects are those that the execution counts for.
func (t *tally) subjects() []subject {
	arn := string(workflow.StateMachineARN(t.machine))
	all := append(make([]subject, 0, 3), subject{byStateMachine, arn, ""})
	if t.published != 0 {
		all = append(all, subject{byStateMachine, arn, "Version=" + strconv.FormatInt(t.published, 10)})
	}
	if t.alias != "" {
		all = append(all, subject{byStateMachine, arn, "Alias=" + t.alias})
	}
	return all
}

// endings are the metrics of an execution that closes, in two forms: for all, and for those
// that had been redriven.
var endings = []struct {
	event           workflow.EventType
	metric, redrive metric
}{
	{workflow.EventExecutionSucceeded, executionsSucceeded, redrivenSucceeded},
	{workflow.EventExecutionFailed, executionsFailed, redrivenFailed},
	{workflow.EventExecutionAborted, executionsAborted, redrivenAborted},
	{workflow.EventExecutionTimedOut, executionsTimedOut, redrivenTimedOut},
}

// BilledMemory is what an EXPRESS execution is billed for, in megabytes: the least there is.
const BilledMemory = 64

const billedStep = 100 * time.Millisecond

// executionMark counts an event of the execution as a whole. When it closes, the service
// reports a zero for what did not happen, so that an alarm sees data.
func (t *tally) executionMark(m *mark, sheetOf func(subject) *sheet) {
	for _, s := range t.subjects() {
		sh := sheetOf(s)
		switch m.event {
		case workflow.EventExecutionStarted:
			sh.count(executionsStarted, 1)
			continue
		case workflow.EventExecutionRedriven:
			sh.count(executionsRedriven, 1)
			continue
		}
		sh.count(executionsStarted, 0)
		for _, e := range endings {
			happened := int64(0)
			if e.event == m.event {
				happened = 1
			}
			sh.count(e.metric, happened)
			if t.redriven {
				sh.count(e.redrive, happened)
			}
		}
		took := m.at - t.startedAt
		sh.count(executionTime, took)
		if t.express {
			sh.count(expressBilledDuration, BilledDuration(time.Duration(took)*time.Millisecond).Milliseconds())
			sh.count(expressBilledMemory, BilledMemory)
		}
	}
}

// BilledDuration is what an EXPRESS execution that took so long is billed for: at least one
// step, and whole steps.
func BilledDuration(took time.Duration) time.Duration {
	return max((took+billedStep-1)/billedStep, 1) * billedStep
}
