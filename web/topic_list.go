package web

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// topicStore keeps topics, who is subscribed to them and what was published.
type topicStore interface {
	TopicInfos(ctx context.Context, name string) ([]models.TopicInfo, error)
	AddTopic(ctx context.Context, name, by string) error
	RemoveTopic(ctx context.Context, name, by string) error
	Subscribers(ctx context.Context, topic string) ([]models.Subscriber, error)
	Messages(ctx context.Context, topic string, page models.Page) ([]models.PublishedMessage, string, error)
	AddSubscription(ctx context.Context, topic string, protocol workflow.Protocol, endpoint, by string) (workflow.Subscription, error)
	RemoveSubscription(ctx context.Context, topic, id, by string) error
	RotateSubscriptionSecret(ctx context.Context, topic, id, by string) (workflow.Subscription, error)
	RetryDeliveries(ctx context.Context, topic, by string) (int64, error)
}

// topicList lists topics.
func (s *Server) topicList(c echo.Context) error {
	return s.showTopics(c, http.StatusOK, pages.Topics{})
}

func (s *Server) showTopics(c echo.Context, status int, m pages.Topics) error {
	topics, err := s.store.TopicInfos(c.Request().Context(), "")
	if err != nil {
		return err
	}
	frame := s.frame(c, "Topics", layouts.Integrations)
	m.Now, m.CSRF = s.now(), frame.CSRF
	for _, t := range topics {
		m.Rows = append(m.Rows, topicRow(t))
	}
	return s.show(c, status, frame, pages.TopicsPage(m))
}

func topicRow(t models.TopicInfo) pages.TopicRow {
	return pages.TopicRow{Name: t.Name, Subscribers: t.Subscribers, Messages: t.Messages, LastAt: t.LastAt, Undelivered: t.Undelivered, GivenUp: t.GivenUp}
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// topicMake makes a topic.
func (s *Server) topicMake(c echo.Context) error {
	name := strings.TrimSpace(field(c, "name"))
	refused := func(status int, problem string) error {
		return s.showTopics(c, status, pages.Topics{Name: name, Error: problem})
	}
	if !topicName.MatchString(name) {
		return refused(http.StatusUnprocessableEntity, "Use 1 to 256 letters, digits, hyphens and underscores. FIFO topics are not offered.")
	}
	err := s.store.AddTopic(c.Request().Context(), name, personOf(c).ID)
	if errors.Is(err, workflow.ErrExists) {
		return refused(http.StatusConflict, "There is a topic of this name. Use another name, or open that topic.")
	}
	if err != nil {
		return err
	}
	s.flash(c, components.Success, "The topic "+name+" is made. Add who is to get what is published.")
	return seeOther(c, paths.Topic(name))
}

// topicRemove forgets a topic.
func (s *Server) topicRemove(c echo.Context) error {
	name := c.Param("name")
	if err := s.store.RemoveTopic(c.Request().Context(), name, personOf(c).ID); err != nil {
		return err
	}
	s.flash(c, components.Success, "The topic "+name+" is removed.")
	return seeOther(c, paths.Topics)
}
