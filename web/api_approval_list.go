package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/workflow"
)

// approvalAPIStore is what is told about approvals.
type approvalAPIStore interface {
	decisionStore
	ApprovalsNeeding(ctx context.Context, personID string, limit int) ([]models.Approval, error)
}

// apiApprovalList lists what waits for the asker's decision, the nearest deadline first.
func (s *Server) apiApprovalList(c echo.Context) error {
	const most = 500
	approvals, err := s.store.ApprovalsNeeding(c.Request().Context(), personOf(c).ID, most)
	if err != nil {
		return err
	}
	list := make([]approvalJSON, len(approvals))
	for i, a := range approvals {
		list[i] = approvalJSONOf(a)
	}
	return answerJSON(c, http.StatusOK, map[string]any{"approvals": list})
}

// apiApprovalShow shows one approval, decided or not.
func (s *Server) apiApprovalShow(c echo.Context) error {
	a, err := s.store.Approval(c.Request().Context(), c.Param("approvalId"))
	if err != nil {
		return err
	}
	return answerJSON(c, http.StatusOK, map[string]any{"approval": approvalJSONOf(a)})
}

// approvalJSON is the API's word for an approval. The task token stays with us.
type approvalJSON struct {
	ApprovalID   string                  `json:"approvalId"`
	OrderID      workflow.OrderID        `json:"orderId"`
	Status       workflow.ApprovalStatus `json:"status"`
	Amount       workflow.Money          `json:"amount"`
	CustomerID   string                  `json:"customerId"`
	CustomerName string                  `json:"customerName"`
	Reason       string                  `json:"reason"` // why a person must decide
	OpenedAt     time.Time               `json:"openedAt"`
	Deadline     *time.Time              `json:"deadline"`
	DecidedBy    string                  `json:"decidedBy,omitempty"`
	DecidedAt    *time.Time              `json:"decidedAt"`
	Comment      string                  `json:"comment,omitempty"`
}

func approvalJSONOf(a models.Approval) approvalJSON {
	return approvalJSON{
		ApprovalID: a.ID, OrderID: a.OrderID, Status: a.Status, Amount: a.Amount, CustomerID: a.CustomerID,
		CustomerName: a.CustomerName, Reason: a.Reason, OpenedAt: a.OpenedAt.UTC(), Deadline: moment(a.Deadline),
		DecidedBy: a.DecidedByName, DecidedAt: moment(a.DecidedAt), Comment: a.Comment,
	}
}

// moment is null in JSON when there is none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
