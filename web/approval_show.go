package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// approvalPageStore is what the decision page is made of.
type approvalPageStore interface {
	Approval(ctx context.Context, id string) (models.Approval, error)
	OrderInfo(ctx context.Context, id workflow.OrderID) (models.OrderInfo, error)
	Items(ctx context.Context, ids []string) (map[string]workflow.Item, error)
}

// approvalShow shows an order that needs a countersignature, and what became of it.
func (s *Server) approvalShow(c echo.Context) error {
	return s.showDecision(c, http.StatusOK, func(*pages.Decision) {})
}

// showDecision shows the page as change leaves it: what was typed, and what is wrong with it.
func (s *Server) showDecision(c echo.Context, status int, change func(*pages.Decision)) error {
	m, err := s.decisionView(c.Request().Context(), c)
	if err != nil {
		return err
	}
	change(&m)
	return s.show(c, status, s.frame(c, "Countersign order "+m.OrderID, layouts.Inbox), pages.DecisionPage(m))
}

// approvalLive keeps the page current. Once the order has ended, nothing on it changes.
func (s *Server) approvalLive(c echo.Context) error {
	a, err := s.store.Approval(c.Request().Context(), c.Param("approvalId"))
	if err != nil {
		return err
	}
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.decisionView(ctx, c)
		return pages.DecisionFragment(m), m.Status != workflow.ApprovalPending && m.OrderStatus.Closed(), err
	}, models.TopicInbox, models.TopicOrder(a.OrderID))
}

func (s *Server) decisionView(ctx context.Context, c echo.Context) (pages.Decision, error) {
	a, err := s.store.Approval(ctx, c.Param("approvalId"))
	if err != nil {
		return pages.Decision{}, err
	}
	o, err := s.store.OrderInfo(ctx, a.OrderID)
	if err != nil {
		return pages.Decision{}, err
	}
	lines, err := s.orderLines(ctx, o.Lines)
	if err != nil {
		return pages.Decision{}, err
	}
	m := pages.Decision{
		ID: a.ID, CSRF: csrfToken(c), Now: s.now(), Status: a.Status, AskedAt: a.OpenedAt, Deadline: a.Deadline,
		OrderID: string(o.ID), Execution: s.executionOf(o), OrderStatus: o.Status, Customer: o.CustomerName, CustomerEmail: o.CustomerEmail, PlacedAt: o.PlacedAt,
		Lines: lines, Total: a.Amount, Address: o.Address, Card: cardText(o.Card), Why: a.Reason,
		Own: ownApproval(a, personOf(c)), DecidedBy: a.DecidedByName, DecidedAt: a.DecidedAt, Comment: a.Comment,
	}
	m.IfApproved, m.IfRejected = s.consequences(a, o)
	return m, nil
}

// consequences say what approving and rejecting will each do, in order.
func (s *Server) consequences(a models.Approval, o models.OrderInfo) (approved, rejected []string) {
	amount := components.MoneyText(a.Amount)
	items := components.Count(int(a.Quantity), "item")
	approved = []string{
		"Charge " + amount,
		fmt.Sprintf("Ship %s in %s to %s", items, components.Count(s.orders.Parcels(o.Lines), "parcel"), o.Address.City),
		"Mail " + o.CustomerName + " the tracking number",
	}
	rejected = []string{
		"Release the hold of " + amount + ": nothing is charged",
		"Release " + components.Count(int(a.Quantity), "reserved item"),
		"Mail " + o.CustomerName + " your reason",
	}
	return approved, rejected
}
