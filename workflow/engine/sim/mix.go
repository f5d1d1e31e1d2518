package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/engine"
	"countersign/workflow/engine/storetest"
)

// Mix is the scenario of this package: orders that move goods and money, families of
// executions, and executions of random state machines.
type Mix struct {
	mu      sync.Mutex
	tokens  []workflow.TaskToken       // questions that were asked
	packing []workflow.TaskToken       // tasks that workers have, or had
	taken   map[workflow.TaskToken]int // by workers: how often each task
	answers map[workflow.TaskToken]string
	names   []string // "machine/name" of executions that somebody tried to start
	ledger  Accounts
}

// stock is how much of the goods there is; not every order finds enough.
const stock = 8

// random is how many random state machines there are. Each starts executions of the one
// before it, and the first those of Child.
const random = 2

const randomName = "Random"

// NewMix makes the scenario of one world in memory.
func NewMix() *Mix { return NewMixOn(newLedger()) }

// NewMixOn makes the scenario of one world whose store keeps the accounts.
func NewMixOn(a Accounts) *Mix {
	a.Open("stock", stock)
	a.Open("world", 1<<30)
	return &Mix{taken: map[workflow.TaskToken]int{}, answers: map[workflow.TaskToken]string{}, ledger: a}
}

// Definitions implements Scenario.
func (m *Mix) Definitions(c *Chance) map[string]string {
	all := map[string]string{orderName: orderDefinition, familyName: familyDefinition, childName: childDefinition,
		largeName: largeDefinition}
	child := childName
	for i := range random {
		name := fmt.Sprint(randomName, i)
		all[name] = Generated(c, child)
		child = name
	}
	return all
}

// Equip implements Scenario.
func (m *Mix) Equip(w *World, p *Process, o *engine.Options) {
	if memory, ok := w.Store.(*storetest.Memory); ok {
		memory.Elsewhere = m.ledger.(*ledger).apply
	}
	o.Functions = map[string]workflow.Handler{
		"Work": m.work(w, p), "Ask": m.ask(w, p),
		"Reserve": m.order(w, p, m.reserve), "Charge": m.order(w, p, m.charge), "Ship": m.order(w, p, m.ship), "Undo": m.order(w, p, m.undo),
	}
}

// Act implements Scenario.
func (m *Mix) Act(ctx context.Context, w *World) {
	switch n := w.Draw(40, "act"); {
	case n == 0 && w.Draw(20, "large") == 0:
		m.start(ctx, w, largeName)
	case n < 7:
		m.start(ctx, w, fmt.Sprint(randomName, w.Draw(random, "machine")))
	case n < 11:
		m.start(ctx, w, orderName)
	case n < 14:
		m.start(ctx, w, familyName)
	case n < 24:
		m.worker(ctx, w)
	case n < 33:
		m.answer(ctx, w, w.Draw(8, "which"))
	case n < 36:
		m.any(ctx, w, w.Stop)
	case n < 39:
		m.any(ctx, w, w.Redrive)
	default:
		m.again(ctx, w)
	}
}

// Settle implements Scenario: all questions are answered, and workers take everything.
func (m *Mix) Settle(ctx context.Context, w *World) {
	m.mu.Lock()
	open := len(m.tokens)
	m.mu.Unlock()
	for range open {
		m.answer(ctx, w, 0)
	}
	for m.take(ctx, w) {
	}
	m.mu.Lock()
	packing := m.packing
	m.packing = nil
	m.mu.Unlock()
	for _, token := range packing {
		_ = w.Any().SucceedTask(ctx, token, json.RawMessage(`"packed"`))
	}
}

func (m *Mix) start(ctx context.Context, w *World, machine string) {
	m.mu.Lock()
	name := fmt.Sprintf("%s-%d", machine, len(m.names))
	m.names = append(m.names, machine+"/"+name)
	m.mu.Unlock()
	m.startNamed(ctx, w, machine, name)
}

func (m *Mix) startNamed(ctx context.Context, w *World, machine, name string) {
	r := engine.StartRequest{StateMachine: machine, Name: name, Input: json.RawMessage(`{"items":[1,2,3]}`)}
	r.Effects = func(id workflow.ExecutionID) []workflow.Effect {
		var effects []workflow.Effect
		if machine == orderName {
			effects = append(effects, Move{Key: "place/" + name, From: "world", To: "customer/" + name, Amount: budget})
		}
		return append(effects, Done("start", machine+"/"+name))
	}
	_, _ = w.Start(ctx, r)
}

// again starts an execution that was started before, by its name.
func (m *Mix) again(ctx context.Context, w *World) {
	if machine, name, ok := m.pick(w); ok {
		m.startNamed(ctx, w, machine, name)
	}
}

// pick is an execution that somebody has tried to start.
func (m *Mix) pick(w *World) (machine, name string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.names) == 0 {
		return "", "", false
	}
	machine, name = splitKey(m.names[w.Draw(len(m.names), "which")])
	return machine, name, true
}

func (m *Mix) any(ctx context.Context, w *World, do func(context.Context, workflow.ExecutionID)) {
	machine, name, ok := m.pick(w)
	if !ok {
		return
	}
	if info, err := w.Store.Find(ctx, machine, name); err == nil {
		do(ctx, info.ID)
	}
}

