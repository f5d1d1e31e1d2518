package sim

import (
	"encoding/json"
	"fmt"
)

// generator makes a state machine that comes to an end whatever happens: ways lead
// forward only, and what has no deadline is answered in the end.
type generator struct {
	*Chance
	names int
	depth int
	maps  int // distributed ones
}

// tree is JSON in the making.
type tree = map[string]any

const (
	region = "arn:aws:states:us-east-1:123456789012:"
	lambda = "arn:aws:lambda:us-east-1:123456789012:function:"
)

// Generated is a random definition. Its executions may start those of the state machine child.
func Generated(c *Chance, child string) string {
	g := &generator{Chance: c}
	top := g.scope(child)
	if g.draw(6, "limit") == 0 {
		top["TimeoutSeconds"] = 20 + g.draw(200, "limit seconds")
	}
	text, err := json.Marshal(top)
	if err != nil {
		panic(err) // trees hold texts, numbers, truths, lists and trees
	}
	return string(text)
}

func (g *generator) draw(n int, what string) int { return g.Draw(n, "generate "+what) }

func (g *generator) oneIn(n int, what string) bool { return g.draw(n, what) == 0 }

// scope is a set of states, each of which leads to later ones.
func (g *generator) scope(child string) tree {
	g.depth++
	defer func() { g.depth-- }()
	names := make([]string, 1+g.draw(6-g.depth, "states"))
	for i := range names {
		g.names++
		names[i] = fmt.Sprintf("S%d", g.names)
	}
	states := tree{}
	for i, name := range names {
		states[name] = g.state(names[i+1:], child)
	}
	prune(states, names)
	return tree{"StartAt": names[0], "States": states}
}

// prune takes away what cannot be reached, which a definition may not have.
func prune(states tree, names []string) {
	reached := map[string]bool{names[0]: true}
	for _, name := range names { // ways lead forward
		if !reached[name] {
			delete(states, name)
			continue
		}
		s := states[name].(tree)
		ways := []tree{s}
		for _, field := range []string{"Choices", "Catch"} {
			more, _ := s[field].([]tree)
			ways = append(ways, more...)
		}
		for _, way := range ways {
			for _, field := range []string{"Next", "Default"} {
				if to, ok := way[field].(string); ok {
					reached[to] = true
				}
			}
		}
	}
}

// any of the later states, mostly the next.
func (g *generator) later(names []string) string {
	if g.oneIn(3, "skip") {
		return names[g.draw(len(names), "which")]
	}
	return names[0]
}

func (g *generator) state(later []string, child string) tree {
	kind := g.draw(20, "kind")
	var s tree
	switch {
	case kind < 7:
		s = g.function()
	case kind < 8:
		s = g.question()
	case kind < 10:
		s = g.activity()
	case kind < 12:
		s = g.child(child)
	case kind < 14:
		s = tree{"Type": "Wait", "Seconds": []int{0, 1, 5, 30, 2000}[g.draw(5, "wait")]}
	case kind < 15:
		s = tree{"Type": "Pass"}
	case kind < 16 && len(later) > 0:
		return g.choice(later)
	case kind < 17:
		if g.oneIn(2, "fail") {
			return tree{"Type": "Fail", "Error": "Lost", "Cause": "as the dice fell"}
		}
		return tree{"Type": "Succeed"}
	case g.depth < 3 && g.oneIn(2, "branches"):
		s = g.parallel(child)
	case g.depth < 3:
		s = g.iterations(child)
	default:
		s = tree{"Type": "Pass", "Result": tree{"ok": true}}
	}
	if len(later) == 0 {
		s["End"] = true
	} else {
		s["Next"] = g.later(later)
	}
	if kind != 12 && kind != 13 && s["Type"] != "Pass" {
		g.expects(s, later)
	}
	return s
}

// expects lets a state that can fail do so more than once, or go another way.
func (g *generator) expects(s tree, later []string) {
	if !g.oneIn(3, "no retry") {
		retrier := tree{"ErrorEquals": []string{"States.ALL"}, "IntervalSeconds": 1 + g.draw(5, "interval"),
			"MaxAttempts": g.draw(4, "attempts"), "BackoffRate": 1 + float64(g.draw(3, "backoff"))/2}
		if g.oneIn(3, "jitter") {
			retrier["JitterStrategy"] = "FULL"
		}
		s["Retry"] = []tree{{"ErrorEquals": []string{"Unavailable", "States.Timeout"}, "IntervalSeconds": 1, "MaxAttempts": 3}, retrier}
	}
	if len(later) > 0 && g.oneIn(2, "catch") {
		s["Catch"] = []tree{{"ErrorEquals": []string{"States.ALL"}, "Next": g.later(later)}}
	}
}

