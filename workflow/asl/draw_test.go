package asl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/workflow"

	"pgregory.net/rapid"
)

func drawEvent(rt *rapid.T, x *tester) Event {
	inv := Invoke{Entry: 2, Attempt: 1, Token: "AAAA"}
	if asked := x.machine.Outstanding(x.snapshot); len(asked) > 0 {
		inv = asked[rapid.IntRange(0, len(asked)-1).Draw(rt, "which")].(Invoke)
	}
	var tokens []workflow.TaskToken
	x.snapshot.root.each(func(f *frame) {
		if f.task != nil && f.task.token != "" {
			tokens = append(tokens, f.task.token)
		}
	})
	if len(tokens) > 0 {
		inv.Token = rapid.SampledFrom(tokens).Draw(rt, "token")
	}
	output := json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"n":2}`, `[1]`, `7.50`, `null`, `{bad`, ``}).Draw(rt, "output"))
	child := drawChild(rt, x)
	name := rapid.SampledFrom([]string{"A", "B", workflow.ErrorTimeout, workflow.ErrorRuntime, "", "ü<"}).Draw(rt, "error")
	inv.Attempt += rapid.SampledFrom([]int{0, 0, 0, 0, 1, -1}).Draw(rt, "attempt")
	return rapid.SampledFrom([]Event{
		TaskSucceeded{inv.Entry, inv.Attempt, x.now, output},
		TaskSucceeded{inv.Entry, inv.Attempt, time.Time{}, output},
		TaskFailed{inv.Entry, inv.Attempt, x.now.Add(time.Hour), name, "why"},
		TaskFailed{inv.Entry, inv.Attempt, time.Time{}, name, ""},
		TaskSubmitted{inv.Entry, inv.Attempt, x.now, output, 0},
		TaskSubmitted{inv.Entry, inv.Attempt, x.now, json.RawMessage(`{"ExecutionArn":"arn"}`), 77},
		ChildClosed{child}, ChildClosed{child},
		ActivityStarted{inv.Token, "worker"}, ActivityStarted{inv.Token, ""},
		TokenSucceeded{inv.Token, output},
		TokenFailed{inv.Token, name, "no"},
		TokenHeartbeat{inv.Token},
		Tick{}, Tick{}, Tick{},
		Stop{name, ""},
		Redrive{},
	}).Draw(rt, "event")
}

// drawChild is an execution that some task may be waiting for, or may just have started.
func drawChild(rt *rapid.T, x *tester) workflow.ExecutionInfo {
	child := workflow.ExecutionInfo{ID: 77, Name: "c", StateMachine: "Child", Status: workflow.Succeeded,
		Input: json.RawMessage(`{}`), Output: json.RawMessage(`{"n":4}`), StartedAt: epoch, StoppedAt: x.now}
	if rapid.IntRange(0, 2).Draw(rt, "ending") == 0 {
		child.Status, child.Output, child.Error = workflow.Failed, nil, "B"
	}
	var frames []*frame
	x.snapshot.root.each(func(f *frame) {
		if f.task != nil {
			frames = append(frames, f)
		}
	})
	if len(frames) > 0 {
		f := rapid.SampledFrom(frames).Draw(rt, "parent")
		child.Parent = workflow.Parent{Execution: 1234, Entry: f.entry, Attempt: f.attempt, Awaited: true}
	}
	return child
}

// drawer draws a valid definition: in each scope a chain through all states, so that
// each is reachable, with branches and loops drawn in, and scopes within scopes.
type drawer struct {
	rt    *rapid.T
	named int // states so far: their names are unique in the whole definition
	depth int
}

func drawMachine(rt *rapid.T) string {
	d := &drawer{rt: rt}
	timeout := rapid.SampledFrom([]string{"", `"TimeoutSeconds":60,`}).Draw(rt, "timeout")
	return `{` + timeout + d.scope() + `}`
}

func (d *drawer) scope() string {
	d.depth++
	defer func() { d.depth-- }()
	n := rapid.IntRange(1, 6/d.depth).Draw(d.rt, "states")
	names := make([]string, n+1)
	for i := range names {
		d.named++
		names[i] = fmt.Sprintf("S%d", d.named)
	}
	end := `{"Type":"Succeed"}`
	if d.depth > 1 {
		end = rapid.SampledFrom([]string{end, `{"Type":"Pass","End":true}`, `{"Type":"Fail","Error":"B"}`}).Draw(d.rt, "end")
	}
	states := []string{fmt.Sprintf("%q:%s", names[n], end)}
	for i := range n {
		states = append(states, fmt.Sprintf("%q:%s", names[i], d.state(names[i+1], names)))
	}
	return fmt.Sprintf(`"StartAt":%q,"States":{`, names[0]) + strings.Join(states, ",") + `}`
}

func (d *drawer) state(next string, names []string) string {
	rt := d.rt
	anywhere := rapid.SampledFrom(names).Draw(rt, "to")
	f := []string{fmt.Sprintf(`"Next":%q`, next)}
	maybe := func(fields ...string) {
		if pick := rapid.SampledFrom(append(fields, "", "")).Draw(rt, "field"); pick != "" {
			f = append(f, pick)
		}
	}
	paths := func() {
		maybe(`"InputPath":"$.n"`, `"InputPath":null`, `"InputPath":"$$.Execution"`)
		maybe(`"OutputPath":"$.list[0]"`, `"OutputPath":null`)
	}
	results := func() {
		paths()
		maybe(`"ResultPath":"$.r.x"`, `"ResultPath":null`, `"ResultPath":"$.list[0]"`)
	}
	retries := func() {
		maybe(`"Retry":[{"ErrorEquals":["A"],"MaxAttempts":1},{"ErrorEquals":["States.ALL"],"IntervalSeconds":5,"MaxAttempts":2,"JitterStrategy":"FULL"}]`)
		maybe(fmt.Sprintf(`"Catch":[{"ErrorEquals":["B"],"ResultPath":"$.e","Next":%q},{"ErrorEquals":["States.ALL"],"Next":%q}]`, anywhere, anywhere))
	}
	handlers := func() {
		maybe(`"TimeoutSeconds":20`, `"TimeoutSecondsPath":"$.n"`)
		maybe(`"HeartbeatSeconds":10`)
		retries()
	}
	kinds := []string{"Pass", "Task", "Invoke", "Token", "Activity", "Nest", "Wait", "Choice"}
	if d.depth < 3 {
		kinds = append(kinds, "Parallel", "Map", "Map")
	}
	switch kind := rapid.SampledFrom(kinds).Draw(rt, "type"); kind {
	case "Parallel":
		f = append(f, `"Type":"Parallel"`)
		branches := make([]string, rapid.IntRange(1, 3).Draw(rt, "branches"))
		for i := range branches {
			branches[i] = "{" + d.scope() + "}"
		}
		f = append(f, `"Branches":[`+strings.Join(branches, ",")+`]`)
		maybe(`"Parameters":{"n.$":"$.n","list.$":"$.list","u.$":"States.UUID()"}`)
		maybe(`"ResultSelector":{"n.$":"$[0]","list.$":"$"}`)
		results()
		retries()
	case "Map":
		f = append(f, `"Type":"Map"`)
		f = append(f, rapid.SampledFrom([]string{`"ItemProcessor":{`, `"Iterator":{`}).Draw(rt, "processor")+d.scope()+"}")
		maybe(`"ItemsPath":"$.list"`, `"ItemsPath":"$.list"`, `"ItemsPath":"$..n"`)
		maybe(`"MaxConcurrency":1`, `"MaxConcurrency":2`, `"MaxConcurrencyPath":"$.n"`)
		maybe(`"ItemSelector":{"n.$":"$$.Map.Item.Index","list.$":"$.list","v.$":"$$.Map.Item.Value"}`, `"Parameters":{"list":[1,2],"u.$":"States.UUID()"}`)
		maybe(`"ToleratedFailureCount":1`, `"ToleratedFailurePercentage":50`)
		maybe(`"ResultSelector":{"n":3,"list.$":"$"}`)
		results()
		retries()
	case "Pass":
		f = append(f, `"Type":"Pass"`)
		results()
		maybe(`"Result":{"n":5,"list":[1]}`, `"Parameters":{"a.$":"$.n","all.$":"$..n"}`)
	case "Task":
		f = append(f, `"Type":"Task"`, fmt.Sprintf(`"Resource":%q`, lambda))
		maybe(`"Parameters":{"id.$":"States.UUID()","n.$":"States.Array(States.MathRandom(0,9),$$.State.RetryCount)"}`)
		results()
		handlers()
	case "Invoke":
		f = append(f, `"Type":"Task"`, `"Resource":"arn:aws:states:::lambda:invoke"`, `"Parameters":{"FunctionName":"F","Payload.$":"$$.State"}`)
		results()
		handlers()
		maybe(`"ResultSelector":{"p.$":"$.Payload"}`)
	case "Token":
		f = append(f, `"Type":"Task"`, `"Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken"`,
			`"Parameters":{"FunctionName":"F","Payload":{"t.$":"$$.Task.Token"}}`)
		results()
		handlers()
	case "Activity":
		f = append(f, `"Type":"Task"`, `"Resource":"arn:aws:states:us-east-1:123456789012:activity:Pack"`)
		results()
		handlers()
	case "Nest":
		f = append(f, `"Type":"Task"`, `"Parameters":{"StateMachineArn":"arn","Input.$":"$"}`,
			rapid.SampledFrom([]string{`"Resource":"arn:aws:states:::states:startExecution.sync"`,
				`"Resource":"arn:aws:states:::states:startExecution.sync:2"`}).Draw(rt, "nest"))
		results()
		handlers()
	case "Wait":
		f = append(f, `"Type":"Wait"`, rapid.SampledFrom([]string{
			`"Seconds":0`, `"Seconds":30`, `"SecondsPath":"$.n"`, `"Timestamp":"2026-01-02T03:05:00Z"`,
		}).Draw(rt, "wait"))
		paths()
	case "Choice":
		f = []string{`"Type":"Choice"`, fmt.Sprintf(`"Default":%q`, next), fmt.Sprintf(
			`"Choices":[{"And":[{"Variable":"$.n","IsPresent":true},{"Variable":"$.n","NumericGreaterThan":3}],"Next":%q}]`, anywhere)}
		paths()
	}
	slices.Sort(f)
	return "{" + strings.Join(f, ",") + "}"
}