// answer answers one of the questions, well or badly, or only says that somebody is at it.
func (m *Mix) answer(ctx context.Context, w *World, back int) {
	m.mu.Lock()
	at := max(len(m.tokens)-1-back, 0)
	if len(m.tokens) == 0 {
		m.mu.Unlock()
		return
	}
	token := m.tokens[at]
	kind := w.Draw(8, "answer")
	if kind > 0 {
		m.tokens = append(m.tokens[:at:at], m.tokens[at+1:]...)
	}
	key := m.answers[token]
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, w.Span(20*time.Second))
	defer cancel()
	mark := Done("answer", key, token)
	var err error
	switch kind {
	case 0:
		m.heartbeat(ctx, w, token)
		return
	case 1, 2:
		err = w.Any().FailTask(ctx, token, "Refused", "no", mark)
	default:
		err = w.Any().SucceedTask(ctx, token, json.RawMessage(`{"ok":true}`), mark)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		m.answers[token] = "" // acknowledged
		if !w.Store.Marked(string(mark)) {
			w.witness.blame("the answer to %s was acknowledged and is lost", mark)
		}
	} else if !errors.Is(err, workflow.ErrTaskGone) && !errors.Is(err, workflow.ErrTaskTokenInvalid) {
		m.tokens = append(m.tokens, token) // the outcome is unknown: ask again
	}
}

// worker is a worker's hour: it takes a task if there is one, and answers one that it has,
// well or badly, or says that it is still at it, or forgets about it.
func (m *Mix) worker(ctx context.Context, w *World) {
	m.take(ctx, w)
	m.mu.Lock()
	var token workflow.TaskToken
	if n := len(m.packing); n > 0 {
		token = m.packing[w.Draw(n, "packing")]
	}
	m.mu.Unlock()
	if token == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, w.Span(20*time.Second))
	defer cancel()
	switch w.Draw(6, "worker") {
	case 0:
		_ = w.Any().FailTask(ctx, token, "Unavailable", "it fell")
	case 1:
		_ = w.Any().FailTask(ctx, token, "Broken", "for good")
	case 2, 3:
		m.heartbeat(ctx, w, token)
	default:
		_ = w.Any().SucceedTask(ctx, token, json.RawMessage(`"packed"`))
	}
}

// heartbeat says that somebody is still at it; an acknowledged one was committed.
func (m *Mix) heartbeat(ctx context.Context, w *World, token workflow.TaskToken) {
	id, err := asl.TokenExecution(token)
	if err != nil {
		w.witness.blame("%v: %s", err, token)
		return
	}
	looking := context.WithoutCancel(ctx)
	before, beforeErr := w.Store.Load(looking, id)
	err = w.Any().HeartbeatTask(ctx, token)
	after, afterErr := w.Store.Load(looking, id)
	if errors.Join(err, beforeErr, afterErr) == nil && after.Revision == before.Revision {
		w.witness.blame("a heartbeat of execution %s was acknowledged and is lost", id)
	}
}

func (m *Mix) take(ctx context.Context, w *World) bool {
	o, ok, err := w.Any().TakeTask(ctx, workflow.ActivityARN("Pack"), "worker")
	if err != nil || !ok {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken[o.Token]++
	m.packing = append(m.packing, o.Token)
	return true
}

// Check implements Scenario.
func (m *Mix) Check(w *World, closed bool, wrong func(string, ...any)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for token, times := range m.taken {
		if times > 1 {
			wrong("the task with token %s was taken %d times", token, times)
		}
	}
	for _, row := range w.Store.All() {
		if row.Parent.Execution == 0 && row.MapRun == "" && !w.Store.Marked(string(Done("start", row.StateMachine+"/"+row.Name))) {
			wrong("%s %s was created without its effect", row.StateMachine, row.Name)
		}
	}
	m.checkOrders(w, closed, wrong)
	for _, run := range w.Store.AllMapRuns() {
		m.checkMapRun(w, run, closed, wrong)
	}
}

func (m *Mix) checkMapRun(w *World, run workflow.MapRun, closed bool, wrong func(string, ...any)) {
	executions, _, err := w.Store.CountMapRun(context.Background(), run.ARN)
	parent, parentErr := w.Store.Load(context.Background(), run.Execution)
	if err != nil || parentErr != nil {
		wrong("%s: %v, %v", run.ARN, err, parentErr)
		return
	}
	var input struct{ Items []int }
	_ = json.Unmarshal(parent.Input, &input)
	switch {
	case closed && (!run.Status.Closed() || executions.Running > 0 || run.Sealed && executions.Total() != run.Executions):
		wrong("%s is %s, with executions %+v", run.ARN, run.Status, executions)
	case run.Status == workflow.Succeeded && (executions.Pending > 0 || !run.Sealed || run.Items != int64(len(input.Items))):
		wrong("%s has succeeded, with executions %+v: %d of %d items", run.ARN, executions, run.Items, len(input.Items))
	case executions.Running+executions.Succeeded+executions.Lost() > int64(len(input.Items)):
		wrong("%s has %+v executions for %d items", run.ARN, executions, len(input.Items))
	}
}
