package fulfilment_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/fulfilment"
)

func TestOrderWorkflow(t *testing.T) {
	for _, c := range scenarios {
		playIn(t, c, func(t *testing.T) {
			d := newDrive(t)
			c.play(d)
			if got := d.states(); got != c.states {
				t.Errorf("states:\n%s, want\n%s", got, c.states)
			}
			if took := d.now.Sub(noon); took != c.within {
				t.Errorf("it took %s, want %s", took, c.within)
			}
		})
	}
}

// Every function is called twice for every attempt, the first answer being lost as in
// a crash: nothing is charged, shipped, reserved or mailed a second time.
func TestOrderWorkflowWithEveryAnswerLostOnce(t *testing.T) {
	for _, c := range scenarios {
		playIn(t, c, func(t *testing.T) {
			d := newDrive(t)
			d.lossy = true
			c.play(d)
		})
	}
}

// playIn gives a scenario a clock that jumps, for the functions' patience.
func playIn(t *testing.T, c scenario, test func(t *testing.T)) {
	t.Run(c.name, func(t *testing.T) { synctest.Test(t, test) })
}

func (c scenario) play(d *drive) {
	d.t.Helper()
	id := d.order(d.t, c.card, c.lines...)
	d.memory.SetSwitches(c.switches)
	if c.prepare != nil {
		c.prepare(d)
	}
	d.start()
	d.memory.SetSwitches(workflow.Switches{})
	d.check()
	c.compare(d, id)
}

func (c scenario) compare(d *drive, id workflow.OrderID) {
	d.t.Helper()
	if o := d.orders[id]; o.Status != c.status || d.attention[id] {
		d.t.Errorf("order is %s (attention %v), want %s", o.Status, d.attention[id], c.status)
	}
	if err, cause := d.snapshot.Failure(); err != c.err || cause != d.reasons[id] || !strings.Contains(cause, c.reason) {
		d.t.Errorf("the execution failed with %q, %q; the order with %q; want %q, %q", err, cause, d.reasons[id], c.err, c.reason)
	}
	if p := d.payments[id]; p.Status != c.payment || p.Captured.Amount != c.charged {
		d.t.Errorf("payment: %+v", p)
	}
	var mails []string
	for _, m := range d.mails {
		mails = append(mails, m.Key)
	}
	if want := "12345/" + c.mail; c.mail == "" && len(mails) > 0 || c.mail != "" && !slices.Equal(mails, []string{want}) {
		d.t.Errorf("mails %v, want %s", mails, want)
	}
	var last workflow.ApprovalStatus
	for _, a := range d.approvals {
		last = a.status
	}
	if last != c.approval {
		d.t.Errorf("approval %q, want %q", last, c.approval)
	}
}

func TestOrderStatusFollowsTheWorkflow(t *testing.T) {
	d := newDrive(t)
	d.order(t, goodCard, big()...)
	d.asked = d.approve
	d.start()
	want := []workflow.OrderStatus{
		workflow.OrderPaymentAuthorised, workflow.OrderAwaitingApproval, workflow.OrderPaymentAuthorised,
		workflow.OrderShipping, workflow.OrderCompleted,
	}
	if !slices.Equal(d.statusTrail, want) {
		t.Errorf("statuses %v, want %v", d.statusTrail, want)
	}
}

// A cancel at any moment before the shipment is booked undoes everything; after that
// it is refused and the order completes.
func TestCancelAtEveryMoment(t *testing.T) {
	for _, state := range []string{"ValidateOrder", "ProcessPayment", "CheckInventory", "HumanApproval", "CapturePayment", "ShipOrder", "SendConfirmation"} {
		for _, moment := range []string{"before", "during"} {
			t.Run(moment+" "+state, func(t *testing.T) {
				d := newDrive(t)
				d.order(t, goodCard, big()...)
				d.asked = d.approve
				var answer error
				once := func(at string) {
					if at == state && !d.orders["12345"].CancelRequested {
						answer = d.cancel()
					}
				}
				if moment == "before" {
					d.before = once
				} else {
					d.during = once
				}
				d.start()
				d.check()
				want := workflow.OrderCancelled
				if state == "SendConfirmation" {
					want = workflow.OrderCompleted
				}
				if got := d.orders["12345"].Status; got != want || (answer == nil) != (want == workflow.OrderCancelled) {
					t.Errorf("%s after %q, cancel answered %v\n%s", got, state, answer, d.states())
				}
			})
		}
	}
}

