package asl

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"countersign/workflow"
)

// Validate checks what a definition means and compiles it. It returns a state
// machine only when neither it nor Parse has found a problem.
func Validate(d *Definition) (*StateMachine, Diagnostics) {
	if d == nil {
		return nil, Diagnostics{{Severity: SeverityError, Code: CodeMissingDescription, Message: "There is no definition"}}
	}
	return validate(d, workflow.Standard, leniency{})
}

func validate(d *Definition, t workflow.StateMachineType, test leniency) (*StateMachine, Diagnostics) {
	c := &compiler{
		report: newReport(d.src), d: d, test: test, express: t == workflow.Express,
		m: &StateMachine{byName: map[string]*state{}}, targets: map[*state][]*state{}, labels: map[string]bool{}, referred: map[reference]bool{},
	}
	c.root = d.root.value
	c.machine()
	found := c.sorted()
	if d.found.Failed() || found.Failed() {
		return nil, found
	}
	return c.m, found
}

// compiler is one validation in progress. It goes on after problems; what it has
// made by then is thrown away.
type compiler struct {
	*report
	d        *Definition
	m        *StateMachine
	express  bool            // the type of the state machine, or of a Map state's child executions
	labels   map[string]bool // of Map states
	referred map[reference]bool
	test     leniency
	// current is the state being compiled; targets are the states it may go to.
	current *state
	targets map[*state][]*state
	names   map[string]*state // of the scope
	scope   *scope            // that the current state is in
	ends    bool              // some state ends the scope
	// bare says that the scope has states whose transitions are not understood,
	// so that nothing can be said about reachability.
	bare  bool
	reads bool // some path reads $$.Execution.Input
	// jsonata is the state machine's query language; assigned are all variables.
	jsonata  bool
	assigned []assignedAt
	// queriesParsed counts the expressions that took time to parse.
	queriesParsed int
}

// stateCompiler makes the body of a type of state; nil when there is no such type.
func stateCompiler(typ string) func(*compiler, place) body {
	switch typ {
	case "Pass":
		return (*compiler).pass
	case "Task":
		return (*compiler).task
	case "Choice":
		return (*compiler).choice
	case "Wait":
		return (*compiler).wait
	case "Succeed":
		return (*compiler).succeed
	case "Fail":
		return (*compiler).fail
	case "Parallel":
		return (*compiler).parallel
	case "Map":
		return (*compiler).mapState
	}
	return nil
}

func (c *compiler) machine() {
	root := c.d.root
	c.jsonata = inJSONata(root, false)
	c.m.timeout = c.secondsField(root, "TimeoutSeconds", 0)
	c.m.scope = *c.states(root, nil)
	c.m.readsInput = c.reads
	c.variableScopes()
}

// states compiles the states of the machine, of a branch or of a processor.
func (c *compiler) states(p place, within *state) *scope {
	outer := *c
	defer func() {
		c.scope, c.current, c.names, c.ends, c.bare = outer.scope, outer.current, outer.names, outer.ends, outer.bare
	}()
	c.scope, c.names, c.ends, c.bare = &scope{}, map[string]*state{}, false, false
	states, ok := p.member("States")
	if !ok || states.value.kind != '{' {
		return c.scope
	}
	if len(states.value.members) == 0 {
		return c.scope
	}
	states.each(func(name string, at int, p place) { c.declare(name, at, p, within) })
	states.each(func(name string, _ int, p place) {
		if p.value.kind != '{' {
			c.bare = true
			return
		}
		c.state(c.names[name], p)
	})
	if start, ok := p.member("StartAt"); ok && start.value.kind == '"' {
		if c.scope.start = c.names[start.value.text]; c.scope.start == nil {
			c.at(start, CodeMissingTarget, missingTarget, start.value.text)
		}
	}
	if within != nil || !c.test.alone {
		c.reachable(p, states, within)
	}
	return c.scope
}

// declare makes a state known before any transition is looked at.
func (c *compiler) declare(name string, at int, p place, within *state) {
	switch n := utf8.RuneCountInString(name); {
	case n > workflow.MaxName:
		c.add(CodeStateName, p.pointer, at, "Invalid State name: %s exceeds the %d-character limit allowed by the service", name, workflow.MaxName)
	case n == 0:
		c.add(CodeStateName, p.pointer, at, "Invalid State name: the name is empty")
	}
	s := &state{name: name, within: within, scope: c.scope}
	if c.m.byName[name] != nil {
		c.add(CodeDuplicateName, p.pointer, at, "Duplicate State name: %s", name)
	}
	c.m.byName[name], c.names[name] = s, s
	c.m.all = append(c.m.all, s)
	c.scope.states = append(c.scope.states, s)
}

