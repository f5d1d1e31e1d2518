package web

import (
	"testing"
	"time"

	"countersign/workflow"
)

func TestCourseWaitsForARetryOnlyAfterAFailure(t *testing.T) {
	due := time.Date(2026, time.March, 2, 10, 0, 5, 0, time.UTC)
	entered := func(state string) workflow.HistoryEvent {
		return workflow.HistoryEvent{Type: workflow.EventTaskStateEntered, Details: workflow.Details{Name: state}}
	}
	left := func(state string) workflow.HistoryEvent {
		return workflow.HistoryEvent{Type: workflow.EventTaskStateExited, At: due, Details: workflow.Details{Name: state}}
	}
	of := func(t workflow.EventType) workflow.HistoryEvent { return workflow.HistoryEvent{Type: t} }
	paying := []workflow.HistoryEvent{entered("ProcessPayment"), of(workflow.EventLambdaFunctionScheduled), of(workflow.EventLambdaFunctionStarted)}
	failed := append(paying[:3:3], of(workflow.EventLambdaFunctionFailed))
	undoing := append(failed[:4:4], left("ProcessPayment"), entered("RefundPayment"))
	for _, tc := range []struct {
		name          string
		events        []workflow.HistoryEvent
		now, forward  leg
		undone, waits bool
	}{
		{"nothing yet", nil, legNone, legNone, false, false},
		{"asking", paying, legPaying, legPaying, false, false},
		{"between two attempts", failed, legPaying, legPaying, false, true},
		{"asking again", append(failed[:4:4], of(workflow.EventLambdaFunctionScheduled)), legPaying, legPaying, false, false},
		{"waiting for an approver", []workflow.HistoryEvent{entered("HumanApproval"), of(workflow.EventTaskScheduled), of(workflow.EventTaskSubmitted)},
			legApproval, legApproval, false, false},
		{"turned back", undoing, legUndoing, legPaying, true, false},
		{"a refund that failed once", append(undoing[:6:6], of(workflow.EventLambdaFunctionTimedOut)), legUndoing, legPaying, true, true},
		{"a state that means nothing here", []workflow.HistoryEvent{entered("ProcessPayment"), entered("Sing")}, legPaying, legPaying, false, false},
	} {
		got := courseOf(tc.events, due)
		if got.now != tc.now || got.forward != tc.forward || got.undone != tc.undone || got.retryAt.IsZero() == tc.waits {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
	if got := courseOf(undoing, due).left[legPaying]; got != due {
		t.Errorf("left at %s", got)
	}
}
