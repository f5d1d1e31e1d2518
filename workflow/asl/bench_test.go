package asl

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// machineOfSeven is the machine that DESIGN.md's figures are for: seven tasks that do nothing.
var machineOfSeven = func() string {
	var states []string
	for i := 1; i <= 7; i++ {
		next := fmt.Sprintf(`"Next":"S%d"`, i+1)
		if i == 7 {
			next = `"End":true`
		}
		states = append(states, fmt.Sprintf(`"S%d":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:Noop",%s}`, i, next))
	}
	return `{"StartAt":"S1","States":{` + strings.Join(states, ",") + `}}`
}()

var order = json.RawMessage(`{"order":{"orderId":"12345","customerId":"67890","items":[{"itemId":"item1","quantity":2}]}}`)

// BenchmarkSevenTasks is one execution from start to end: eight steps.
func BenchmarkSevenTasks(b *testing.B) {
	m := compile(b, machineOfSeven)
	b.ReportAllocs()
	for b.Loop() {
		o, err := m.Start(Start{ID: 1, Name: "n", StateMachine: "m", Input: order}, epoch, Seed{})
		for err == nil && len(o.Commands) > 0 {
			inv := o.Commands[0].(Invoke)
			o, err = m.Step(o.Snapshot, TaskSucceeded{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: epoch, Output: order}, epoch, Seed{})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*8)/b.Elapsed().Seconds(), "steps/s")
}

// BenchmarkStep is one answer, which ends a task and schedules the next.
func BenchmarkStep(b *testing.B) {
	m := compile(b, machineOfSeven)
	o, err := m.Start(Start{ID: 1, Name: "n", StateMachine: "m", Input: order}, epoch, Seed{})
	if err != nil {
		b.Fatal(err)
	}
	inv := o.Commands[0].(Invoke)
	answer := TaskSucceeded{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: epoch, Output: order}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Step(o.Snapshot, answer, epoch, Seed{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStepStored is the same with decoding before and encoding after.
func BenchmarkStepStored(b *testing.B) {
	m := compile(b, machineOfSeven)
	o, err := m.Start(Start{ID: 1, Name: "n", StateMachine: "m", Input: order}, epoch, Seed{})
	if err != nil {
		b.Fatal(err)
	}
	inv := o.Commands[0].(Invoke)
	answer := TaskSucceeded{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: epoch, Output: order}
	stored := o.Snapshot.Encode()
	b.ReportAllocs()
	for b.Loop() {
		s, err := Decode(stored)
		if err != nil {
			b.Fatal(err)
		}
		o, err := m.Step(s, answer, epoch, Seed{})
		if err != nil {
			b.Fatal(err)
		}
		o.Snapshot.Encode()
	}
}

// BenchmarkDataFlow is a step through templates, paths and a Choice.
func BenchmarkDataFlow(b *testing.B) {
	m := compile(b, `{"StartAt":"A","States":{
		"A":{"Type":"Pass","Parameters":{"id.$":"$.order.orderId","who.$":"$$.Execution.Name","items.$":"$.order.items[*].quantity"},"ResultPath":"$.short","Next":"B"},
		"B":{"Type":"Choice","Choices":[{"Variable":"$.short.id","StringEquals":"nobody","Next":"A"}],"Default":"C"},
		"C":{"Type":"Pass","Result":{"ok":true},"ResultPath":"$.result","OutputPath":"$.short","Next":"D"},
		"D":{"Type":"Succeed"}}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Start(Start{ID: 1, Name: "n", StateMachine: "m", Input: order}, epoch, Seed{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompile reads and validates a definition of a thousand states.
func BenchmarkCompile(b *testing.B) {
	var s strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&s, `"S%d":{"Type":"Task","Resource":%q,"Parameters":{"a.$":"$.b.c"},"Next":"S%d"},`, i, lambda, i+1)
	}
	src := []byte(`{"StartAt":"S0","States":{` + s.String() + `"S1000":{"Type":"Succeed"}}}`)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Compile(src); err != nil {
			b.Fatal(err)
		}
	}
}
