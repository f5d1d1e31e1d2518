package fulfilment

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"countersign/workflow"
)

// ApproveOrder puts the question before the approvers. The task's token goes with it;
// whoever decides answers the task with Approved, or fails it with ErrorOrderRejected.
func (f *Functions) ApproveOrder(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	if _, err := f.wanted(ctx, call); err != nil {
		return workflow.Result{}, err
	}
	p, err := read(call)
	if err != nil {
		return workflow.Result{}, err
	}
	return answer(map[string]bool{"asked": true}, f.Books.OpenApproval(ApprovalRequest{
		OrderID: p.Order.ID, Execution: call.Execution.ID, Token: cmp.Or(p.TaskToken, call.Token),
		Amount: p.Total, Reason: p.Reason, OpenedAt: f.Now(), Deadline: call.Deadline,
	}))
}

// Approved is the output with which an approver's consent completes HumanApproval.
func Approved(by, comment string, at time.Time) json.RawMessage {
	b, err := json.Marshal(struct {
		Approved bool      `json:"approved"`
		By       string    `json:"by"`
		Comment  string    `json:"comment,omitempty"`
		At       time.Time `json:"at"`
	}{true, by, comment, at.UTC()})
	if err != nil {
		panic(err) // only a year after 9999 does not encode
	}
	return b
}