func TestCancelWhileAPersonIsAsked(t *testing.T) {
	d := newDrive(t)
	d.order(t, goodCard, big()...)
	d.asked = func(workflow.TaskToken) { succeed(t, d.cancel()) }
	d.start()
	d.check()
	if d.orders["12345"].Status != workflow.OrderCancelled || d.approvals[0].status != workflow.ApprovalCancelled {
		t.Errorf("order %s, approval %s", d.orders["12345"].Status, d.approvals[0].status)
	}
}

// Whoever has the token can answer without the inbox: then there is nothing left to decide.
func TestTokenIsAnsweredWithoutTheInbox(t *testing.T) {
	fail := func(name string) func(workflow.TaskToken) asl.Event {
		return func(token workflow.TaskToken) asl.Event { return asl.TokenFailed{Token: token, Error: name} }
	}
	for _, c := range []struct {
		answer func(workflow.TaskToken) asl.Event
		want   workflow.ApprovalStatus
	}{
		{func(token workflow.TaskToken) asl.Event {
			return asl.TokenSucceeded{Token: token, Output: []byte(`{}`)}
		}, workflow.ApprovalApproved},
		{fail(fulfilment.ErrorOrderRejected), workflow.ApprovalRejected},
		{fail("Unheard"), workflow.ApprovalCancelled},
	} {
		d := newDrive(t)
		d.order(t, goodCard, big()...)
		d.asked = func(token workflow.TaskToken) { succeed(t, d.step(c.answer(token))) }
		d.start()
		d.check()
		if d.approvals[0].status != c.want {
			t.Errorf("the approval is %s, want %s", d.approvals[0].status, c.want)
		}
	}
}

// An undo that fails for good stops the execution in that state and marks the order;
// when the cause is mended, a redrive goes on there.
func TestUndoFailsAndIsRedriven(t *testing.T) {
	d := newDrive(t)
	d.order(t, goodCard, big()...)
	d.asked = d.reject
	d.memory.SetSwitches(workflow.Switches{GatewayRefundFails: true})
	d.start()
	way := wayTo + "HumanApproval ReleaseInventory RefundPayment×3"
	if d.states() != way || d.snapshot.Status() != workflow.Failed {
		t.Fatalf("%s, %s", d.states(), d.snapshot.Status())
	}
	if d.orders["12345"].Status != workflow.OrderFailed || !d.attention["12345"] || len(d.mails) != 0 {
		t.Errorf("order %s, attention %v, mails %v", d.orders["12345"].Status, d.attention["12345"], d.mails)
	}

	d.memory.SetSwitches(workflow.Switches{})
	succeed(t, d.step(asl.Redrive{}))
	if d.attention["12345"] || d.orders["12345"].Status.Closed() {
		t.Errorf("while it is worked on: order %s, attention %v", d.orders["12345"].Status, d.attention["12345"])
	}
	d.goOn()
	d.check()
	if want := way + " (redriven) NotifyCustomer OrderOutcome OrderRejected"; d.states() != want {
		t.Errorf("%s, want %s", d.states(), want)
	}
	if d.orders["12345"].Status != workflow.OrderRejected || d.payments["12345"].Status != workflow.PaymentVoided || len(d.mails) != 1 {
		t.Errorf("order %s, payment %s", d.orders["12345"].Status, d.payments["12345"].Status)
	}
}

