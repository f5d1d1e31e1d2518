package web

import (
	"net/http"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

const messagesOnPage = 20

// topicShow shows one topic.
func (s *Server) topicShow(c echo.Context) error {
	return s.showTopic(c, http.StatusOK, func(*pages.Topic) {})
}

// showTopic shows the topic; change adds what was sent and what came of it.
func (s *Server) showTopic(c echo.Context, status int, change func(*pages.Topic)) error {
	ctx, name, after := c.Request().Context(), c.Param("name"), c.QueryParam("after")
	topics, err := s.store.TopicInfos(ctx, name)
	if err != nil {
		return err
	}
	if name == "" || len(topics) != 1 {
		return workflow.ErrNotFound
	}
	t := topics[0]
	frame := s.frame(c, t.Name, layouts.Integrations)
	m := pages.Topic{Now: s.now(), CSRF: frame.CSRF, TopicRow: topicRow(t), ARN: string(workflow.TopicARN(t.Name)), CreatedAt: t.CreatedAt, MailServer: s.mailServer != ""}
	subscribers, err := s.store.Subscribers(ctx, name)
	if err != nil {
		return err
	}
	for _, p := range subscribers {
		m.Subscribers = append(m.Subscribers, subscriberView(p))
	}
	messages, next, err := s.store.Messages(ctx, name, models.Page{Limit: messagesOnPage, After: after})
	if err != nil {
		return err
	}
	for _, p := range messages {
		m.Published = append(m.Published, messageView(p))
	}
	if next != "" {
		m.Older = paths.TopicAfter(name, next)
	}
	if after != "" {
		m.Newer = paths.TopicAfter(name, "")
	}
	change(&m)
	return s.show(c, status, frame, pages.TopicPage(m))
}

func subscriberView(p models.Subscriber) pages.Subscriber {
	return pages.Subscriber{ID: p.ID, Protocol: string(p.Protocol), Endpoint: p.Endpoint, Since: p.Since,
		Delivered: p.Delivered, Undelivered: p.Undelivered, GivenUp: p.GivenUp, Problem: p.LastError}
}

// shownOfMessage is how much of a message stands in the list.
const shownOfMessage = 200

func messageView(p models.PublishedMessage) pages.PublishedMessage {
	body := p.Body
	if utf8.RuneCountInString(body) > shownOfMessage {
		body = string([]rune(body)[:shownOfMessage]) + "…"
	}
	return pages.PublishedMessage{ID: p.ID, Subject: p.Subject, Body: body, At: p.At,
		Mails: p.Mails, Delivered: p.Delivered, Undelivered: p.Undelivered, GivenUp: p.GivenUp}
}
