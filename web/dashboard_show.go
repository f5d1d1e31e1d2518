package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// dashboardStore counts everything that there is a list of.
type dashboardStore interface {
	executionListStore
	CountOrders(ctx context.Context) (models.OrderCounts, error)
	CountApprovals(ctx context.Context, personID string) (models.ApprovalCounts, error)
	CountApprovalsDue(ctx context.Context, before time.Time) (workflow.Count, error)
	CountMails(ctx context.Context) (models.MailCounts, error)
	Catalogue(ctx context.Context) ([]models.StockItem, error)
	Switches(ctx context.Context) (workflow.Switches, error)
}

// What the dashboard looks at.
const (
	dueSoon          = time.Hour // before an approval's deadline
	recentExecutions = 8
	recentFailures   = 5

	// nobody has orders, so that counting approvals need not look for those which are not
	// theirs to decide: by far the slowest figure for who has placed thousands.
	nobody = ""
)

// dashboardShow is how everything stands, at a glance; each figure leads to its list.
func (s *Server) dashboardShow(c echo.Context) error {
	m, err := s.dashboardView(c.Request().Context(), c)
	if err != nil {
		return err
	}
	frame := s.frame(c, "Dashboard", layouts.Dashboard)
	frame.Width = layouts.Wide
	return s.show(c, http.StatusOK, frame, pages.DashboardPage(m))
}

func (s *Server) dashboardLive(c echo.Context) error {
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.dashboardView(ctx, c)
		return pages.DashboardFragment(m), false, err
	}, models.TopicOrders, models.TopicExecutions, models.TopicInbox, models.TopicMail, models.TopicInventory, models.TopicSettings)
}

func (s *Server) dashboardView(ctx context.Context, c echo.Context) (pages.Dashboard, error) {
	p := personOf(c)
	m := pages.Dashboard{Now: s.now(), Name: p.Name, LiveURL: paths.DashboardLive}
	f, err := s.figures(ctx)
	if err != nil {
		return m, err
	}
	m.Alerts = f.alerts()
	m.Groups = f.groups(p)
	failures, err := s.failures(ctx)
	if err != nil {
		return m, err
	}
	m.Failures = executionRows(failures)
	newest, _, err := s.store.Executions(ctx, models.ExecutionFilter{}, models.Page{Limit: recentExecutions})
	if err != nil {
		return m, err
	}
	m.Recent = executionRows(newest)
	return m, nil
}

// failures are the newest executions that ended badly by themselves.
func (s *Server) failures(ctx context.Context) ([]workflow.ExecutionInfo, error) {
	var all []workflow.ExecutionInfo
	for _, status := range []workflow.ExecutionStatus{workflow.Failed, workflow.TimedOut} {
		some, _, err := s.store.Executions(ctx, models.ExecutionFilter{Status: status}, models.Page{Limit: recentFailures})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b workflow.ExecutionInfo) int { return b.StartedAt.Compare(a.StartedAt) })
	return all[:min(len(all), recentFailures)], nil
}

// figures is what was counted. Each is read on its own, so a change in between can make them
// disagree until the next message of the stream.
type figures struct {
	orders     models.OrderCounts
	executions map[workflow.ExecutionStatus]workflow.Count
	approvals  models.ApprovalCounts
	due        workflow.Count
	mails      models.MailCounts
	soldOut    int64
	few        int64
	switches   workflow.Switches
}

func (s *Server) figures(ctx context.Context) (f figures, err error) {
	for _, read := range []func() error{
		func() error { f.orders, err = s.store.CountOrders(ctx); return err },
		func() error { f.executions, err = s.store.CountExecutions(ctx); return err },
		func() error { f.approvals, err = s.store.CountApprovals(ctx, nobody); return err },
		func() error { f.due, err = s.store.CountApprovalsDue(ctx, s.now().Add(dueSoon)); return err },
		func() error { f.mails, err = s.store.CountMails(ctx); return err },
		func() error { f.switches, err = s.store.Switches(ctx); return err },
	} {
		if err := read(); err != nil {
			return f, err
		}
	}
	items, err := s.store.Catalogue(ctx)
	for _, i := range items {
		switch row := inventoryRow(i); {
		case row.SoldOut():
			f.soldOut++
		case row.Few():
			f.few++
		}
	}
	return f, err
}
