package history

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/views/pages"
	"countersign/workflow"
)

func marksOf(h *History) map[string]pages.StateMark {
	out := map[string]pages.StateMark{}
	for state := range h.byState {
		out[state] = h.Last(state).Mark
	}
	return out
}

func TestWhatBecameOfEachState(t *testing.T) {
	forward := func(more map[string]pages.StateMark) map[string]pages.StateMark {
		out := map[string]pages.StateMark{"OrderReceived": pages.Succeeded, "ValidateOrder": pages.Succeeded}
		for state, mark := range more {
			out[state] = mark
		}
		return out
	}
	reserved := func(more map[string]pages.StateMark) map[string]pages.StateMark {
		out := forward(map[string]pages.StateMark{"ProcessPayment": pages.Succeeded, "CheckInventory": pages.Succeeded, "ApprovalRequired": pages.Succeeded})
		for state, mark := range more {
			out[state] = mark
		}
		return out
	}
	for _, tc := range []struct {
		scene    string
		want     map[string]pages.StateMark
		failedIn string
		redrive  string
		selected string
	}{
		{"begun", map[string]pages.StateMark{}, "", "", ""},
		{"waiting", reserved(map[string]pages.StateMark{"HumanApproval": pages.Waits}), "", "", "HumanApproval"},
		{"retrying", forward(map[string]pages.StateMark{"ProcessPayment": pages.Retries}), "", "", "ProcessPayment"},
		{"completed", reserved(map[string]pages.StateMark{
			"CapturePayment": pages.Succeeded, "ShipOrder": pages.Succeeded, "SendConfirmation": pages.Succeeded, "OrderCompleted": pages.Succeeded,
		}), "", "", "OrderCompleted"},
		{"rejected", reserved(map[string]pages.StateMark{
			"HumanApproval": pages.Caught, "ReleaseInventory": pages.Succeeded, "RefundPayment": pages.Succeeded, "NotifyCustomer": pages.Succeeded,
			"OrderOutcome": pages.Succeeded, "OrderRejected": pages.Failed,
		}), "OrderRejected", "", "HumanApproval"},
		{"attention", reserved(map[string]pages.StateMark{
			"HumanApproval": pages.Caught, "ReleaseInventory": pages.Succeeded, "RefundPayment": pages.Failed,
		}), "RefundPayment", "RefundPayment", "RefundPayment"},
		{"redriven", reserved(map[string]pages.StateMark{
			"HumanApproval": pages.Caught, "ReleaseInventory": pages.Succeeded, "RefundPayment": pages.Entered,
		}), "", "", "RefundPayment"},
		{"aborted", reserved(map[string]pages.StateMark{"HumanApproval": pages.Aborted}), "", "HumanApproval", "HumanApproval"},
		{"expired", reserved(map[string]pages.StateMark{
			"HumanApproval": pages.Caught, "ReleaseInventory": pages.Succeeded, "RefundPayment": pages.Succeeded, "NotifyCustomer": pages.Succeeded,
			"OrderOutcome": pages.Succeeded, "OrderFailed": pages.Failed,
		}), "OrderFailed", "", "HumanApproval"},
	} {
		t.Run(tc.scene, func(t *testing.T) {
			h := Read(factsOf(t, tc.scene))
			if diff := cmp.Diff(tc.want, marksOf(h)); diff != "" {
				t.Error(diff)
			}
			if h.FailedIn != tc.failedIn {
				t.Errorf("failed in %q, want %q", h.FailedIn, tc.failedIn)
			}
			if got := h.redriveFrom(); got != tc.redrive {
				t.Errorf("redrive from %q, want %q", got, tc.redrive)
			}
			if got := h.selected(""); got != tc.selected {
				t.Errorf("selected %q, want %q", got, tc.selected)
			}
		})
	}
}

func factsOf(t *testing.T, name string) Facts {
	t.Helper()
	for _, s := range scenes {
		if s.name == name {
			return s.facts(t)
		}
	}
	t.Fatalf("no scene %s", name)
	return Facts{}
}