// An operator stops an order while a person is asked, and later has it go on.
func TestStoppedAndRedriven(t *testing.T) {
	d := newDrive(t)
	d.order(t, goodCard, big()...)
	d.asked = func(workflow.TaskToken) { succeed(t, d.step(asl.Stop{Error: "Stopped", Cause: "by Olga"})) }
	d.start()
	if d.orders["12345"].Status != workflow.OrderFailed || !d.attention["12345"] || d.approvals[0].status != workflow.ApprovalCancelled {
		t.Errorf("order %s, attention %v, approvals %+v", d.orders["12345"].Status, d.attention["12345"], d.approvals)
	}
	d.statusTrail = nil
	d.asked = d.approve
	succeed(t, d.step(asl.Redrive{}))
	if d.orders["12345"].Status != workflow.OrderAwaitingApproval || d.attention["12345"] {
		t.Errorf("order %s, attention %v", d.orders["12345"].Status, d.attention["12345"])
	}
	d.goOn()
	d.check()
	if d.orders["12345"].Status != workflow.OrderCompleted || len(d.approvals) != 2 {
		t.Errorf("order %s, approvals %+v", d.orders["12345"].Status, d.approvals)
	}
}

// Stopped at any task, whose answer is then not heard, and redriven, an order still
// completes and is charged once.
func TestStoppedAnywhereAndRedriven(t *testing.T) {
	for _, state := range []string{"ValidateOrder", "ProcessPayment", "CheckInventory", "CapturePayment", "ShipOrder", "SendConfirmation"} {
		t.Run(state, func(t *testing.T) {
			d := newDrive(t)
			d.order(t, goodCard, small()...)
			d.during = func(at string) {
				if at == state && d.calls[state] == 1 {
					succeed(t, d.step(asl.Stop{}))
				}
			}
			d.start()
			if d.snapshot.Status() != workflow.Aborted || d.orders["12345"].Status != workflow.OrderFailed || !d.attention["12345"] {
				t.Fatalf("execution %s, order %s", d.snapshot.Status(), d.orders["12345"].Status)
			}
			succeed(t, d.step(asl.Redrive{}))
			if d.orders["12345"].Status.Closed() {
				t.Errorf("the order is %s while it is worked on", d.orders["12345"].Status)
			}
			d.goOn()
			d.check()
			if d.orders["12345"].Status != workflow.OrderCompleted || d.attention["12345"] {
				t.Errorf("order %s, attention %v\n%s", d.orders["12345"].Status, d.attention["12345"], d.states())
			}
		})
	}
}

// The name of an execution says nothing: who starts one through the Step Functions API gives
// it any.
func TestAnExecutionOfAnyNameFulfilsItsOrder(t *testing.T) {
	d := newDrive(t)
	d.order(t, goodCard, small()...)
	d.name = "by-hand"
	d.start()
	d.check()
	if d.orders["12345"].Status != workflow.OrderCompleted || len(d.mails) != 1 {
		t.Errorf("order %s, mails %+v", d.orders["12345"].Status, d.mails)
	}
}

// Somebody starts the order's fulfilment a second time, by hand and under another name.
func TestASecondExecutionOfAnOrderTouchesNothing(t *testing.T) {
	d := newDrive(t)
	d.order(t, goodCard, small()...)
	d.start()
	mails, trail := len(d.mails), len(d.statusTrail)
	d.id, d.name, d.history = execution+1, "by-hand", nil
	d.start()
	if want := "OrderReceived ValidateOrder NotifyCustomer OrderOutcome OrderFailed"; d.states() != want {
		t.Errorf("%s, want %s", d.states(), want)
	}
	d.check()
	if len(d.mails) != mails || len(d.statusTrail) != trail || d.orders["12345"].Status != workflow.OrderCompleted {
		t.Errorf("order %s, mails %+v", d.orders["12345"].Status, d.mails)
	}
}
