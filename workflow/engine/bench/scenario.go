package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"countersign/workflow"
	"countersign/workflow/engine"
)

// The scenarios, as --scenario names them.
const (
	kindOrder    = "order"
	kindNoOps    = "no-ops"
	kindPayloads = "payloads"
	kindMap      = "map"
	kindWaiting  = "waiting"
)

// payloadsInFlight bounds what is in memory of big payloads.
const payloadsInFlight = 16

// scenario is one kind of execution under load.
type scenario struct {
	name     string // of its figures
	title    string
	ends     string // what is counted as an execution
	start    Start
	idle     bool // its latency on an idle machine is measured too
	inFlight int
	once     bool // a round is one execution, however long it takes
}

// noOpFunction is what the state machines of this package call.
const noOpFunction = "NoOp"

// noOp answers with what it was given.
func noOp(_ context.Context, call workflow.Call) (workflow.Result, error) {
	return workflow.Result{Output: call.Payload}, nil
}

func task(more string) string {
	return `{"Type":"Task","Resource":"` + string(workflow.FunctionARN(noOpFunction)) + `",` + more + `}`
}

// sevenNoOps is a state machine of seven tasks, one after the other.
func sevenNoOps() string {
	var states bytes.Buffer
	for n := 1; n < 7; n++ {
		fmt.Fprintf(&states, `"Task%d":%s,`, n, task(fmt.Sprintf(`"Next":"Task%d"`, n+1)))
	}
	return `{"StartAt":"Task1","States":{` + states.String() + `"Task7":` + task(`"End":true`) + `}}`
}

// mapOfTasks is a Distributed Map whose child executions have one task each.
func mapOfTasks() string {
	return `{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":` +
		`{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"One","States":{"One":` + task(`"End":true`) + `}}}}}`
}

// machineStart starts executions of a state machine, always with the same input.
func (b *bench) machineStart(ctx context.Context, machine, definition string, input json.RawMessage) (Start, error) {
	if _, err := b.Engine.Store.PutDefinition(ctx, machine, []byte(definition)); err != nil {
		return nil, err
	}
	return func(ctx context.Context, n int64) (workflow.ExecutionInfo, error) {
		return b.replica(n).Engine.StartExecution(ctx, engine.StartRequest{StateMachine: machine, Name: machine + "-" + strconv.FormatInt(n, 10), Input: input})
	}, nil
}

func (b *bench) orderStart(ctx context.Context, n int64) (workflow.ExecutionInfo, error) {
	return b.replica(n).Orders.Start(ctx, n)
}

// scenarioOf prepares a scenario.
func (b *bench) scenarioOf(ctx context.Context, kind string, c *Command) (s scenario, err error) {
	s = scenario{ends: "executions", inFlight: b.InFlight}
	switch kind {
	case kindOrder:
		s.name, s.title, s.ends, s.start, s.idle = "order", "order workflow", "orders", b.orderStart, true
	case kindNoOps:
		s.name, s.title, s.idle = "seven_no_ops", "seven no-op tasks", true
		s.start, err = b.machineStart(ctx, "SevenNoOps", sevenNoOps(), []byte(`{"n":1}`))
	case kindPayloads:
		s.inFlight = min(s.inFlight, payloadsInFlight)
		s.name, s.title = "big_payloads", fmt.Sprintf("seven tasks of %d bytes", c.Payload)
		s.start, err = b.machineStart(ctx, "BigPayloads", sevenNoOps(), payload(c.Payload))
	case kindMap:
		s.name, s.title, s.inFlight, s.once = "map", fmt.Sprintf("Map of %d", c.Items), 1, true
		s.start, err = b.machineStart(ctx, "MapOfTasks", mapOfTasks(), items(c.Items))
	}
	return s, err
}

// payload is a JSON document of that many bytes.
func payload(size int) json.RawMessage {
	const line = `"Countersign takes orders and runs each one through a durable workflow; this is line `
	var text bytes.Buffer
	text.WriteByte('[')
	for n := 0; text.Len()+len(line)+12 < size; n++ {
		fmt.Fprintf(&text, `%s%06d",`, line, n)
	}
	text.WriteByte('"')
	text.Write(bytes.Repeat([]byte("x"), max(0, size-text.Len()-2)))
	text.WriteString(`"]`)
	return text.Bytes()
}

// items is an array of that many numbers.
func items(n int) json.RawMessage {
	text := []byte{'['}
	for i := range n {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(i), 10)
	}
	return append(text, ']')
}
