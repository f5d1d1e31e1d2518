package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"countersign/models"
)

// The definitions that these tests run.
const (
	waiting = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}`
	failing = `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"F"},"F":{"Type":"Fail","Error":"Broken","Cause":"on purpose"}}}`
	// pausing waits the second time that it comes to its choice, which a redrive does not repeat.
	pausing = `{"StartAt":"W","States":{"W":{"Type":"Wait","SecondsPath":"$.seconds","Next":"P"},"P":{"Type":"Pass","Result":{"done":true},"End":true}}}`
)

// executions is a site with a real engine and AWS's own client.
type executions struct {
	*realSite
	c *sfn.Client
}

func openExecutions(t *testing.T) executions {
	r := openRealSite(t)
	return executions{r, r.sdk()}
}

// machine makes a state machine and gives its ARN.
func (e executions) machine(name, definition string, change ...func(*sfn.CreateStateMachineInput)) string {
	e.t.Helper()
	in := &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: aws.String(testRole)}
	for _, f := range change {
		f(in)
	}
	out, err := e.c.CreateStateMachine(e.t.Context(), in)
	if err != nil {
		e.t.Fatal(err)
	}
	return *out.StateMachineArn
}

func express(in *sfn.CreateStateMachineInput) { in.Type = types.StateMachineTypeExpress }

// start starts an execution and gives its ARN.
func (e executions) start(machine string, change ...func(*sfn.StartExecutionInput)) string {
	e.t.Helper()
	in := &sfn.StartExecutionInput{StateMachineArn: &machine}
	for _, f := range change {
		f(in)
	}
	out, err := e.c.StartExecution(e.t.Context(), in)
	if err != nil {
		e.t.Fatal(err)
	}
	return *out.ExecutionArn
}

func named(name string) func(*sfn.StartExecutionInput) {
	return func(in *sfn.StartExecutionInput) { in.Name = &name }
}

func with(input string) func(*sfn.StartExecutionInput) {
	return func(in *sfn.StartExecutionInput) { in.Input = &input }
}

func (e executions) described(arn string) *sfn.DescribeExecutionOutput {
	e.t.Helper()
	out, err := e.c.DescribeExecution(e.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
	if err != nil {
		e.t.Fatal(err)
	}
	return out
}

// until describes an execution as soon as it is as wanted.
func (e executions) until(arn string, as func(*sfn.DescribeExecutionOutput) bool) *sfn.DescribeExecutionOutput {
	e.t.Helper()
	changed, cancel := e.store.Subscribe(models.TopicExecutions)
	defer cancel()
	giveUp := time.After(20 * time.Second)
	for {
		out := e.described(arn)
		if as(out) {
			return out
		}
		select {
		case <-changed:
		case <-giveUp:
			e.t.Fatalf("%s is %s", arn, out.Status)
		}
	}
}

func (e executions) closed(arn string) *sfn.DescribeExecutionOutput {
	e.t.Helper()
	return e.until(arn, func(out *sfn.DescribeExecutionOutput) bool { return out.Status != types.ExecutionStatusRunning })
}

// events are an execution's events, page by page, as "type name".
func (e executions) events(arn string, change ...func(*sfn.GetExecutionHistoryInput)) []types.HistoryEvent {
	e.t.Helper()
	in := &sfn.GetExecutionHistoryInput{ExecutionArn: &arn}
	for _, f := range change {
		f(in)
	}
	var all []types.HistoryEvent
	for {
		out, err := e.c.GetExecutionHistory(e.t.Context(), in)
		if err != nil {
			e.t.Fatal(err)
		}
		if in.MaxResults != 0 && len(out.Events) > int(in.MaxResults) {
			e.t.Fatalf("a page of %d has %d events", in.MaxResults, len(out.Events))
		}
		all = append(all, out.Events...)
		if out.NextToken == nil {
			return all
		}
		in.NextToken = out.NextToken
	}
}

func typesOf(events []types.HistoryEvent) string {
	var names []string
	for _, e := range events {
		names = append(names, string(e.Type))
	}
	return strings.Join(names, " ")
}

func TestStartExecution(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Passes", passing)
	e.clock.advance(time.Minute)

	out, err := e.c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(*out.ExecutionArn, strings.Replace(machine, ":stateMachine:", ":execution:", 1)+":") || !out.StartDate.Equal(e.clock.now()) {
		t.Errorf("started %s at %v", *out.ExecutionArn, out.StartDate)
	}
	d := e.closed(*out.ExecutionArn)
	if d.Status != types.ExecutionStatusSucceeded || *d.Input != "{}" || *d.Output != "{}" || *d.StateMachineArn != machine || len(*d.Name) != 36 ||
		!d.InputDetails.Included || !d.OutputDetails.Included || !d.StopDate.Equal(e.clock.now()) ||
		*d.RedriveCount != 0 || d.RedriveStatus != types.ExecutionRedriveStatusNotRedrivable || *d.RedriveStatusReason != "Execution is SUCCEEDED and cannot be redriven" {
		t.Errorf("%+v", d)
	}

	for _, input := range []string{`2`, `"text"`, `null`, ` [1] `, `{"a":{"b":"\u00e9<>&"}}`} {
		d := e.closed(e.start(machine, with(input), func(in *sfn.StartExecutionInput) { in.TraceHeader = aws.String("Root=1-5") }))
		if *d.Input != input || *d.Output != strings.TrimSpace(input) && *d.Output != input || *d.TraceHeader != "Root=1-5" {
			t.Errorf("input %s: %s, output %s, trace %v", input, *d.Input, *d.Output, d.TraceHeader)
		}
	}
	if _, err := e.c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Name: aws.String("a.b-c_d@e'(f)!é")}); err != nil {
		t.Error(err)
	}
}

func TestStartExecutionIsIdempotentWhileOpen(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Waits", waiting)
	start := func(input string) (*sfn.StartExecutionOutput, error) {
		e.clock.advance(time.Second)
		return e.c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Name: aws.String("once"), Input: &input})
	}
	first, err := start(`{"n":1}`)
	if err != nil {
		t.Fatal(err)
	}
	again, err := start(`{"n":1}`)
	sameAnswer(t, again, err, *first)
	_, err = start(`{"n":2}`)
	refused(t, err, "ExecutionAlreadyExists", "Execution Already Exists: '"+*first.ExecutionArn+"'")
	if _, err := e.c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: first.ExecutionArn}); err != nil {
		t.Fatal(err)
	}
	_, err = start(`{"n":1}`)
	refused(t, err, "ExecutionAlreadyExists", *first.ExecutionArn)
}

func TestStartExecutionRefuses(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Passes", passing)
	deleting := e.machine("Deleting", waiting)
	e.start(deleting)
	if _, err := e.c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: &deleting}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ arn, name, input, code, text string }{
		{"nonsense", "", "", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: nonsense'"},
		{strings.Replace(machine, "stateMachine", "activity", 1), "", "", "InvalidArn", "Resource type not valid in this context"},
		{arnOf("None"), "", "", "StateMachineDoesNotExist", "State Machine Does Not Exist: '" + arnOf("None") + "'"},
		{machine + ":7", "", "", "StateMachineDoesNotExist", ":7'"},
		{machine + ":none", "", "", "StateMachineDoesNotExist", ":none'"},
		{strings.Replace(machine, "us-east-1", "eu-west-1", 1), "", "", "StateMachineDoesNotExist", "eu-west-1"},
		{machine + "/label", "", "", "ValidationException", "label"},
		{deleting, "", "", "StateMachineDeleting", "State Machine is being deleted"},
		{machine, "a b", "", "InvalidName", "Invalid Name: 'a b'"},
		{machine, "a:b", "", "InvalidName", "Invalid Name: 'a:b'"},
		{machine, "..", "", "InvalidName", "Invalid Name: '..'"},
		{machine, "deep", strings.Repeat("[", 1001) + strings.Repeat("]", 1001), "InvalidExecutionInput", "'The text nests deeper than 1000 levels'"},
		{machine, "a\u0085", "", "InvalidName", "Invalid Name"},
		{machine, strings.Repeat("x", 81), "", "ValidationException", "Member must have length less than or equal to 80"},
		{machine, "", "\x00", "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Unexpected character ((CTRL-CHAR, code 0))"},
		{machine, "", "nope", "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Unrecognized token 'nope': was expecting"},
		{machine, "", "{'a':1}", "InvalidExecutionInput", "'Unexpected character (''' (code 39)): was expecting double-quote to start field name'"},
		{machine, "", `{"a":`, "InvalidExecutionInput", "Unexpected end-of-input"},
		{machine, "", `"` + strings.Repeat("é", 140_000) + `"`, "InvalidExecutionInput", "262144 bytes"},
		{machine, "", `"` + strings.Repeat("x", 262_144) + `"`, "ValidationException", "Member must have length less than or equal to 262144"},
	} {
		in := &sfn.StartExecutionInput{StateMachineArn: &c.arn}
		if c.name != "" {
			in.Name = &c.name
		}
		if c.input != "" {
			in.Input = &c.input
		}
		_, err := e.c.StartExecution(t.Context(), in)
		refused(t, err, c.code, c.text)
	}
	_, err := e.c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &machine, Input: aws.String("")})
	refused(t, err, "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'")
	list, err := e.c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &machine})
	if err != nil || len(list.Executions) != 0 {
		t.Errorf("something was started: %v, %v", list, err)
	}
}

func TestExecutionsOfVersionsAndAliases(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Routed", passing, published)
	if _, err := e.c.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: &machine, Definition: aws.String(passing2), Publish: true}); err != nil {
		t.Fatal(err)
	}
	route := func(number, weight int) types.RoutingConfigurationListItem {
		return types.RoutingConfigurationListItem{StateMachineVersionArn: aws.String(fmt.Sprint(machine, ":", number)), Weight: int32(weight)}
	}
	for name, routes := range map[string][]types.RoutingConfigurationListItem{"old": {route(1, 100)}, "both": {route(1, 50), route(2, 50)}} {
		if _, err := e.c.CreateStateMachineAlias(t.Context(), &sfn.CreateStateMachineAliasInput{Name: &name, RoutingConfiguration: routes}); err != nil {
			t.Fatal(err)
		}
	}
	ran := func(qualifier string) (state, version, alias string) {
		d := e.closed(e.start(machine + qualifier))
		if *d.StateMachineArn != machine {
			t.Errorf("%s: described with the state machine %s", qualifier, *d.StateMachineArn)
		}
		events := e.events(*d.ExecutionArn)
		started := events[0].ExecutionStartedEventDetails
		if aws.ToString(started.StateMachineVersionArn) != aws.ToString(d.StateMachineVersionArn) || aws.ToString(started.StateMachineAliasArn) != aws.ToString(d.StateMachineAliasArn) {
			t.Errorf("%s: %+v", qualifier, started)
		}
		return *events[1].StateEnteredEventDetails.Name, aws.ToString(d.StateMachineVersionArn), aws.ToString(d.StateMachineAliasArn)
	}
	for qualifier, want := range map[string][3]string{
		"":     {"B", "", ""},
		":1":   {"A", machine + ":1", ""},
		":2":   {"B", machine + ":2", ""},
		":old": {"A", machine + ":1", machine + ":old"},
	} {
		if state, version, alias := ran(qualifier); [3]string{state, version, alias} != want {
			t.Errorf("%q: %s %s %s, want %v", qualifier, state, version, alias, want)
		}
	}
	seen := map[string]bool{}
	for i := 0; len(seen) < 2 && i < 200; i++ { // one in 2 to the power of 199 fails
		state, _, _ := ran(":both")
		seen[state] = true
	}
	if len(seen) != 2 {
		t.Errorf("an alias of two halves led to %v only", seen)
	}

	count := func(qualifier string) int {
		out, err := e.c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: aws.String(machine + qualifier), MaxResults: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Executions)
	}
	if count(":old") != 1 || count(":2") < 1 || count("") != count(":1")+count(":2")+1 {
		t.Errorf("listed: all %d, version 1 %d, version 2 %d, old %d", count(""), count(":1"), count(":2"), count(":old"))
	}
}

func TestStartSyncExecution(t *testing.T) {
	e := openExecutions(t)
	sync := func(machine string, change ...func(*sfn.StartSyncExecutionInput)) (*sfn.StartSyncExecutionOutput, error) {
		in := &sfn.StartSyncExecutionInput{StateMachineArn: &machine}
		for _, f := range change {
			f(in)
		}
		return e.c.StartSyncExecution(t.Context(), in)
	}
	passes := e.machine("Quick", `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":{"n":7},"End":true}}}`, express)
	out, err := sync(passes, func(in *sfn.StartSyncExecutionInput) { in.Name, in.Input = aws.String("job"), aws.String(`{"a":1}`) })
	if err != nil {
		t.Fatal(err)
	}
	if out.Status != types.SyncExecutionStatusSucceeded || *out.Output != `{"n":7}` || *out.Input != `{"a":1}` || *out.Name != "job" || *out.StateMachineArn != passes ||
		!strings.HasPrefix(*out.ExecutionArn, "arn:aws:states:us-east-1:123456789012:express:Quick:job:") ||
		out.BillingDetails.BilledDurationInMilliseconds != 100 || out.BillingDetails.BilledMemoryUsedInMB != 64 || !out.InputDetails.Included || out.Error != nil {
		t.Errorf("%+v", out)
	}
	if again, err := sync(passes, func(in *sfn.StartSyncExecutionInput) { in.Name = aws.String("job") }); err != nil || *again.ExecutionArn == *out.ExecutionArn {
		t.Errorf("names of EXPRESS executions are not theirs alone: %v, %v", again, err)
	}
	failed, err := sync(e.machine("Breaks", failing, express))
	if err != nil || failed.Status != types.SyncExecutionStatusFailed || *failed.Error != "Broken" || *failed.Cause != "on purpose" || failed.Output != nil {
		t.Errorf("%+v, %v", failed, err)
	}
	bare, err := sync(passes, func(in *sfn.StartSyncExecutionInput) { in.IncludedData = types.IncludedDataMetadataOnly })
	if err != nil || bare.Input != nil || bare.Output != nil || bare.InputDetails.Included {
		t.Errorf("metadata only: %+v, %v", bare, err)
	}
	_, err = sync(e.machine("Slow", passing))
	refused(t, err, "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
	_, err = sync(arnOf("None"))
	refused(t, err, "StateMachineDoesNotExist", arnOf("None"))
	_, err = sync(passes, func(in *sfn.StartSyncExecutionInput) { in.Input = aws.String("{") })
	refused(t, err, "InvalidExecutionInput", "Unexpected end-of-input")

	// Nothing else tells of EXPRESS executions.
	_, err = e.c.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: out.ExecutionArn})
	refused(t, err, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
	_, err = e.c.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: out.ExecutionArn})
	refused(t, err, "InvalidArn", "express")
	_, err = e.c.StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: out.ExecutionArn})
	refused(t, err, "InvalidArn", "express")
	_, err = e.c.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &passes})
	refused(t, err, "StateMachineTypeNotSupported", "not supported by this type")
	if _, err := e.c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &passes}); err != nil {
		t.Error(err)
	}
}

// Who waits for an execution hears of its end, even if that comes by itself.
func TestStartSyncExecutionWaits(t *testing.T) {
	e := openExecutions(t)
	machine := e.machine("Naps", `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":100,"End":true}}}`, express)
	answer := make(chan *sfn.StartSyncExecutionOutput, 1)
	changed, cancel := e.store.Subscribe(models.TopicExecutions)
	defer cancel()
	go func() {
		out, err := e.c.StartSyncExecution(context.WithoutCancel(t.Context()), &sfn.StartSyncExecutionInput{StateMachineArn: &machine})
		if err != nil {
			t.Error(err)
		}
		answer <- out
	}()
	<-changed // it has begun
	e.clock.advance(100 * time.Second)
	out := <-answer
	if out == nil || out.Status != types.SyncExecutionStatusSucceeded || out.BillingDetails.BilledDurationInMilliseconds != 100_000 {
		t.Errorf("%+v", out)
	}
}
