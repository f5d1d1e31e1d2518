package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// mailStore reads the outbox.
type mailStore interface {
	Mails(ctx context.Context, order workflow.OrderID, page models.Page) ([]models.OutboxMail, string, error)
	Mail(ctx context.Context, id int64) (models.OutboxMail, error)
}

const mailsOnPage = 25

// mailList lists the outbox, the newest first.
func (s *Server) mailList(c echo.Context) error {
	m, err := s.mailsView(c.Request().Context(), c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, s.frame(c, "Mail", layouts.Mail), pages.MailsPage(m))
}

func (s *Server) mailListLive(c echo.Context) error {
	return s.live(c, func(ctx context.Context) (templ.Component, bool, error) {
		m, err := s.mailsView(ctx, c)
		return pages.MailsFragment(m), false, err
	}, models.TopicMail)
}

func (s *Server) mailsView(ctx context.Context, c echo.Context) (pages.Mails, error) {
	after := c.QueryParam("after")
	m := pages.Mails{Now: s.now(), Server: s.mailServer, LiveURL: paths.MailLiveAfter(after)}
	mails, next, err := s.store.Mails(ctx, "", models.Page{Limit: mailsOnPage, After: after})
	if err != nil {
		return m, err
	}
	for _, mail := range mails {
		m.Rows = append(m.Rows, mailRow(mail))
	}
	if next != "" {
		m.Older = paths.MailAfter(next)
	}
	if after != "" {
		m.Newer = paths.MailAfter("")
	}
	return m, nil
}

func mailRow(m models.OutboxMail) pages.MailRow {
	return pages.MailRow{
		ID: strconv.FormatInt(m.ID, 10), OrderID: m.OrderID, To: m.To, Subject: m.Subject, At: m.At,
		SentAt: m.SentAt, Attempts: m.Attempts, Problem: m.LastError,
	}
}

// mailShow shows one mail with its text.
func (s *Server) mailShow(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return workflow.ErrNotFound
	}
	mail, err := s.store.Mail(c.Request().Context(), id)
	if err != nil {
		return err
	}
	m := pages.Mail{Now: s.now(), Server: s.mailServer, MailRow: mailRow(mail), Body: mail.Body}
	return s.show(c, http.StatusOK, s.frame(c, mail.Subject, layouts.Mail), pages.MailPage(m))
}
