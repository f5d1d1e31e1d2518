package asl

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/workflow"

	"github.com/google/go-cmp/cmp"
)

func TestGraph(t *testing.T) {
	m := compile(t, `{"StartAt":"Check","States":{
		"Check":{"Type":"Choice","Default":"Ask","Choices":[
			{"Variable":"$.total","NumericLessThanEquals":500,"Next":"Ship"},
			{"And":[{"Variable":"$.kind","StringMatches":"gift*"},{"Not":{"Variable":"$.kind","IsNull":true}},{"Variable":"$.x","IsPresent":false}],"Next":"Ship"},
			{"Variable":"$.by","TimestampLessThanPath":"$.now","Next":"No"}]},
		"Ask":{"Type":"Task","Resource":"LAMBDA","Next":"Ship","Catch":[{"ErrorEquals":["A","B"],"Next":"No"}]},
		"Ship":{"Type":"Task","Resource":"LAMBDA","End":true,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"No"}]},
		"No":{"Type":"Fail"}}}`)
	want := Graph{
		Start: "Check",
		States: []GraphState{
			{Name: "Check", Type: "Choice"}, {Name: "Ask", Type: "Task"},
			{Name: "Ship", Type: "Task", Terminal: true}, {Name: "No", Type: "Fail", Terminal: true},
		},
		Edges: []GraphEdge{
			{"Check", "Ship", "$.total ≤ 500"},
			{"Check", "Ship", `$.kind matches "gift*" and not ($.kind is null) and $.x is not present`},
			{"Check", "No", "$.by < $.now"},
			{"Check", "Ask", "Default"},
			{"Ask", "Ship", ""}, {"Ask", "No", "Catch: A, B"},
			{"Ship", "No", "Catch: States.ALL"},
		},
	}
	if d := cmp.Diff(want, m.Graph()); d != "" {
		t.Error(d)
	}
}

// States within a state know it and their branch; each branch has one first state.
func TestGraphWithin(t *testing.T) {
	m := compile(t, `{"StartAt":"M","States":{"M":{"Type":"Map","Next":"Z","ItemProcessor":{"StartAt":"P","States":{
		"Q":{"Type":"Pass","End":true},
		"P":{"Type":"Parallel","Next":"Q","Branches":[
			{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}},
			{"StartAt":"B","States":{"B":{"Type":"Pass","Next":"C"},"C":{"Type":"Succeed"}}}]}}}},
		"Z":{"Type":"Succeed"}}}`)
	want := Graph{
		Start: "M",
		States: []GraphState{
			{Name: "M", Type: "Map"}, {Name: "Z", Type: "Succeed", Terminal: true},
			{Name: "Q", Type: "Pass", Terminal: true, Within: "M"}, {Name: "P", Type: "Parallel", Within: "M", First: true},
			{Name: "A", Type: "Pass", Terminal: true, Within: "P", First: true},
			{Name: "B", Type: "Pass", Within: "P", Branch: 1, First: true},
			{Name: "C", Type: "Succeed", Terminal: true, Within: "P", Branch: 1},
		},
		Edges: []GraphEdge{{"M", "Z", ""}, {"P", "Q", ""}, {"B", "C", ""}},
	}
	if d := cmp.Diff(want, m.Graph()); d != "" {
		t.Error(d)
	}
}

func TestAProcessorIsAGraphOfItsOwn(t *testing.T) {
	m := compile(t, `{"StartAt":"R","States":{
		"R":{"Type":"Map","End":true,"Label":"r","ItemProcessor":{
			"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
			"StartAt":"In","States":{"In":{"Type":"Pass","Next":"On"},"On":{"Type":"Succeed"}}}}}}`)
	processor, ok := m.Processor("r")
	if !ok {
		t.Fatal("no processor")
	}
	want := Graph{Start: "In", States: []GraphState{{Name: "In", Type: "Pass"}, {Name: "On", Type: "Succeed", Terminal: true}}, Edges: []GraphEdge{{"In", "On", ""}}}
	if d := cmp.Diff(want, processor.Graph()); d != "" {
		t.Error(d)
	}
}

