package pages

import (
	"strconv"
	"time"

	"countersign/views/components"
	"countersign/web/paths"
)

// Topics are what messages are published to. A topic is made by POST to paths.Topics with "name".
type Topics struct {
	Now   time.Time
	CSRF  string
	Rows  []TopicRow
	Name  string // as it was sent
	Error string // about the name
}

// TopicRow is one topic and how much goes through it.
type TopicRow struct {
	Name                  string
	Subscribers, Messages int64
	LastAt                time.Time // zero: nothing was published
	Undelivered, GivenUp  int64
}

// Topic is one topic with its subscribers and messages. A subscriber is added by POST to
// paths.Subscriptions with "protocol" and "endpoint"; a message is published by POST to
// paths.TopicPublish with "subject" and "message".
type Topic struct {
	Now  time.Time
	CSRF string
	TopicRow
	ARN                string
	CreatedAt          time.Time
	Subscribers        []Subscriber
	Published          []PublishedMessage
	Newer, Older       string // addresses of the neighbouring parts; empty: there is none
	NewSecret          string // just made; shown this once
	NewSecretOf        string
	Protocol, Endpoint string // as they were sent
	Subject, Message   string
	MailServer         bool // mails leave the house
	Errors             TopicErrors
}

// TopicErrors says what is wrong, by field.
type TopicErrors struct{ Protocol, Endpoint, Subject, Message string }

// Subscriber is who gets what is published. The counts are of a webhook; mails are counted under /mail.
type Subscriber struct {
	ID                              string
	Protocol                        string
	Endpoint                        string
	Since                           time.Time
	Delivered, Undelivered, GivenUp int64
	Problem                         string // of the latest delivery that failed
}

// PublishedMessage is a message and how far it has come.
type PublishedMessage struct {
	ID                                     string
	Subject, Body                          string
	At                                     time.Time
	Mails, Delivered, Undelivered, GivenUp int64
}

// The protocols as the form sends them.
const (
	ByMail    = "email"
	ByWebhook = "https"
)

func (m Topics) nameField() components.Field {
	return components.Field{Name: "name", Label: "Name of the new topic", Value: m.Name, Error: m.Error, MaxLength: 256, Autocomplete: "off",
		Hint: "Letters, digits, hyphens and underscores."}
}

func (m Topics) empty() components.Empty {
	return components.Empty{Icon: components.IconInbox, Title: "There is no topic yet",
		Text: "A task publishes to a topic with sns:publish. Everybody who is subscribed gets the message, by mail or at a webhook."}
}

func (r TopicRow) status() components.Status {
	switch {
	case r.GivenUp > 0:
		return components.Status{Text: strconv.FormatInt(r.GivenUp, 10) + " given up", Icon: components.IconFailed, Tone: components.Danger}
	case r.Undelivered > 0:
		return components.Status{Text: strconv.FormatInt(r.Undelivered, 10) + " on the way", Icon: components.IconClock, Tone: components.Progress}
	case r.Messages == 0:
		return components.Status{Text: "Nothing published", Icon: components.IconPending, Tone: components.Neutral}
	}
	return components.Status{Text: "All delivered", Icon: components.IconDone, Tone: components.Success}
}

func (s Subscriber) status(mailServer bool) components.Status {
	switch {
	case s.Protocol == ByMail && !mailServer:
		return components.Status{Text: "Mails are kept here", Icon: components.IconInbox, Tone: components.Neutral}
	case s.Protocol == ByMail:
		return components.Status{Text: "By mail", Icon: components.IconMail, Tone: components.Neutral}
	}
	return TopicRow{GivenUp: s.GivenUp, Undelivered: s.Undelivered, Messages: s.Delivered}.status()
}

func (s Subscriber) kind() string {
	if s.Protocol == ByMail {
		return "Mail"
	}
	return "Webhook"
}

func (p PublishedMessage) status() components.Status {
	if p.Delivered+p.Undelivered+p.GivenUp == 0 {
		if p.Mails == 0 {
			return components.Status{Text: "Nobody was subscribed", Icon: components.IconPending, Tone: components.Neutral}
		}
		return components.Status{Text: components.Count(int(p.Mails), "mail") + " written", Icon: components.IconMail, Tone: components.Neutral}
	}
	return TopicRow{GivenUp: p.GivenUp, Undelivered: p.Undelivered, Messages: p.Delivered}.status()
}

func (m Topic) subscribeFields() (protocol, endpoint components.Field) {
	return components.Field{Name: "protocol", Label: "How", Value: m.Protocol, Error: m.Errors.Protocol,
			Options: []components.Option{{Value: ByMail, Text: "By mail"}, {Value: ByWebhook, Text: "At a webhook"}}},
		components.Field{Name: "endpoint", Label: "Address or URL", Value: m.Endpoint, Error: m.Errors.Endpoint, MaxLength: 2000, Autocomplete: "off",
			Hint: "An e-mail address, or the URL that messages are posted to; it may be in a private network."}
}

func (m Topic) publishFields() (subject, message components.Field) {
	return components.Field{Name: "subject", Label: "Subject", Value: m.Subject, Error: m.Errors.Subject, MaxLength: 99, Optional: true, Autocomplete: "off"},
		components.Field{Name: "message", Label: "Message", Value: m.Message, Error: m.Errors.Message, Rows: 3}
}

func (m Topic) subscribeProblems() []components.Problem {
	protocol, endpoint := m.subscribeFields()
	subject, message := m.publishFields()
	return components.Problems(protocol, endpoint, subject, message)
}

func (m Topic) removeText() string {
	return "Tasks that publish to it fail from now on with SNS.NotFoundException. Its " + components.Count(len(m.Subscribers), "subscriber") +
		" and its messages are forgotten; what was not delivered will not be."
}

func back(text, url string) *components.Link { return &components.Link{Text: text, URL: url} }

func topicsBack() *components.Link { return back("Topics", paths.Topics) }
