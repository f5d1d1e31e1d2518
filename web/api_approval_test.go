package web

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

// waiting places Clara's order and lets it wait for approval; the id is the approval's.
func (s *site) waiting(order string) string {
	s.t.Helper()
	s.call(models.DemoKey, http.MethodPost, paths.APIOrders, strings.Replace(tutorialOrder, "12345", order, 1)).is(http.StatusCreated)
	err := s.store.Apply(s.t.Context(), s.store.OpenApproval(workflow.ApprovalRequest{
		OrderID: workflow.OrderID(order), Execution: s.engine.last, Token: workflow.TaskToken("secret-token-" + order),
		Amount: workflow.Money{Amount: 1240_00, Currency: "EUR"}, Reason: "The total is above the limit.",
		OpenedAt: s.clock.now(), Deadline: s.clock.now().Add(24 * time.Hour),
	}))
	if err != nil {
		s.t.Fatal(err)
	}
	approvals, err := s.store.ApprovalsOf(s.t.Context(), workflow.OrderID(order))
	if err != nil || len(approvals) != 1 {
		s.t.Fatal(approvals, err)
	}
	return approvals[0].ID
}

func (s *site) decideByAPI(person, approval, body string) *answer {
	s.t.Helper()
	return s.call(s.keyOf(person), http.MethodPost, paths.APIApprovalDecide(approval), body)
}

func TestAPIListsAndDecidesApprovals(t *testing.T) {
	s := openSite(t)
	id := s.waiting("12345")
	list := s.call(s.keyOf(models.DemoApprover), http.MethodGet, paths.APIApprovals, "").is(http.StatusOK).says(id)
	if strings.Contains(list.body, "secret-token") {
		t.Error("the list shows the task token")
	}
	s.decideByAPI(models.DemoApprover, id, `{"decision":"approve","comment":"fine"}`).is(http.StatusOK).says(`"APPROVED"`).says("Anton Approver")
	s.call(s.keyOf(models.DemoApprover), http.MethodGet, paths.APIApproval(id), "").is(http.StatusOK).says("fine")
	a := s.decideByAPI(models.DemoSecondApprover, id, `{"decision":"reject","comment":"no"}`).is(http.StatusConflict)
	a.says("Anton Approver has approved").says(s.clock.now().Format("15:04:05"))
	s.call(s.keyOf(models.DemoApprover), http.MethodGet, paths.APIApprovals, "").is(http.StatusOK).says(`"approvals":[]`)
}

func TestAPIDecisionsThatAreNone(t *testing.T) {
	s := openSite(t)
	id := s.waiting("12345")
	for body, status := range map[string]int{
		`{"decision":"reject"}`: 422, `{"decision":"reject","comment":"  "}`: 422, `{"decision":"maybe"}`: 422, `{}`: 422, `[]`: 422,
		`{"decision":1}`: 422, `approve`: 400,
		`{"decision":"approve","comment":"` + strings.Repeat("x", maxComment+1) + `"}`: 422,
	} {
		if a := s.decideByAPI(models.DemoApprover, id, body); a.StatusCode != status {
			t.Errorf("%.40s: got %d, want %d", body, a.StatusCode, status)
		}
	}
	s.decideByAPI(models.DemoApprover, "unknown", `{"decision":"approve"}`).is(http.StatusNotFound)
	s.decideByAPI(models.DemoCustomer, id, `{"decision":"approve"}`).is(http.StatusForbidden)
	s.decideByAPI(models.DemoOperator, id, `{"decision":"approve"}`).is(http.StatusForbidden)
	s.clock.advance(25 * time.Hour)
	s.decideByAPI(models.DemoApprover, id, `{"decision":"approve"}`).is(http.StatusConflict).says("deadline")
	if a, err := s.store.Approval(t.Context(), id); err != nil || a.Status != workflow.ApprovalPending {
		t.Errorf("%+v %v", a, err)
	}
}

func TestNobodyApprovesTheirOwnOrder(t *testing.T) {
	s := openSite(t)
	if err := s.store.SetRoles(t.Context(), models.DemoCustomer, []workflow.Role{workflow.RoleCustomer, workflow.RoleApprover}, false, ""); err != nil {
		t.Fatal(err)
	}
	id := s.waiting("12345")
	s.decideByAPI(models.DemoCustomer, id, `{"decision":"approve"}`).is(http.StatusForbidden).says("order is your own")
	s.call(s.keyOf(models.DemoCustomer), http.MethodGet, paths.APIApprovals, "").is(http.StatusOK).says(`"approvals":[]`)
	page := s.as(models.DemoCustomer).get(paths.Approval(id)).is(http.StatusOK).says("This is your own order")
	if page.find("button[value=approve]").Length() != 0 {
		t.Error("approving is offered")
	}
}

func TestOfTwoApproversAtOnceOneDecides(t *testing.T) {
	s := openSite(t)
	id := s.waiting("12345")
	keys := []string{s.keyOf(models.DemoApprover), s.keyOf(models.DemoSecondApprover)}
	answers := make([]*answer, len(keys))
	var wait sync.WaitGroup
	for i, key := range keys {
		wait.Go(func() {
			answers[i] = s.call(key, http.MethodPost, paths.APIApprovalDecide(id), `{"decision":"approve"}`)
		})
	}
	wait.Wait()
	if answers[0].StatusCode == http.StatusConflict {
		answers[0], answers[1] = answers[1], answers[0]
	}
	answers[0].is(http.StatusOK)
	answers[1].is(http.StatusConflict).says("has approved this order already")
}
