package web

import (
	"context"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// inboxStore is what the inbox lists.
type inboxStore interface {
	CountApprovals(ctx context.Context, personID string) (models.ApprovalCounts, error)
	ApprovalsNeeding(ctx context.Context, personID string, limit int) ([]models.Approval, error)
	PendingApprovals(ctx context.Context, limit int) ([]models.Approval, error)
	DecidedApprovals(ctx context.Context, page models.Page) ([]models.Approval, string, error)
	LinesOf(ctx context.Context, ids []workflow.OrderID) (map[workflow.OrderID][]workflow.Line, error)
	Settings(ctx context.Context) (workflow.Settings, error)
}

// How many approvals a list has. What waits is shown whole, as far as anybody could work it
// off; as the nearest deadline comes first, what is left out is the least urgent.
const (
	pendingInInbox = 200
	decidedOnPage  = 25
)

// inboxList lists what needs the visitor, what the team has open, or what was decided.
func (s *Server) inboxList(c echo.Context) error {
	m, err := s.inboxView(c.Request().Context(), c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, s.frame(c, "Inbox", layouts.Inbox), pages.InboxPage(m))
}

func (s *Server) inboxLive(c echo.Context) error {
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.inboxView(ctx, c)
		return pages.InboxFragment(m), false, err
	}, models.TopicInbox)
}

func (s *Server) inboxView(ctx context.Context, c echo.Context) (pages.Inbox, error) {
	p, after := personOf(c), c.QueryParam("after")
	m := pages.Inbox{Now: s.now(), Tab: inboxTab(c.QueryParam("tab"))}
	settings, err := s.store.Settings(ctx)
	if err != nil {
		return m, err
	}
	counts, err := s.store.CountApprovals(ctx, p.ID)
	if err != nil {
		return m, err
	}
	m.Limit, m.NeedsMe, m.Team = settings.ApprovalLimit, counts.NeedsMe, counts.Pending
	m.Live = paths.InboxLiveAfter(m.Tab, after)
	approvals, next, err := s.approvalsOn(ctx, m.Tab, p, after)
	if err != nil {
		return m, err
	}
	if next != "" {
		m.Older = paths.InboxAfter(m.Tab, next)
	}
	if after != "" {
		m.Newer = paths.Inbox(m.Tab) // cursors lead one way only: back to the newest
	}
	m.Rows, err = s.inboxRows(ctx, approvals, p)
	return m, err
}

// inboxTab takes a tab that there is not for the first.
func inboxTab(tab string) paths.InboxTab {
	switch t := paths.InboxTab(tab); t {
	case paths.Team, paths.Decided:
		return t
	}
	return paths.NeedsMe
}

func (s *Server) approvalsOn(ctx context.Context, tab paths.InboxTab, p *models.Person, after string) (list []models.Approval, next string, err error) {
	switch tab {
	case paths.Decided:
		return s.store.DecidedApprovals(ctx, models.Page{Limit: decidedOnPage, After: after})
	case paths.Team:
		list, err = s.store.PendingApprovals(ctx, pendingInInbox)
	default:
		list, err = s.store.ApprovalsNeeding(ctx, p.ID, pendingInInbox)
	}
	return list, "", err
}

func (s *Server) inboxRows(ctx context.Context, approvals []models.Approval, p *models.Person) ([]pages.InboxRow, error) {
	ids := make([]workflow.OrderID, len(approvals))
	for i, a := range approvals {
		ids[i] = a.OrderID
	}
	lines, err := s.store.LinesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]pages.InboxRow, len(approvals))
	for i, a := range approvals {
		rows[i] = pages.InboxRow{
			ID: a.ID, OrderID: string(a.OrderID), Customer: a.CustomerName, Summary: summary(lines[a.OrderID]),
			Amount: a.Amount, Status: a.Status, AskedAt: a.OpenedAt, Deadline: a.Deadline, Own: ownApproval(a, p),
			DecidedBy: a.DecidedByName, DecidedAt: a.DecidedAt,
		}
	}
	return rows, nil
}
