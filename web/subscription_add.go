package web

import (
	"errors"
	"net/http"
	"net/mail"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// subscriptionAdd adds a subscriber to a topic. For a webhook the answer is the page itself: its
// secret is shown this once.
func (s *Server) subscriptionAdd(c echo.Context) error {
	name, protocol, endpoint := c.Param("name"), field(c, "protocol"), strings.TrimSpace(field(c, "endpoint"))
	refused := func(status int, problems pages.TopicErrors) error {
		return s.showTopic(c, status, func(m *pages.Topic) { m.Protocol, m.Endpoint, m.Errors = protocol, endpoint, problems })
	}
	if problems := checkSubscription(protocol, endpoint); problems != (pages.TopicErrors{}) {
		return refused(http.StatusUnprocessableEntity, problems)
	}
	added, err := s.store.AddSubscription(c.Request().Context(), name, workflow.Protocol(protocol), endpoint, personOf(c).ID)
	if errors.Is(err, workflow.ErrExists) {
		return refused(http.StatusConflict, pages.TopicErrors{Endpoint: "This one is subscribed already. Add another one."})
	}
	if err != nil {
		return err
	}
	if added.Signing.Secret == "" {
		s.flash(c, components.Success, endpoint+" gets a mail of every message from now on.")
		return seeOther(c, paths.Topic(name))
	}
	return s.showNewSecret(c, http.StatusCreated, added)
}

func (s *Server) showNewSecret(c echo.Context, status int, of workflow.Subscription) error {
	return s.showTopic(c, status, func(m *pages.Topic) { m.NewSecret, m.NewSecretOf = of.Signing.Secret, of.Endpoint })
}

func checkSubscription(protocol, endpoint string) (problems pages.TopicErrors) {
	switch protocol {
	case pages.ByMail:
		if a, err := mail.ParseAddress(endpoint); err != nil || a.Address != endpoint || len(endpoint) > 254 {
			problems.Endpoint = "This is not an e-mail address. Type one such as ada@example.com, or choose a webhook."
		}
	case pages.ByWebhook:
		problems.Endpoint = checkURL(endpoint)
	default:
		problems.Protocol = "Choose mail or a webhook."
	}
	return problems
}

// subscriptionSecret makes a new signing secret of a webhook and shows it this once.
func (s *Server) subscriptionSecret(c echo.Context) error {
	rotated, err := s.store.RotateSubscriptionSecret(c.Request().Context(), c.Param("name"), c.Param("id"), personOf(c).ID)
	if err != nil {
		return err
	}
	return s.showNewSecret(c, http.StatusOK, rotated)
}

// subscriptionRemove ends a subscription.
func (s *Server) subscriptionRemove(c echo.Context) error {
	name := c.Param("name")
	if err := s.store.RemoveSubscription(c.Request().Context(), name, c.Param("id"), personOf(c).ID); err != nil {
		return err
	}
	s.flash(c, components.Success, "The subscriber is removed.")
	return seeOther(c, paths.Topic(name))
}