func (g *generator) deadlines(s tree) tree {
	if g.oneIn(2, "deadline") {
		s["TimeoutSeconds"] = 15 + g.draw(40, "seconds")
		if g.oneIn(2, "heartbeat") {
			s["HeartbeatSeconds"] = 5 + g.draw(9, "beat")
		}
	}
	return s
}

func (g *generator) function() tree {
	if g.oneIn(3, "integration") {
		return g.deadlines(tree{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "OutputPath": "$.Payload",
			"Parameters": tree{"FunctionName": "Work", "Payload.$": "$"}})
	}
	s := tree{"Type": "Task", "Resource": lambda + "Work"}
	if g.oneIn(2, "deadline") {
		s["TimeoutSeconds"] = 10 + g.draw(40, "seconds")
	}
	if g.oneIn(5, "discard") {
		s["ResultPath"] = nil
	}
	return s
}

// question waits for a token.
func (g *generator) question() tree {
	return g.deadlines(tree{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
		"Parameters": tree{"FunctionName": "Ask", "Payload": tree{"token.$": "$$.Task.Token"}}})
}

// activity always has a deadline: a worker that has not heard what it was given does nothing.
func (g *generator) activity() tree {
	s := g.deadlines(tree{"Type": "Task", "Resource": region + "activity:Pack"})
	if s["TimeoutSeconds"] == nil {
		s["TimeoutSeconds"] = 100
	}
	return s
}

// child starts an execution, and mostly waits for its end.
func (g *generator) child(machine string) tree {
	pattern := []string{"", ".sync", ".sync:2"}[g.draw(3, "pattern")]
	return g.deadlines(tree{"Type": "Task", "Resource": "arn:aws:states:::states:startExecution" + pattern,
		"Parameters": tree{"StateMachineArn": region + "stateMachine:" + machine, "Input": tree{"items": []int{1}}}})
}

func (g *generator) choice(later []string) tree {
	s := tree{"Type": "Choice", "Choices": []tree{{"Next": g.later(later),
		"And": []tree{{"Variable": "$.ok", "IsPresent": true}, {"Variable": "$.ok", "BooleanEquals": true}}}}}
	if !g.oneIn(6, "no default") {
		s["Default"] = g.later(later)
	}
	return s
}

func (g *generator) parallel(child string) tree {
	branches := make([]tree, 2+g.draw(2, "branches"))
	for i := range branches {
		branches[i] = g.scope(child)
	}
	return tree{"Type": "Parallel", "Branches": branches}
}

func (g *generator) iterations(child string) tree {
	if g.depth == 1 && !g.oneIn(3, "inline") {
		return g.distributed(child)
	}
	s := tree{"Type": "Map", "ItemsPath": "$$.Execution.Input.items", "ItemProcessor": g.scope(child)}
	if n := g.draw(3, "concurrency"); n > 0 {
		s["MaxConcurrency"] = n
	}
	if g.oneIn(2, "tolerant") {
		s["ToleratedFailureCount"] = 1
	}
	return s
}

// distributed is a Map whose iterations are executions of their own.
func (g *generator) distributed(child string) tree {
	kind := []string{"STANDARD", "EXPRESS"}[g.draw(2, "type")]
	g.maps++
	g.depth++ // nothing distributed within
	processor := g.scope(child)
	g.depth--
	if kind == "EXPRESS" {
		do := fmt.Sprint("Do", g.maps)
		processor = tree{"StartAt": do, "States": tree{do: tree{"Type": "Task", "Resource": lambda + "Work", "TimeoutSeconds": 20, "End": true}}}
	}
	processor["ProcessorConfig"] = tree{"Mode": "DISTRIBUTED", "ExecutionType": kind}
	s := tree{"Type": "Map", "ItemsPath": "$$.Execution.Input.items", "ItemProcessor": processor, "Label": fmt.Sprint("Label", g.maps),
		"ItemSelector": tree{"items": []int{1}}}
	if n := g.draw(3, "concurrency"); n > 0 {
		s["MaxConcurrency"] = n
	}
	switch g.draw(3, "tolerance") {
	case 0:
		s["ToleratedFailureCount"] = 1
	case 1:
		s["ToleratedFailurePercentage"] = 100
	}
	return s
}