func (c *compiler) state(s *state, p place) {
	c.current = s
	typ := p.value.get("Type")
	if typ == nil {
		c.bare = true
		return
	}
	compile := stateCompiler(typ.text)
	if compile == nil {
		c.bare = c.bare || !slices.Contains(stateTypes, typ.text)
		if place, _ := p.member("Type"); slices.Contains(stateTypes, typ.text) {
			c.at(place, CodeNotSupported, "The state type '%s' is not supported yet", typ.text)
		}
		c.foreignTransitions(p)
		return
	}
	s.kind = kinds[typ.text]
	s.pointer, s.jsonata = p.pointer, inJSONata(p, c.jsonata)
	s.lang = c.language(p)
	s.body = compile(c, p)
}

// foreignTransitions follows the transitions of a state that is not interpreted yet,
// so that its targets are not called unreachable.
func (c *compiler) foreignTransitions(p place) {
	if typ := p.value.get("Type").text; typ == "Succeed" || typ == "Fail" {
		c.ends = true
		return
	}
	if typ := p.value.get("Type").text; typ == "Choice" {
		c.bare = true
		return
	}
	c.current.next = c.nextOrEnd(p)
	c.catchers(p)
}

// language compiles the fields that shape a state's data.
func (c *compiler) language(p place) language {
	if c.current.jsonata {
		return c.jsonataFields(p)
	}
	q := &jsonPath{assign: c.assign(p, "", 0)}
	q.inputPath, q.noInput = c.pathOrNull(p, "InputPath", false)
	q.outputPath, q.noOutput = c.pathOrNull(p, "OutputPath", false)
	q.resultPath, q.noResult = c.pathOrNull(p, "ResultPath", true)
	q.parameters = c.template(p, "Parameters")
	q.selector = c.template(p, "ResultSelector")
	return q
}

// target is the state that a transition field names.
func (c *compiler) target(p place, field string) *state {
	t, ok := p.member(field)
	if !ok || t.value.kind != '"' {
		return nil
	}
	s := c.names[t.value.text]
	if s == nil && c.test.alone && c.current.within == nil {
		return &state{name: t.value.text}
	}
	if s == nil {
		c.at(t, CodeMissingTarget, missingTarget, t.value.text)
		return nil
	}
	c.targets[c.current] = append(c.targets[c.current], s)
	return s
}

// missingTarget is what the service says of every transition, StartAt and Default too.
const missingTarget = "Missing 'Next' target: %s"

// nextOrEnd reads Next or End, of which a state has exactly one.
func (c *compiler) nextOrEnd(p place) *state {
	next := p.value.get("Next")
	end := p.value.get("End")
	ends := end != nil && end.kind == 't' && c.d.src[end.start] == 't'
	switch {
	case ends && next != nil:
		c.at(p, CodeSchema, "There should only be one of the following fields: [Next, End]")
	case !ends && next == nil:
		c.at(p, CodeSchema, "This object should have only one of the following fields: [Next, End]")
	}
	c.ends = c.ends || ends || end != nil && end.kind != 't'
	return c.target(p, "Next")
}

// reachable reports states that no path of transitions leads to, and a state machine
// that cannot end; of branches and processors the service does not ask that. Of a machine
// that cannot end it does not say what is reachable.
func (c *compiler) reachable(p, states place, within *state) {
	switch {
	case c.bare || p.value.get("StartAt") == nil:
		return
	case !c.ends && within == nil:
		c.add(CodeMissingEnd, "", states.value.start, "Workflow has no terminal state")
		return
	}
	seen := map[*state]bool{}
	if c.scope.start != nil {
		seen[c.scope.start] = true
	}
	for todo := slices.Collect(maps.Keys(seen)); len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, t := range c.targets[s] {
			if !seen[t] {
				seen[t] = true
				todo = append(todo, t)
			}
		}
	}
	states.each(func(name string, at int, p place) {
		if !seen[c.names[name]] {
			c.put(Diagnostic{
				Severity: SeverityError, Code: CodeMissingTarget, Message: fmt.Sprintf("State \"%s\" is not reachable.", name),
				Pointer: p.pointer, Line: c.line(at), stage: stageReach, order: at,
			})
		}
	})
}
