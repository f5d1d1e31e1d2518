package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// topicPublish publishes a message as a task would.
func (s *Server) topicPublish(c echo.Context) error {
	name, subject, message := c.Param("name"), strings.TrimSpace(field(c, "subject")), strings.TrimSpace(field(c, "message"))
	if s.publishMessage == nil {
		return workflow.ErrNotFound
	}
	if topics, err := s.store.TopicInfos(c.Request().Context(), name); err != nil || len(topics) == 0 {
		return errors.Join(err, workflow.ErrNotFound)
	}
	arguments := map[string]string{"TopicArn": string(workflow.TopicARN(name)), "Message": message}
	if subject != "" {
		arguments["Subject"] = subject
	}
	payload, err := json.Marshal(arguments)
	if err != nil {
		return err
	}
	result, err := s.publishMessage(c.Request().Context(), workflow.Call{Resource: "sns:publish", Payload: payload, Attempt: 1})
	var failed *workflow.TaskError
	if errors.As(err, &failed) {
		return s.showTopic(c, http.StatusUnprocessableEntity, func(m *pages.Topic) {
			m.Subject, m.Message = subject, message
			if m.Errors.Message = "Type a message of at most 256 KiB."; strings.Contains(failed.Cause, "Subject") {
				m.Errors = pages.TopicErrors{Subject: "A subject has at most 99 characters of plain ASCII, and no line breaks. Shorten or reword it."}
			}
		})
	}
	if err != nil {
		return err
	}
	entry := models.AuditEntry{PersonID: personOf(c).ID, Action: models.AuditMessagePublished, Subject: "topic " + name, Detail: subject}
	if err := s.store.Apply(c.Request().Context(), append(result.Effects, s.store.Audit(entry))...); err != nil {
		return err
	}
	s.flash(c, components.Success, "The message is published.")
	return seeOther(c, paths.Topic(name))
}

// topicRetry delivers again what was given up.
func (s *Server) topicRetry(c echo.Context) error {
	name := c.Param("name")
	n, err := s.store.RetryDeliveries(c.Request().Context(), name, personOf(c).ID)
	if err != nil {
		return err
	}
	text := "Nothing was given up, so nothing is delivered again."
	if n > 0 {
		text = components.Count(int(n), "delivery") + " on the way again."
	}
	s.flash(c, components.Success, text)
	return seeOther(c, paths.Topic(name))
}
