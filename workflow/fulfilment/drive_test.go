package fulfilment_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/fulfilment"
)

// drive is one order's execution without an engine: the definition interpreted by
// asl, the real functions, and a clock that jumps to the next timer.
type drive struct {
	*shop
	t        *testing.T
	id       workflow.ExecutionID
	name     string // of the execution
	machine  *asl.StateMachine
	snapshot *asl.Snapshot
	info     workflow.ExecutionInfo
	history  []workflow.HistoryEvent
	commands []asl.Command
	seed     asl.Seed

	lossy  bool                           // the first answer to every invocation is lost in a crash
	before func(state string)             // before a function is called
	during func(state string)             // between its answer and the commit
	asked  func(token workflow.TaskToken) // when the execution waits for a person; nil: let the deadline pass
	tick   func()                         // before a timer fires
	calls  map[string]int                 // by state
	opened map[workflow.TaskToken]bool    // tokens that a person was asked about
}

func newDrive(t *testing.T) *drive {
	t.Helper()
	machine, err := asl.Compile(fulfilment.Definition())
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(string) {}
	return &drive{shop: newShop(t), t: t, id: execution, name: "order-12345", machine: machine, before: nothing, during: nothing, tick: func() {},
		calls: map[string]int{}, opened: map[workflow.TaskToken]bool{}}
}

// start begins the execution of order 12345 and goes on until it is closed.
func (d *drive) start() {
	d.t.Helper()
	d.info = workflow.ExecutionInfo{
		ID: d.id, Name: d.name, StateMachine: fulfilment.StateMachineName, StartedAt: d.now,
		Input: fulfilment.Input("12345", "67890", d.orders["12345"].Lines),
	}
	out, err := d.machine.Start(asl.Start{
		ID: d.info.ID, Name: d.info.Name, StateMachine: d.info.StateMachine, Input: d.info.Input,
	}, d.now, d.seed)
	succeed(d.t, err)
	succeed(d.t, d.take(out, nil))
	d.goOn()
}

// step is one event with its effects; on an error nothing has happened.
func (d *drive) step(e asl.Event, effects ...workflow.Effect) error {
	d.seed[0]++
	out, err := d.machine.Step(d.snapshot, e, d.now, d.seed)
	if err != nil {
		return err
	}
	return d.take(out, effects)
}

func (d *drive) take(out asl.Outcome, effects []workflow.Effect) error {
	d.info.Status = out.Snapshot.Status()
	if err := d.commit(append(effects, d.observe(d.info, out.Events)...)...); err != nil {
		return err
	}
	d.snapshot, d.history = out.Snapshot, append(d.history, out.Events...)
	d.commands = append(d.commands, out.Commands...)
	return nil
}

// goOn performs what is to be performed and lets timers fire until the execution is closed.
func (d *drive) goOn() {
	d.t.Helper()
	for range 500 {
		if len(d.commands) > 0 {
			next := d.commands[0]
			d.commands = d.commands[1:]
			if invoke, ok := next.(asl.Invoke); ok {
				d.perform(invoke)
			}
			continue
		}
		if d.snapshot.Status() != workflow.Running {
			return
		}
		if token, waiting := d.waits(); waiting && d.asked != nil && !d.opened[token] {
			d.opened[token] = true
			d.asked(token)
			continue
		}
		at, ok := d.snapshot.WakeAt()
		if !ok {
			d.t.Fatal("the execution is stuck")
		}
		d.tick()
		d.now = at
		succeed(d.t, d.step(asl.Tick{}))
	}
	d.t.Fatal("the execution does not come to an end")
}

func (d *drive) waits() (workflow.TaskToken, bool) {
	for _, a := range d.approvals {
		if a.status == workflow.ApprovalPending {
			return a.Token, true
		}
	}
	return "", false
}

// perform calls a function and steps with its answer, again when an effect is refused.
func (d *drive) perform(i asl.Invoke) {
	d.t.Helper()
	d.calls[i.State]++
	call := workflow.Call{
		Execution: d.info, State: i.State, Entry: i.Entry, Attempt: i.Attempt, Function: i.Function,
		Payload: i.Payload, Token: i.Token, IdempotencyKey: workflow.IdempotencyKey(d.info.ID, i.Entry),
		ScheduledAt: i.ScheduledAt, Deadline: i.Deadline,
	}
	if d.lossy {
		_, _ = d.handlers[i.Function](d.t.Context(), call)
	}
	for range 5 {
		d.before(i.State)
		result, failed := d.handlers[i.Function](d.t.Context(), call)
		d.during(i.State)
		switch err := d.step(eventOf(i, result, failed), result.Effects...); {
		case errors.Is(err, workflow.ErrEffectRefused):
			continue
		case errors.Is(err, workflow.ErrTaskGone): // stopped meanwhile: nobody wants the answer
			return
		default:
			succeed(d.t, err)
			return
		}
	}
	d.t.Fatalf("%s is refused again and again", i.State)
}

