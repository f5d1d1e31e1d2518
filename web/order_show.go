package web

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/static"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// orderPageStore is what the page of an order is made of.
type orderPageStore interface {
	OrderInfo(ctx context.Context, id workflow.OrderID) (models.OrderInfo, error)
	Payment(ctx context.Context, id workflow.OrderID) (workflow.Payment, error)
	Shipment(ctx context.Context, id workflow.OrderID) (shipment workflow.Shipment, ok bool, err error)
	ApprovalsOf(ctx context.Context, order workflow.OrderID) ([]models.Approval, error)
	Items(ctx context.Context, ids []string) (map[string]workflow.Item, error)
	History(ctx context.Context, id workflow.ExecutionID, after int64, limit int) ([]workflow.HistoryEvent, error)
	Load(ctx context.Context, id workflow.ExecutionID) (workflow.Row, error)
}

// orderShow follows one order. To strangers there is none.
func (s *Server) orderShow(c echo.Context) error {
	return s.showOrder(c, http.StatusOK, nil)
}

// showOrder shows the order; notice, if there is one, stands above it.
func (s *Server) showOrder(c echo.Context, status int, notice *layouts.Flash) error {
	m, err := s.orderView(c.Request().Context(), c)
	if err != nil {
		return err
	}
	frame := s.frame(c, "Order "+m.ID, ordersEntry(personOf(c)))
	if notice != nil {
		frame.Flash = notice
	}
	return s.show(c, status, frame, pages.OrderPage(m))
}

// orderLive keeps the page of one order current, until nothing on it will change any more.
func (s *Server) orderLive(c echo.Context) error {
	o, err := s.visibleOrder(c.Request().Context(), c)
	if err != nil {
		return err
	}
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.orderView(ctx, c)
		return pages.OrderFragment(m), m.Final, err
	}, models.TopicOrder(o.ID), models.TopicExecution(o.Execution))
}

// visibleOrder is the order that the address names, if the visitor may see it.
func (s *Server) visibleOrder(ctx context.Context, c echo.Context) (models.OrderInfo, error) {
	o, err := s.store.OrderInfo(ctx, workflow.OrderID(c.Param("orderId")))
	if err != nil {
		return o, err
	}
	if !maySeeOrder(personOf(c), o) {
		return o, workflow.ErrNotFound
	}
	return o, nil
}

func (s *Server) orderView(ctx context.Context, c echo.Context) (pages.Order, error) {
	o, err := s.visibleOrder(ctx, c)
	if err != nil {
		return pages.Order{}, err
	}
	f, err := s.orderFacts(ctx, o)
	if err != nil {
		return pages.Order{}, err
	}
	lines, err := s.orderLines(ctx, o.Lines)
	if err != nil {
		return pages.Order{}, err
	}
	at := f.outlook()
	m := pages.Order{
		ID: string(o.ID), CSRF: csrfToken(c), Now: s.now(), PlacedAt: o.PlacedAt, Status: o.Status, Stages: f.stages(),
		Headline: at.headline, Next: at.next, NextBy: at.by,
		Lines: lines, Total: o.Total, Address: o.Address, Payment: f.paymentView(),
		Tracking: f.shipment.TrackingNumber, Carrier: f.shipment.Carrier,
		Cancellable: f.cancellable() && ordered(personOf(c), o), CancelRequested: o.CancelRequested, CancelText: f.cancelText(),
		Attention: o.Attention, Final: o.Status.Closed() && !o.Attention,
	}
	if seesEveryOrder(personOf(c)) {
		if key := s.executionOf(o); key != "" {
			m.Execution = paths.Execution(key)
		}
		m.ExecutionGone = m.Execution == "" && o.Execution != 0
	}
	m.Again = m.Final && o.Status != workflow.OrderCompleted && ordered(personOf(c), o)
	return m, nil
}

// ordered says whether it is the person's own order. Staff may look at every order but cancel
// only their own: that is for the customer to wish.
func ordered(p *models.Person, o models.OrderInfo) bool {
	return p.CustomerID != "" && p.CustomerID == o.CustomerID || o.PersonID == p.ID
}

func (f orderFacts) cancellable() bool {
	return !f.Status.Closed() && !f.Attention && !f.CancelRequested && !f.shipped && !f.course.undone
}

// orderFacts reads what is known about an order. Each part is read on its own, so a change in
// between can make them disagree for as long as it takes until the next message of the stream.
func (s *Server) orderFacts(ctx context.Context, o models.OrderInfo) (orderFacts, error) {
	f := orderFacts{OrderInfo: o}
	var err error
	if f.payment, err = s.store.Payment(ctx, o.ID); err != nil {
		return f, err
	}
	if f.shipment, f.shipped, err = s.store.Shipment(ctx, o.ID); err != nil {
		return f, err
	}
	approvals, err := s.store.ApprovalsOf(ctx, o.ID)
	if err != nil {
		return f, err
	}
	if len(approvals) > 0 {
		f.approval = &approvals[0]
	}
	events, err := s.store.History(ctx, o.Execution, 0, 0)
	if err != nil {
		return f, err
	}
	due, err := s.timer(ctx, o)
	f.course = courseOf(events, due)
	if len(events) == 0 && o.Status.Closed() {
		f.course = f.bookedCourse()
	}
	return f, err
}

// timer is when the order's execution goes on by itself; zero when it has no timer, and while
// an engine is at it.
func (s *Server) timer(ctx context.Context, o models.OrderInfo) (time.Time, error) {
	if o.Status.Closed() {
		return time.Time{}, nil
	}
	row, err := s.store.Load(ctx, o.Execution)
	if err != nil || row.Owner != "" {
		return time.Time{}, err
	}
	return row.DueAt, nil
}

// orderLines shows what was ordered; an item that has left the catalogue has no picture.
func (s *Server) orderLines(ctx context.Context, lines []workflow.Line) ([]pages.OrderLine, error) {
	items, err := s.store.Items(ctx, itemIDs(lines))
	if err != nil {
		return nil, err
	}
	list := make([]pages.OrderLine, len(lines))
	for i, l := range lines {
		total, _ := l.UnitPrice.Times(l.Quantity) // it did not overflow when the order was priced
		list[i] = pages.OrderLine{Name: l.Name, Quantity: l.Quantity, UnitPrice: l.UnitPrice, Total: total}
		if picture := items[l.ItemID].Picture; picture != "" {
			list[i].Picture = static.URL(picture)
		}
		if l.Name == "" {
			list[i].Name = l.ItemID
		}
	}
	return list, nil
}
