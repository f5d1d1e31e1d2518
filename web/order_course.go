package web

import (
	"time"

	"countersign/workflow"
)

// leg is a part of an order's way, as its customer sees it.
type leg int

const (
	legNone     leg = iota
	legChecking     // is it an order that can be fulfilled?
	legPaying       // the money is being held
	legReserving
	legApproval
	legCharging
	legShipping
	legMailing
	legUndoing // what was done is being taken back
)

// legs of the states of the order workflow. A state that is not here changes nothing on the
// customer's page.
var legs = map[string]leg{
	"ValidateOrder": legChecking, "ProcessPayment": legPaying, "CheckInventory": legReserving, "HumanApproval": legApproval,
	"CapturePayment": legCharging, "ShipOrder": legShipping, "SendConfirmation": legMailing,
	"ReleaseInventory": legUndoing, "RefundPayment": legUndoing, "NotifyCustomer": legUndoing,
}

// course is how far an order has come, read from its execution's history.
type course struct {
	now     leg               // what is being done, or was done last
	forward leg               // the furthest that it came before anything was taken back
	undone  bool              // it turned back
	failing bool              // the latest attempt at the present state failed
	left    map[leg]time.Time // when each leg was last left
	retryAt time.Time         // when the next attempt is due; zero when none is waited for
}

// courseOf reads a history. due is the execution's earliest timer, zero when there is none
// or when something is being done right now.
func courseOf(events []workflow.HistoryEvent, due time.Time) course {
	k := course{left: make(map[leg]time.Time)}
	for _, e := range events {
		k.observe(e)
	}
	if k.failing {
		k.retryAt = due
	}
	return k
}

// bookedCourse is as much of the course of a closed order as the books tell, for one whose
// history is not kept any longer.
func (f orderFacts) bookedCourse() course {
	k := course{left: make(map[leg]time.Time)}
	switch {
	case f.Status == workflow.OrderCompleted:
		k.now, k.forward = legMailing, legMailing
		return k
	case f.payment.Status == workflow.PaymentRefunded:
		k.forward = legShipping
	case f.approval != nil && f.approval.Status == workflow.ApprovalApproved:
		k.forward = legCharging
	case f.approval != nil:
		k.forward = legApproval
	}
	k.undone = true
	return k
}

func (k *course) observe(e workflow.HistoryEvent) {
	switch e.Type {
	case workflow.EventTaskStateEntered:
		entered, known := legs[e.Details.Name]
		if !known {
			return
		}
		k.now, k.failing = entered, false
		if entered == legUndoing {
			k.undone = true
		} else if !k.undone {
			k.forward = entered
		}
	case workflow.EventTaskStateExited:
		if l, known := legs[e.Details.Name]; known {
			k.left[l], k.failing = e.At, false
		}
	case workflow.EventLambdaFunctionFailed, workflow.EventLambdaFunctionTimedOut, workflow.EventTaskFailed, workflow.EventTaskTimedOut:
		k.failing = true
	case workflow.EventLambdaFunctionScheduled, workflow.EventTaskScheduled, workflow.EventLambdaFunctionSucceeded, workflow.EventTaskSucceeded:
		k.failing = false
	}
}
