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
	"countersign/web/paths"
	"countersign/workflow"
)

// ordersOnPage is how many orders one page of the list has.
const ordersOnPage = 25

// orderList lists the visitor's orders; operators and administrators see everybody's.
func (s *Server) orderList(c echo.Context) error {
	m, err := s.ordersView(c.Request().Context(), c)
	if err != nil {
		return err
	}
	entry := ordersEntry(personOf(c))
	return s.show(c, http.StatusOK, s.frame(c, string(entry), entry), pages.OrdersPage(m))
}

// ordersEntry is what the list is called for this person.
func ordersEntry(p *models.Person) layouts.Entry {
	if seesEveryOrder(p) {
		return layouts.AllOrders
	}
	return layouts.Orders
}

func seesEveryOrder(p *models.Person) bool { return p.Has(operators.roles...) }

func (s *Server) orderListLive(c echo.Context) error {
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.ordersView(ctx, c)
		return pages.OrdersFragment(m), false, err
	}, models.TopicOrders)
}

func (s *Server) ordersView(ctx context.Context, c echo.Context) (pages.Orders, error) {
	p, status, after := personOf(c), c.QueryParam("status"), c.QueryParam("after")
	m := pages.Orders{Now: s.now(), Everyone: seesEveryOrder(p), Live: paths.OrderListLive(status, after)}
	if !m.Everyone && p.CustomerID == "" {
		return m, nil // an empty customer number would list everybody's
	}
	filter := models.OrderFilter{Status: workflow.OrderStatus(status)}
	if status != "" {
		m.Only = components.OrderStatus(filter.Status).Text
	}
	if status == paths.NeedsAttention {
		filter.Status, filter.Attention, m.Only = "", true, "Needs attention"
	}
	if !m.Everyone {
		filter.CustomerID = p.CustomerID
	}
	orders, next, err := s.store.Orders(ctx, filter, models.Page{Limit: ordersOnPage, After: after})
	if err != nil {
		return m, err
	}
	for _, o := range orders {
		row := pages.OrderRow{ID: string(o.ID), PlacedAt: o.PlacedAt, Summary: summary(o.Lines), Status: o.Status, Attention: o.Attention, Total: o.Total}
		if m.Everyone {
			row.Customer = o.CustomerName
		}
		m.Rows = append(m.Rows, row)
	}
	if next != "" {
		m.Older = paths.OrderList(status, next)
	}
	if after != "" {
		m.Newer = paths.OrderList(status, "") // cursors lead one way only: back to the newest
	}
	return m, nil
}

// summary names an order by its first line: "1 × Standing desk and 2 more".
func summary(lines []workflow.Line) string {
	if len(lines) == 0 {
		return "Nothing"
	}
	first := lines[0]
	name := first.Name
	if name == "" {
		name = first.ItemID
	}
	text := fmt.Sprintf("%d × %s", first.Quantity, name)
	if more := len(lines) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
