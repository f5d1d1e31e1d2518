package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/web/paths"
	"countersign/workflow"
)

// cancelStore is what a customer's wish to cancel changes.
type cancelStore interface {
	ApprovalsOf(ctx context.Context, order workflow.OrderID) ([]models.Approval, error)
	RequestCancel(id workflow.OrderID, customerID string, at time.Time) workflow.Effect
	Audit(e models.AuditEntry) workflow.Effect
	Apply(ctx context.Context, effects ...workflow.Effect) error
}

const cancelCause = "The customer cancelled the order."

// orderCancel takes a customer's wish to cancel. It is heeded until the shipment is booked;
// whoever comes too late is told what happened instead (409).
func (s *Server) orderCancel(c echo.Context) error {
	ctx, p := c.Request().Context(), personOf(c)
	o, err := s.visibleOrder(ctx, c)
	if err != nil {
		return err
	}
	if !ordered(p, o) {
		return forbidden("Only who ordered can cancel the order. Nothing was changed: go back to the order to see how it stands.")
	}
	err = s.cancelOrder(ctx, o, p)
	if errors.Is(err, workflow.ErrEffectRefused) || errors.Is(err, workflow.ErrTaskGone) {
		return s.tooLateToCancel(c, o.ID)
	}
	if err != nil {
		return err
	}
	s.flash(c, components.Success, "Your order is being cancelled. What was done for it is taken back now.")
	return seeOther(c, paths.Order(string(o.ID)))
}

// cancelOrder notes the wish, which every function on the way forward looks for. A wait for
// an approver has no function that could look, so it is ended in the same transaction.
// Neither can miss the other: opening an approval is refused once the wish is noted.
func (s *Server) cancelOrder(ctx context.Context, o models.OrderInfo, p *models.Person) error {
	at := s.now()
	effects := []workflow.Effect{
		s.store.RequestCancel(o.ID, o.CustomerID, at),
		s.store.Audit(models.AuditEntry{At: at, PersonID: p.ID, Action: models.AuditCancelRequested, Subject: "order " + string(o.ID)}),
	}
	token, waits, err := s.waitsForApproval(ctx, o.ID)
	if err != nil {
		return err
	}
	if waits {
		err := s.engine.FailTask(ctx, token, s.orders.Cancelled, cancelCause, effects...)
		if !errors.Is(err, workflow.ErrTaskGone) {
			return err
		}
	}
	if err := s.store.Apply(ctx, effects...); err != nil {
		return err
	}
	return s.endWait(ctx, o.ID)
}

// endWait ends a wait that began between the look for one and the wish.
func (s *Server) endWait(ctx context.Context, id workflow.OrderID) error {
	token, waits, err := s.waitsForApproval(ctx, id)
	if err != nil || !waits {
		return err
	}
	err = s.engine.FailTask(ctx, token, s.orders.Cancelled, cancelCause)
	if errors.Is(err, workflow.ErrTaskGone) {
		return nil // decided at this very moment: the next function sees the wish
	}
	return err
}

func (s *Server) waitsForApproval(ctx context.Context, id workflow.OrderID) (token workflow.TaskToken, waits bool, err error) {
	approvals, err := s.store.ApprovalsOf(ctx, id)
	for _, a := range approvals {
		if a.Status == workflow.ApprovalPending {
			return a.Token, true, nil
		}
	}
	return "", false, err
}

// tooLateToCancel reads again what has happened and says so. Asking twice is no mistake.
func (s *Server) tooLateToCancel(c echo.Context, id workflow.OrderID) error {
	ctx := c.Request().Context()
	o, err := s.store.OrderInfo(ctx, id)
	if err != nil {
		return err
	}
	text := "This order cannot be cancelled now. Look below at how it stands."
	switch {
	case o.CancelRequested:
		if err := s.endWait(ctx, id); err != nil { // the first request may have been cut off before it did
			return err
		}
		s.flash(c, components.Success, "You have cancelled this order already.")
		return seeOther(c, paths.Order(string(id)))
	case !o.ShippedAt.IsZero():
		text = "It is too late to cancel: the parcel was booked before you asked. Nothing was changed; you can send it back when it arrives."
	case o.Attention:
		text = "An operator is working on this order, so it cannot be cancelled now. Nothing was changed; try again when that is done."
	case o.Status.Closed():
		text = "This order has ended already, so there is nothing left to cancel. Nothing was changed."
	}
	return s.showOrder(c, http.StatusConflict, &layouts.Flash{Tone: components.Danger, Text: text})
}
