package asl

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
)

// numbers is an array of n numbers.
func numbers(n int) json.RawMessage {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",%d", i)
	}
	return json.RawMessage("[" + b.String()[1:] + "]")
}

// through drives an execution to its end, answering what is asked. It gives the number
// of steps and of history events.
func through(t testing.TB, m *StateMachine, s Start) (steps, events int) {
	now := epoch
	o, err := m.Start(s, now, Seed{})
	var todo []Command
	for steps = 1; ; steps++ {
		if err != nil {
			t.Fatal(err)
		}
		events += len(o.Events)
		todo = append(todo, o.Commands...)
		if o.Snapshot.Status() != workflow.Running {
			break
		}
		if len(todo) == 0 {
			now, _ = o.Snapshot.WakeAt()
			o, err = m.Step(o.Snapshot, Tick{}, now, Seed{})
			continue
		}
		inv := todo[0].(Invoke)
		todo = todo[1:]
		o, err = m.Step(o.Snapshot, TaskSucceeded{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: now, Output: inv.Payload}, now, Seed{})
	}
	if o.Snapshot.Status() != workflow.Succeeded {
		name, cause := o.Snapshot.Failure()
		t.Fatalf("%s: %s %s", o.Snapshot.Status(), name, cause)
	}
	return steps, events
}

const (
	mapOfPasses = `{"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}},"End":true}}}`
	mapOfTasks  = `{"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"LAMBDA","End":true}}},"End":true}}}`
)

func benchmarkThrough(b *testing.B, src string, input json.RawMessage, items int) {
	m := compile(b, src)
	b.ReportAllocs()
	var steps, events int
	for b.Loop() {
		n, e := through(b, m, Start{ID: 1, Name: "n", StateMachine: "m", Type: workflow.Express, Input: input})
		steps, events = steps+n, events+e
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N*items)/seconds, "items/s")
	b.ReportMetric(float64(steps)/seconds, "steps/s")
	b.ReportMetric(float64(events)/seconds, "events/s")
}

// BenchmarkMap is an inline Map from start to end, of items that need nothing from outside.
func BenchmarkMap(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkThrough(b, mapOfPasses, numbers(n), n) })
	}
}

// BenchmarkMapSelector has each item made by an ItemSelector of a larger input.
func BenchmarkMapSelector(b *testing.B) {
	src := strings.Replace(mapOfPasses, `"ItemProcessor"`, `"ItemsPath":"$.items","ItemSelector":{"v.$":"$$.Map.Item.Value","label.$":"$.label"},"ItemProcessor"`, 1)
	benchmarkThrough(b, src, json.RawMessage(`{"items":`+string(numbers(10_000))+`,"label":"x"}`), 10_000)
}

// BenchmarkMapTasks is an inline Map of tasks: a step for each, with 40 active.
func BenchmarkMapTasks(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkThrough(b, mapOfTasks, numbers(n), n) })
	}
}

// BenchmarkParallel is a Parallel state of ten tasks.
func BenchmarkParallel(b *testing.B) {
	var branches []string
	for i := range 10 {
		branches = append(branches, fmt.Sprintf(`{"StartAt":"T%d","States":{"T%d":{"Type":"Task","Resource":"LAMBDA","End":true}}}`, i, i))
	}
	benchmarkThrough(b, `{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[`+strings.Join(branches, ",")+`],"End":true}}}`, order, 10)
}

// BenchmarkNested is a Map of 10 in a Parallel of 2 in a Map of 10.
func BenchmarkNested(b *testing.B) {
	inner := `{"StartAt":"N%d","States":{"N%d":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"A%d","States":{"A%d":{"Type":"Pass","End":true}}}}}}`
	inner = strings.ReplaceAll(inner, "%d", "1") + "," + strings.ReplaceAll(inner, "%d", "2")
	row := string(numbers(10))
	benchmarkThrough(b, `{"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[`+
		inner+`]}}}}}}`, json.RawMessage("["+strings.Repeat(row+",", 9)+row+"]"), 200)
}

// BenchmarkMapStored is one answer to a task of a Map with 9,000 of 10,000 items done,
// with decoding before and encoding after.
func BenchmarkMapStored(b *testing.B) {
	m := compile(b, mapOfTasks)
	o, err := m.Start(Start{ID: 1, Name: "n", StateMachine: "m", Type: workflow.Express, Input: numbers(10_000)}, epoch, Seed{})
	todo := o.Commands
	for range 9000 {
		inv := todo[0].(Invoke)
		if err != nil {
			b.Fatal(err)
		}
		o, err = m.Step(o.Snapshot, TaskSucceeded{Entry: inv.Entry, Attempt: 1, StartedAt: epoch, Output: inv.Payload}, epoch, Seed{})
		todo = append(todo[1:], o.Commands...)
	}
	inv := todo[0].(Invoke)
	answer := TaskSucceeded{Entry: inv.Entry, Attempt: 1, StartedAt: epoch, Output: inv.Payload}
	stored := o.Snapshot.Encode()
	b.ReportMetric(float64(len(stored)), "bytes")
	part := func(name string, do func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	part("decode", func() error { _, err := Decode(stored); return err })
	part("step", func() error { _, err := m.Step(o.Snapshot, answer, epoch.Add(time.Second), Seed{}); return err })
	part("encode", func() error { o.Snapshot.Encode(); return nil })
}
