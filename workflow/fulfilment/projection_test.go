package fulfilment_test

import (
	"slices"
	"testing"

	"countersign/workflow"
	"countersign/workflow/fulfilment"
)

func orderExecution() workflow.ExecutionInfo {
	return workflow.ExecutionInfo{
		ID: execution, Name: fulfilment.ExecutionName("12345"), StateMachine: fulfilment.StateMachineName,
		Input: []byte(tutorialOrder),
	}
}

func entered(state string) workflow.HistoryEvent {
	return workflow.HistoryEvent{Type: workflow.EventTaskStateEntered, At: noon, Details: workflow.Details{Name: state}}
}

func event(t workflow.EventType, errName string) workflow.HistoryEvent {
	return workflow.HistoryEvent{Type: t, At: noon, Details: workflow.Details{Error: errName, Cause: "why"}}
}

func failState(name string) workflow.HistoryEvent {
	return workflow.HistoryEvent{Type: workflow.EventFailStateEntered, At: noon, Details: workflow.Details{Name: name}}
}

func TestObserve(t *testing.T) {
	s := newShop(t)
	for _, c := range []struct {
		name   string
		events []workflow.HistoryEvent
		want   []string // effects
	}{
		{"nothing of interest", []workflow.HistoryEvent{event(workflow.EventExecutionStarted, ""), entered("ValidateOrder")}, nil},
		{"only the last status", []workflow.HistoryEvent{entered("CheckInventory"), entered("HumanApproval")},
			[]string{"SetOrderStatus AWAITING_APPROVAL"}},
		{"approved", []workflow.HistoryEvent{event(workflow.EventTaskSucceeded, "")}, []string{"CloseApproval APPROVED"}},
		{"rejected", []workflow.HistoryEvent{event(workflow.EventTaskFailed, fulfilment.ErrorOrderRejected), entered("ReleaseInventory")},
			[]string{"CloseApproval REJECTED", "SetOrderStatus PAYMENT_AUTHORISED"}},
		{"cancelled during the wait", []workflow.HistoryEvent{event(workflow.EventTaskFailed, "OrderCancelled"), entered("ReleaseInventory")},
			[]string{"CloseApproval CANCELLED", "SetOrderStatus PAYMENT_AUTHORISED"}},
		{"deadline", []workflow.HistoryEvent{event(workflow.EventTaskTimedOut, "States.Timeout")}, []string{"CloseApproval EXPIRED"}},
		{"failed at a Fail state", []workflow.HistoryEvent{failState("OrderCancelled"), event(workflow.EventExecutionFailed, "OrderCancelled")},
			[]string{"SetOrderStatus CANCELLED"}},
		{"failed elsewhere", []workflow.HistoryEvent{event(workflow.EventExecutionFailed, "RefundRefused")}, []string{"SetOrderStatus FAILED"}},
		{"stopped", []workflow.HistoryEvent{event(workflow.EventExecutionAborted, "")},
			[]string{"CloseApproval CANCELLED", "SetOrderStatus FAILED"}},
		{"a function scheduled again", []workflow.HistoryEvent{{Type: workflow.EventLambdaFunctionScheduled,
			Details: workflow.Details{Resource: string(workflow.FunctionARN("ShipOrder"))}}}, nil},
		{"an undo redriven", []workflow.HistoryEvent{event(workflow.EventExecutionRedriven, ""), {Type: workflow.EventLambdaFunctionScheduled,
			Details: workflow.Details{Resource: string(workflow.FunctionARN("RefundPayment"))}}}, []string{"SetOrderStatus PAYMENT_AUTHORISED"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, e := range s.observe(orderExecution(), c.events) {
				got = append(got, e.EffectName())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("effects %v, want %v", got, c.want)
			}
		})
	}
}

func TestObserveMarksWhatNeedsAttention(t *testing.T) {
	for _, c := range []struct {
		events    []workflow.HistoryEvent
		attention bool
	}{
		{[]workflow.HistoryEvent{failState("OrderFailed"), event(workflow.EventExecutionFailed, "PaymentDeclined")}, false},
		{[]workflow.HistoryEvent{event(workflow.EventExecutionFailed, "RefundRefused")}, true},
		{[]workflow.HistoryEvent{event(workflow.EventExecutionAborted, "")}, true},
		{[]workflow.HistoryEvent{event(workflow.EventExecutionTimedOut, "")}, true},
		{[]workflow.HistoryEvent{event(workflow.EventExecutionRedriven, "")}, false},
	} {
		s := newShop(t)
		s.order(t, goodCard, small()...)
		succeed(t, s.commit(s.observe(orderExecution(), c.events)...))
		if s.attention["12345"] != c.attention || s.reasons["12345"] == "" {
			t.Errorf("%s: attention %v, reason %q", c.events[len(c.events)-1].Type, s.attention["12345"], s.reasons["12345"])
		}
	}
}

func TestObserveLeavesOtherExecutionsAlone(t *testing.T) {
	s := newShop(t)
	done := []workflow.HistoryEvent{event(workflow.EventExecutionSucceeded, "")}
	for what, change := range map[string]func(*workflow.ExecutionInfo){
		"another state machine":               func(i *workflow.ExecutionInfo) { i.StateMachine = "Tutorial" },
		"an input that is no order":           func(i *workflow.ExecutionInfo) { i.Input = []byte(`{"order":7}`) },
		"an input that is not even an object": func(i *workflow.ExecutionInfo) { i.Input = []byte(`3`) },
	} {
		info := orderExecution()
		change(&info)
		if effects := s.observe(info, done); len(effects) != 0 {
			t.Errorf("%s: %v", what, effects)
		}
	}
	s.order(t, goodCard, small()...)
	for _, id := range []workflow.ExecutionID{execution + 1, execution} {
		info := orderExecution()
		info.ID = id
		succeed(t, s.commit(s.observe(info, done)...))
		if completed := s.orders["12345"].Status == workflow.OrderCompleted; completed != (id == execution) {
			t.Errorf("after execution %d the order is %s", id, s.orders["12345"].Status)
		}
	}
}
