package fulfilment

import (
	"encoding/json"
	"fmt"
	"time"

	"countersign/workflow"
)

// Observe is the projection of an execution's history onto its order and approval:
// the engine asks it with every commit's new events and commits what it answers in the
// same transaction. The books ignore an execution that is not the order's own.
func (f *Functions) Observe(info workflow.ExecutionInfo, events []workflow.HistoryEvent) []workflow.Effect {
	id := orderOf(info)
	if id == "" {
		return nil
	}
	p := projection{order: id, execution: info.ID, books: f.Books}
	for _, e := range events {
		p.observe(e)
	}
	return p.effects()
}

// orderOf is the order that an execution is about, or empty.
func orderOf(info workflow.ExecutionInfo) workflow.OrderID {
	if info.StateMachine != StateMachineName {
		return ""
	}
	var in payload
	if err := json.Unmarshal(info.Input, &in); err != nil {
		return ""
	}
	return in.Order.ID
}

// projection gathers what one commit's events mean; of several statuses in one
// commit only the last is written.
type projection struct {
	order     workflow.OrderID
	execution workflow.ExecutionID
	books     Books

	status    workflow.OrderStatus // empty: unchanged
	reason    string
	attention bool
	at        time.Time

	closeAs  workflow.ApprovalStatus // empty: unchanged
	closedAt time.Time

	ending   string // the Fail state that was entered
	redriven bool
}

func (p *projection) effects() []workflow.Effect {
	var effects []workflow.Effect
	if p.closeAs != "" {
		effects = append(effects, p.books.CloseApproval(p.order, p.execution, p.closeAs, p.closedAt))
	}
	if p.status != "" {
		effects = append(effects, p.books.SetOrderStatus(p.order, p.execution, p.status, p.reason, p.attention, p.at))
	}
	return effects
}

func (p *projection) observe(e workflow.HistoryEvent) {
	switch e.Type {
	case workflow.EventTaskStateEntered:
		p.entered(e.Details.Name, e.At)
	case workflow.EventLambdaFunctionScheduled, workflow.EventTaskScheduled:
		if p.redriven {
			p.entered(scheduledState(e.Details), e.At)
		}
	case workflow.EventTaskStateExited:
		if e.Details.Name == stateHumanApproval {
			p.set(workflow.OrderPaymentAuthorised, "", false, e.At)
		}
	case workflow.EventFailStateEntered:
		p.ending = e.Details.Name
	case workflow.EventTaskTimedOut:
		p.closeApproval(workflow.ApprovalExpired, e.At)
	case workflow.EventTaskSucceeded: // a person's decision has closed it already; a token's bearer may be anybody
		p.closeApproval(workflow.ApprovalApproved, e.At)
	case workflow.EventTaskFailed:
		p.closeApproval(closedBy(e.Details.Error), e.At)
	case workflow.EventExecutionSucceeded:
		p.set(workflow.OrderCompleted, "", false, e.At)
	case workflow.EventExecutionFailed, workflow.EventExecutionTimedOut:
		p.failed(e)
	case workflow.EventExecutionAborted:
		p.closeApproval(workflow.ApprovalCancelled, e.At)
		p.set(workflow.OrderFailed, "The order was stopped by an operator. What it holds has not been undone.", true, e.At)
	case workflow.EventExecutionRedriven:
		// Open again, whatever state it goes on in: on a closed order nothing would change any more.
		p.redriven = true
		p.set(workflow.OrderPaymentAuthorised, "The order is being worked on again.", false, e.At)
	}
}

// entered maps the state that an order is in to its status. The undo states do not
// appear here, except that an order that comes to the first is no longer being shipped.
// States that do not change the status on the way forward do after a redrive.
func (p *projection) entered(state string, at time.Time) {
	switch state {
	case stateCheckInventory, stateReleaseInventory:
		p.set(workflow.OrderPaymentAuthorised, "", false, at)
	case stateHumanApproval:
		p.set(workflow.OrderAwaitingApproval, "", false, at)
	case stateShipOrder:
		p.set(workflow.OrderShipping, "", false, at)
	case stateValidateOrder, stateProcessPayment:
		if p.redriven {
			p.set(workflow.OrderReceived, "", false, at)
		}
	case stateCapturePayment:
		if p.redriven {
			p.set(workflow.OrderPaymentAuthorised, "", false, at)
		}
	case stateSendConfirmation:
		if p.redriven {
			p.set(workflow.OrderShipping, "", false, at)
		}
	}
}

func (p *projection) failed(e workflow.HistoryEvent) {
	reason := e.Details.Cause
	switch p.ending {
	case stateOrderFailed:
		p.set(workflow.OrderFailed, reason, false, e.At)
	case stateOrderRejected:
		p.set(workflow.OrderRejected, reason, false, e.At)
	case stateOrderCancelled:
		p.set(workflow.OrderCancelled, reason, false, e.At)
	default:
		p.set(workflow.OrderFailed,
			fmt.Sprintf("The order stopped before it was completed or undone (%s). We are looking into it.", e.Details.Error), true, e.At)
	}
}

func (p *projection) set(s workflow.OrderStatus, reason string, attention bool, at time.Time) {
	p.status, p.reason, p.attention, p.at = s, reason, attention, at
}

func (p *projection) closeApproval(as workflow.ApprovalStatus, at time.Time) {
	p.closeAs, p.closedAt = as, at
}

// closedBy is how a request for approval ends whose task failed.
func closedBy(failure string) workflow.ApprovalStatus {
	if failure == ErrorOrderRejected {
		return workflow.ApprovalRejected
	}
	return workflow.ApprovalCancelled
}

// scheduledState is the state whose function is scheduled. A state that a redrive
// takes up again may not be entered anew.
func scheduledState(d workflow.Details) string {
	function := workflow.FunctionName(d.Resource)
	if len(d.Parameters) > 0 {
		var parameters struct{ FunctionName string }
		if err := json.Unmarshal(d.Parameters, &parameters); err == nil {
			function = workflow.FunctionName(parameters.FunctionName)
		}
	}
	if function == functionApproveOrder {
		return stateHumanApproval
	}
	return function
}
