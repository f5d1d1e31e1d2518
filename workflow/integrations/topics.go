package integrations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/workflow"
)

// TopicBook knows topics and what was published to them.
type TopicBook interface {
	// Topic is workflow.ErrNotFound when there is none of that name.
	Topic(ctx context.Context, name string) (workflow.Topic, error)
	// Publish writes the message and one delivery or mail for each subscriber there is at the
	// commit. It is refused when the topic is gone.
	Publish(workflow.Message) workflow.Effect
}

// Topics publishes to topics. Use NewTopics.
type Topics struct {
	book TopicBook
	now  func() time.Time
}

// NewTopics makes the publisher to a book's topics; now is the clock when nil.
func NewTopics(book TopicBook, now func() time.Time) *Topics {
	if now == nil {
		now = time.Now
	}
	return &Topics{book, now}
}

// Publish is the workflow.Handler of sns:publish. The message exists from the moment at which
// the task's history event does.
func (t *Topics) Publish(ctx context.Context, call workflow.Call) (workflow.Result, error) {
	p, err := readPublication(call)
	if err != nil {
		return workflow.Result{}, err
	}
	topic, err := t.book.Topic(ctx, p.topic)
	if errors.Is(err, workflow.ErrNotFound) || err == nil && workflow.TopicARN(topic.Name) != p.arn {
		return workflow.Result{}, snsFailure("NotFoundException", http.StatusNotFound, "NotFound", "Topic does not exist")
	}
	if err != nil {
		return workflow.Result{}, fmt.Errorf("find topic %s: %w", p.topic, err)
	}
	m := p.message(workflow.NewUUID(), t.now().UTC())
	output, _ := unescaped(map[string]string{"MessageId": m.ID})
	return workflow.Result{Output: output, Effects: []workflow.Effect{t.book.Publish(m)}}, nil
}

// publication is a request to publish, found to be valid.
type publication struct {
	arn        workflow.ARN
	topic      string
	subject    string
	body       string
	bodies     map[string]string // by protocol, with MessageStructure json
	attributes json.RawMessage
}

func (p publication) bodyFor(protocols ...string) string {
	for _, protocol := range protocols {
		if body, ok := p.bodies[protocol]; ok {
			return body
		}
	}
	return p.body
}

func (p publication) message(id string, at time.Time) workflow.Message {
	subject := p.subject
	if subject == "" {
		subject = "Message from " + p.topic
	}
	return workflow.Message{
		ID: id, Topic: p.topic, Subject: p.subject, Body: p.bodyFor("https", "http"), Attributes: p.attributes, At: at,
		MailSubject: subject,
		MailBody:    p.bodyFor("email") + "\n\n--\nYou get this because your address is subscribed to the topic " + p.topic + " in Countersign.\n",
	}
}

func snsFailure(name string, status int, code, message string) *workflow.TaskError {
	return &workflow.TaskError{Name: "SNS." + name, Cause: serviceCause("AmazonSNS", status, code, message)}
}

func invalidParameter(format string, args ...any) *workflow.TaskError {
	return snsFailure("InvalidParameterException", http.StatusBadRequest, "InvalidParameter", "Invalid parameter: "+fmt.Sprintf(format, args...))
}

func invalidValue(format string, args ...any) *workflow.TaskError {
	return snsFailure("InvalidParameterValueException", http.StatusBadRequest, "ParameterValueInvalid", fmt.Sprintf(format, args...))
}

// topicName is the name in a topic's ARN.
func topicName(arn string) (string, *workflow.TaskError) {
	parts := strings.Split(arn, ":")
	switch {
	case len(parts) < 6:
		return "", invalidParameter("TopicArn Reason: An ARN must have at least 6 elements, not %d", len(parts))
	case len(parts) > 6, parts[0] != "arn", parts[2] != "sns":
		return "", invalidParameter("TopicArn")
	}
	return parts[5], nil
}