func eventOf(i asl.Invoke, result workflow.Result, failed error) asl.Event {
	var e *workflow.TaskError
	switch {
	case errors.As(failed, &e):
		return asl.TaskFailed{Entry: i.Entry, Attempt: i.Attempt, Error: e.Name, Cause: e.Cause}
	case failed != nil:
		return asl.TaskFailed{Entry: i.Entry, Attempt: i.Attempt, Error: "Lambda.Unknown", Cause: failed.Error()}
	case i.Token != "":
		return asl.TaskSubmitted{Entry: i.Entry, Attempt: i.Attempt, Output: result.Output}
	}
	return asl.TaskSucceeded{Entry: i.Entry, Attempt: i.Attempt, Output: result.Output}
}

// approve and reject are what the inbox does.
func (d *drive) approve(token workflow.TaskToken) {
	d.t.Helper()
	succeed(d.t, d.step(asl.TokenSucceeded{Token: token, Output: fulfilment.Approved("Anton Approver", "", d.now)},
		decide("12345", workflow.ApprovalApproved)))
}

func (d *drive) reject(token workflow.TaskToken) {
	d.t.Helper()
	succeed(d.t, d.step(asl.TokenFailed{Token: token, Error: fulfilment.ErrorOrderRejected, Cause: "Too dear."},
		decide("12345", workflow.ApprovalRejected)))
}

// cancel is what the customer's button does: it ends the wait for a person if there is one.
func (d *drive) cancel() error {
	if token, waiting := d.waits(); waiting {
		return d.step(asl.TokenFailed{Token: token, Error: fulfilment.ErrorOrderCancelled, Cause: "by the customer"}, requestCancel("12345"))
	}
	return d.commit(requestCancel("12345"))
}

// states is the sequence of states as the history has it, with attempts above one:
// "ProcessPayment×3".
func (d *drive) states() string {
	var names []string
	attempts := map[int]int{}
	for _, e := range d.history {
		switch e.Type {
		case workflow.EventLambdaFunctionScheduled, workflow.EventTaskScheduled:
			attempts[len(names)-1]++
		case workflow.EventExecutionRedriven:
			names = append(names, "(redriven)")
		default:
			if strings.HasSuffix(string(e.Type), "StateEntered") {
				names = append(names, e.Details.Name)
			}
		}
	}
	for i, n := range attempts {
		if n > 1 {
			names[i] = fmt.Sprintf("%s×%d", names[i], n)
		}
	}
	return strings.Join(names, " ")
}

// check is what must hold for every order that has come to an end.
func (d *drive) check() {
	d.t.Helper()
	for i, e := range d.history {
		if e.ID != int64(i+1) {
			d.t.Fatalf("event %d has id %d", i+1, e.ID)
		}
	}
	initial := newBooks().items
	for id, item := range d.items {
		var held int64
		for _, l := range d.reserved["12345"] {
			if l.ItemID == id {
				held += l.Quantity
			}
		}
		if item.Available+held+d.shipped[id] != initial[id].Available {
			d.t.Errorf("%s: %d available, %d held, %d shipped, of %d", id, item.Available, held, d.shipped[id], initial[id].Available)
		}
	}
	if token, waiting := d.waits(); waiting {
		d.t.Errorf("approval %s is still pending", token)
	}
	if n := len(d.memory.Documents("gateway")); n > 1 {
		d.t.Errorf("%d payments at the gateway for one order", n)
	}
	d.checkMoney()
}

// checkMoney compares our payment with the gateway's own: unless an undo failed they
// agree, and an order that has not completed costs nothing.
func (d *drive) checkMoney() {
	d.t.Helper()
	if d.attention["12345"] {
		return
	}
	g, ok, err := d.gateway.Lookup(d.t.Context(), "77/authorise")
	if err != nil {
		d.t.Fatal(err)
	}
	p := d.payments["12345"]
	if ok && (p.Captured.Amount != g.Captured.Amount || p.Refunded.Amount != g.Refunded.Amount ||
		g.Voided != (p.Status == workflow.PaymentVoided)) {
		d.t.Errorf("our payment %+v, the gateway's %+v", p, g)
	}
	cost := g.Captured.Amount - g.Refunded.Amount
	switch status := d.orders["12345"].Status; {
	case status == workflow.OrderCompleted && cost != d.orders["12345"].Total.Amount:
		d.t.Errorf("a completed order of %s costs %d", d.orders["12345"].Total, cost)
	case status != workflow.OrderCompleted && (cost != 0 || ok && g.Captured.Amount == 0 && !g.Voided):
		d.t.Errorf("a %s order leaves %+v at the gateway", status, g)
	case status != workflow.OrderCompleted && len(d.reserved["12345"]) > 0:
		d.t.Errorf("a %s order holds %v", status, d.reserved["12345"])
	}
}