func TestTokens(t *testing.T) {
	m := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",
		"Parameters":{"FunctionName":"F"},"End":true}}}`)
	start := func(id workflow.ExecutionID, seed byte) (Outcome, workflow.TaskToken) {
		o, err := m.Start(Start{ID: id, Name: "n", StateMachine: "m"}, epoch, Seed{seed})
		if err != nil {
			t.Fatal(err)
		}
		return o, o.Commands[0].(Invoke).Token
	}
	o, token := start(77, 1)
	if id, err := TokenExecution(token); id != 77 || err != nil {
		t.Errorf("the token leads to %v, %v", id, err)
	}
	_, other := start(77, 2)
	_, foreign := start(78, 1)
	if token == other || len(token) > 100 {
		t.Errorf("tokens %s and %s", token, other)
	}
	mistyped := workflow.TaskToken(strings.ToLower(string(token)))
	for name, test := range map[string]struct {
		token workflow.TaskToken
		want  error
	}{
		"nothing":                   {"", workflow.ErrTaskTokenInvalid},
		"nonsense":                  {"not a token", workflow.ErrTaskTokenInvalid},
		"long nonsense":             {workflow.TaskToken(strings.Repeat("A", 5000)), workflow.ErrTaskTokenInvalid},
		"cut off":                   {token[:len(token)-1], workflow.ErrTaskTokenInvalid},
		"mistyped":                  {mistyped, workflow.ErrTaskTokenInvalid},
		"another execution's":       {foreign, workflow.ErrTaskTokenInvalid},
		"right place, wrong secret": {other, workflow.ErrTaskGone},
	} {
		if _, err := m.Step(o.Snapshot, TokenSucceeded{Token: test.token, Output: json.RawMessage("1")}, epoch, Seed{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, b := range map[string]string{
		"nothing":              ``,
		"a newer version":      `{"v":3,"status":"RUNNING","root":{"state":"A","input":{}}}`,
		"no version":           `{}`,
		"no frame":             `{"v":1,"status":"RUNNING"}`,
		"a task without data":  `{"v":1,"status":"RUNNING","root":{"state":"A","input":{},"phase":2}}`,
		"an unknown phase":     `{"v":1,"status":"RUNNING","root":{"state":"A","input":{},"phase":9}}`,
		"a frame without data": `{"v":1,"status":"RUNNING","root":{"state":"A"}}`,
	} {
		if _, err := Decode([]byte(b)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A snapshot of another state machine is refused, not misunderstood.
func TestStepRefusesForeignSnapshot(t *testing.T) {
	task := compile(t, `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"LAMBDA","End":true}}}`)
	o, err := task.Start(Start{}, epoch, Seed{})
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{
		`{"StartAt":"B","States":{"B":{"Type":"Task","Resource":"LAMBDA","End":true}}}`,
		`{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"End":true}}}`,
	} {
		m := compile(t, src)
		if _, err := m.Step(o.Snapshot, Tick{}, epoch, Seed{}); err == nil {
			t.Error("accepted")
		}
		if len(m.Outstanding(o.Snapshot)) != 0 {
			t.Error("something is outstanding")
		}
	}
}

// storedV1 are snapshots as version 1 has written them: executions that wait for a
// token, for a retry, for the end of a Wait state, and one that was stopped. They
// must be read, and go on, for ever.
var storedV1 = []string{
	`{"v":1,"id":7,"name":"order-1","machine":"Orders","role":"arn:aws:iam::123456789012:role/r","input":{"a":1.0},"started":1767323045000,"status":"RUNNING","deadline":1767409445000,"redrives":1,"last":9,"root":{"state":"Ask","entry":4,"entered":1767323045000,"input":{"a":1.0},"prev":9,"phase":2,"attempt":2,"tries":[0,1],"task":{"scheduled":1767323046000,"timeout":1767323106000,"heartbeat":1767323076000,"heartbeatMS":30000,"token":"AQAAAAAAAAAHAAAAAAAAAARq5ng_T73pG264i3OkjtJHtjhVXw","submitted":true}}}`,
	`{"v":1,"id":7,"name":"order-1","machine":"Orders","started":1767323045000,"status":"RUNNING","last":7,"root":{"state":"Ask","entry":2,"entered":1767323045000,"input":null,"prev":7,"phase":3,"due":1767323050000,"attempt":1,"tries":[1]}}`,
	`{"v":1,"id":7,"name":"order-1","machine":"Orders","started":1767323045000,"status":"RUNNING","last":2,"root":{"state":"Pause","entry":2,"entered":1767323045000,"input":[],"prev":2,"phase":1,"due":1767323050000}}`,
	`{"v":1,"id":7,"name":"order-1","machine":"Orders","started":1767323045000,"status":"ABORTED","error":"E","cause":"<by hand>","closed":1767323046000,"last":4,"root":{"state":"Pause","entry":2,"entered":1767323045000,"input":{},"prev":4}}`,
	`{"v":1,"id":7,"name":"order-1","machine":"Orders","started":1767323045000,"status":"SUCCEEDED","output":{"ok":true},"closed":1767323046000,"last":4}`,
}

func TestStoredSnapshots(t *testing.T) {
	m := compile(t, `{"StartAt":"Ask","States":{
		"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"F"},
			"Retry":[{"ErrorEquals":["A"]},{"ErrorEquals":["States.ALL"]}],"Next":"Pause"},
		"Pause":{"Type":"Wait","Seconds":5,"End":true}}}`)
	for i, event := range []Event{
		TokenSucceeded{Token: "AQAAAAAAAAAHAAAAAAAAAARq5ng_T73pG264i3OkjtJHtjhVXw", Output: json.RawMessage("1")},
		Tick{}, Tick{}, Redrive{}, nil,
	} {
		s, err := Decode([]byte(storedV1[i]))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(storedV1[i], `{"v":1`, `{"v":2`, 1)
		if got := string(s.Encode()); got != want {
			t.Errorf("changed from\n%s to\n%s", want, got)
		}
		if event == nil {
			continue
		}
		o, err := m.Step(s, event, time.UnixMilli(1767323050000), Seed{})
		if err != nil || len(o.Events) == 0 {
			t.Errorf("%T: %v", event, err)
		}
	}
}

// A waiting snapshot is small: what can be derived is not in it.
func TestSnapshotSize(t *testing.T) {
	m := compile(t, machineOfSeven)
	o, err := m.Start(Start{ID: 1, Name: "order-12345", StateMachine: "Orders", Input: order}, epoch, Seed{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(o.Snapshot.Encode()) - len(order); n > 300 {
		t.Errorf("%d bytes besides the input: %s", n, o.Snapshot.Encode())
	}
}

// The delays of a retrier stay within bounds however long it goes on.
func TestRetryDelay(t *testing.T) {
	r := retrier{interval: maxSeconds, attempts: maxSeconds, backoff: 1e9}
	for _, n := range []int{0, 1, 100, maxSeconds} {
		if d := r.delay(n, nil); d <= 0 || d > maxRetryDelay*1000 {
			t.Errorf("delay %d is %d ms", n, d)
		}
	}
	x := &stepper{}
	jittered := retrier{interval: 1, backoff: 1, jitter: true}
	least, most := millis(1000), millis(0)
	for range 1000 {
		d := jittered.delay(0, x.draw)
		least, most = min(least, d), max(most, d)
	}
	if least < 0 || most > 1000 || least > 50 || most < 950 {
		t.Errorf("jitter from %d to %d ms", least, most)
	}
}

func TestParseTimestamp(t *testing.T) {
	good := map[string]string{
		"2026-01-02T03:04:05Z":           "2026-01-02T03:04:05Z",
		"2026-01-02T03:04:05.123456789Z": "2026-01-02T03:04:05.123456789Z",
		"2026-01-02T03:04:05+02:00":      "2026-01-02T01:04:05Z",
		"2026-01-02T03:04:05.5-11:30":    "2026-01-02T14:34:05.5Z",
		"2024-02-29T23:59:59Z":           "2024-02-29T23:59:59Z",
	}
	for in, want := range good {
		if got, ok := parseTimestamp(in); !ok || got.UTC().Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v %v", in, got, ok)
		}
	}
	for _, in := range []string{
		"", "2026-01-02", "2026-01-02 03:04:05Z", "2026-01-02t03:04:05Z", "2026-01-02T03:04:05z", "2026-01-02T03:04:05",
		"2026-01-02T03:04:05,5Z", "2026-13-02T03:04:05Z", "2026-01-02T25:04:05Z", "2026-02-30T03:04:05Z", "2026-01-02T03:04Z",
		"05-12-2016T21:29:29Z", "2026-01-02T03:04:05+2", "{% 1 %}",
	} {
		if _, ok := parseTimestamp(in); ok {
			t.Errorf("%s is accepted", in)
		}
	}
}