func TestRetriesStayWithinOneEntry(t *testing.T) {
	h := Read(factsOf(t, "completed"))
	e := h.Last("ProcessPayment")
	var got []Outcome
	for _, a := range e.Attempts {
		got = append(got, a.Outcome)
	}
	if diff := cmp.Diff([]Outcome{Failed, TimedOut, Done}, got); diff != "" {
		t.Error(diff)
	}
	if e.Attempts[1].Error != workflow.ErrorTimeout {
		t.Errorf("error of the attempt that timed out: %q", e.Attempts[1].Error)
	}
	if e.Error != "" {
		t.Errorf("a state that succeeded in the end shows %q", e.Error)
	}
	if n := len(h.byState["ProcessPayment"]); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestRedriveGoesOnWithinTheEntry(t *testing.T) {
	h := Read(factsOf(t, "redriven"))
	e := h.Last("RefundPayment")
	if len(e.Attempts) != 5 || !e.Attempts[4].Redriven || e.Attempts[3].Redriven {
		t.Errorf("attempts %+v", e.Attempts)
	}
	if !e.open() || e.Error != "" || h.FailedIn != "" {
		t.Errorf("still failed: %+v", e)
	}
}

// A state that is not a task is entered again by a redrive.
func TestRedriveEntersOtherStatesAgain(t *testing.T) {
	b := start(map[string]any{})
	b.enter("Choice", "ApprovalRequired")
	b.end(workflow.EventExecutionFailed, workflow.Details{Error: "States.NoChoiceMatched"})
	once := 1
	b.add(workflow.EventExecutionRedriven, workflow.Details{RedriveCount: &once})
	b.pass("Choice", "ApprovalRequired")
	b.enter("Task", "CapturePayment")
	b.schedule("CapturePayment", 10)
	h := Read(b.facts(t, workflow.Running, b.at))
	if n := len(h.byState["ApprovalRequired"]); n != 2 {
		t.Errorf("%d entries", n)
	}
	if a := h.Last("CapturePayment").Attempts[0]; a.Redriven {
		t.Error("the mark of the redrive has wandered to a later state")
	}
	if got := h.Entries[0].Mark; got != pages.Failed {
		t.Errorf("the first entry is %q", got)
	}
}

func TestAnEndWithoutAttemptsKeepsItsError(t *testing.T) {
	b := start(map[string]any{})
	b.enter("Task", "ValidateOrder")
	b.end(workflow.EventExecutionFailed, workflow.Details{Error: "States.Runtime", Cause: "A path leads nowhere."})
	h := Read(b.facts(t, workflow.Failed, b.at))
	if e := h.Last("ValidateOrder"); e.Mark != pages.Failed || e.Error != "States.Runtime" {
		t.Errorf("%+v", e)
	}
}

// The execution's own timeout aborts the state and then ends the execution.
func TestExecutionTimesOut(t *testing.T) {
	b := start(map[string]any{})
	b.enter("Wait", "Pause")
	b.later(time.Minute).add(workflow.EventWaitStateAborted, workflow.Details{Name: "Pause"})
	b.end(workflow.EventExecutionTimedOut, workflow.Details{Error: workflow.ErrorTimeout})
	h := Read(b.facts(t, workflow.TimedOut, b.at))
	if e := h.Last("Pause"); e.Mark != pages.Failed || h.FailedIn != "Pause" {
		t.Errorf("%+v, failed in %q", e, h.FailedIn)
	}
}

// Where only Catch leads, the state has failed, even if its function answered.
func TestCaughtWithoutAFailedAttempt(t *testing.T) {
	b := start(map[string]any{})
	b.task("ValidateOrder", "validated", "not an object")
	b.enter("Task", "NotifyCustomer")
	h := Read(b.facts(t, workflow.Running, b.at))
	if got := h.Last("ValidateOrder").Mark; got != pages.Caught {
		t.Errorf("mark %q", got)
	}
}

func TestWhatIsWaitedFor(t *testing.T) {
	for _, tc := range []struct {
		scene, state, what string
		until              time.Duration // after the start; 0: none
	}{
		{"waiting", "HumanApproval", "task token", 24 * time.Hour},
		{"retrying", "ProcessPayment", "next attempt after GatewayUnavailable", 15*time.Second + 0},
		{"redriven", "RefundPayment", "RefundPayment to answer", 0},
	} {
		t.Run(tc.scene, func(t *testing.T) {
			f := factsOf(t, tc.scene)
			waits := Read(f).waits()
			if len(waits) != 1 || waits[0].State != tc.state || !strings.Contains(waits[0].What, tc.what) {
				t.Fatalf("waits %+v", waits)
			}
			if got := waits[0].Until.Sub(began).Truncate(time.Second); tc.until != 0 && got != tc.until {
				t.Errorf("until %v, want %v", got, tc.until)
			}
		})
	}
	for _, closed := range []string{"completed", "rejected", "attention", "aborted"} {
		if waits := Read(factsOf(t, closed)).waits(); len(waits) != 0 {
			t.Errorf("%s waits for %+v", closed, waits)
		}
	}
}

// The deadline of a task stands in its history; without a snapshot it is still known.
func TestDeadlineIsKnownFromHistory(t *testing.T) {
	f := factsOf(t, "waiting")
	f.Waits = nil
	waits := Read(f).waits()
	if len(waits) != 1 || waits[0].Until.Sub(began).Truncate(time.Second) != 24*time.Hour {
		t.Errorf("waits %+v", waits)
	}
}

// Whatever the events are, reading them must not fail: the page is there for when things are odd.
func TestOddHistoriesAreShown(t *testing.T) {
	whole := factsOf(t, "attention")
	for from := range whole.Events {
		for _, to := range []int{len(whole.Events), (from + len(whole.Events)) / 2} {
			f := whole
			f.Events = whole.Events[from:to]
			Read(f).Page(orderLayout(), View{})
		}
	}
}
