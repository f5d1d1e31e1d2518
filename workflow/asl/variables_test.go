package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"countersign/workflow"
)

// The service's limits: 256 KiB for all that one Assign assigns, 10 MiB for all variables
// of an execution.
func TestVariableLimits(t *testing.T) {
	text := func(n int) string { return strings.Repeat("x", n-2) } // with its quotes n bytes
	fill := func(states int) string {
		var b strings.Builder
		for i := range states {
			next := fmt.Sprintf(`"Next":"S%d"`, i+1)
			if i == states-1 {
				next = `"End":true`
			}
			fmt.Fprintf(&b, `,"S%d":{"Type":"Pass","Assign":{"v%d.$":"$.s"},%s}`, i, i, next)
		}
		return `{"StartAt":"S0","States":{` + b.String()[1:] + `}}`
	}
	machine := func(assign string) string {
		return `{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":` + assign + `,"End":true}}}`
	}
	for name, test := range map[string]struct {
		definition, input string
		want              workflow.ExecutionStatus
	}{
		"one of 256 KiB":      {machine(`{"v.$":"$"}`), `"` + text(workflow.MaxPayload) + `"`, workflow.Succeeded},
		"one of more":         {machine(`{"v.$":"States.Format('{}x', $)"}`), `"` + text(workflow.MaxPayload) + `"`, workflow.Failed},
		"two of half":         {machine(`{"v.$":"$","w.$":"$"}`), `"` + text(workflow.MaxPayload/2) + `"`, workflow.Succeeded},
		"two of more":         {machine(`{"v.$":"$","w.$":"$"}`), `"` + text(workflow.MaxPayload/2+1) + `"`, workflow.Failed},
		"forty times 256 KiB": {fill(40), `{"s":"` + text(workflow.MaxPayload-6) + `"}`, workflow.Succeeded},
		"and once more":       {fill(42), `{"s":"` + text(workflow.MaxPayload-6) + `"}`, workflow.Failed},
		"the same again":      {strings.ReplaceAll(fill(60), `"v`, `"v" : 0,"w`), `{"s":1}`, workflow.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			x := newTester(t, compile(t, test.definition))
			if _, err := x.start([]byte(test.input)); err != nil {
				t.Fatal(err)
			}
			for x.snapshot.Status() == workflow.Running { // a step that grows large ends early
				if _, err := x.step(Tick{}); err != nil {
					t.Fatal(err)
				}
			}
			if got := x.snapshot.Status(); got != test.want {
				t.Error(got, x.snapshot.err, x.snapshot.cause)
			}
			if test.want == workflow.Failed && x.snapshot.err != workflow.ErrorDataLimitExceeded {
				t.Error(x.snapshot.err, x.snapshot.cause)
			}
		})
	}
}

// A task that is asked for again after a crash has the same arguments: the variables, the
// time and the random values are those of its scheduling.
func TestOutstandingQueries(t *testing.T) {
	m := compile(t, `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"v":"{% $uuid() %}"},"Next":"T"},
		"T":{"Type":"Task","Resource":"`+lambda+`","Arguments":{"v":"{% $v %}","r":"{% $random() %}","u":"{% $uuid() %}","s":"{% $shuffle([1..20]) %}","now":"{% $now() %}","m":"{% $millis() %}"},"End":true}}}`)
	x := newTester(t, m)
	o, err := x.start(nil)
	if err != nil {
		t.Fatal(err)
	}
	asked := o.Commands[0].(Invoke)
	snapshot, err := Decode(x.snapshot.Encode())
	if err != nil {
		t.Fatal(err)
	}
	again := m.Outstanding(snapshot)
	if len(again) != 1 || !bytes.Equal(again[0].(Invoke).Payload, asked.Payload) {
		t.Errorf("asked for %s, then for %v", asked.Payload, again)
	}
	var args struct{ Now string }
	if json.Unmarshal(asked.Payload, &args); args.Now != "2026-01-02T03:04:05.000Z" {
		t.Error(args.Now)
	}
}
