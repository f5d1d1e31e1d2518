package pages

import (
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// Mails is the outbox, the newest first.
type Mails struct {
	Now          time.Time
	Server       string // host of the SMTP server; empty: none is configured, so nothing leaves the house
	Rows         []MailRow
	Newer, Older string // addresses of the neighbouring parts; empty: there is none
	LiveURL      string
}

// MailRow is one mail.
type MailRow struct {
	ID       string
	OrderID  workflow.OrderID
	To       string
	Subject  string
	At       time.Time
	SentAt   time.Time // zero until a mail server has taken it
	Attempts int
	Problem  string    // why the last attempt failed; empty when none did
	RetryAt  time.Time // when it is tried again; zero: not known
}

// Mail is one mail with its text.
type Mail struct {
	Now    time.Time
	Server string // as in Mails
	MailRow
	Body string
}

func (r MailRow) status(server string) components.Status {
	switch {
	case !r.SentAt.IsZero():
		return components.Status{Text: "Sent", Icon: components.IconDone, Tone: components.Success}
	case server == "":
		return components.Status{Text: "Kept here", Icon: components.IconInbox, Tone: components.Neutral}
	case r.Problem != "":
		return components.Status{Text: "Trying again", Icon: components.IconRetry, Tone: components.Waiting}
	}
	return components.Status{Text: "To be sent", Icon: components.IconClock, Tone: components.Progress}
}

func (m Mails) empty() components.Empty {
	return components.Empty{
		Icon: components.IconMail, Title: "No mail has been written yet",
		Text:   "Customers get one when their order ships, is rejected, fails or is cancelled.",
		Action: &components.Link{Text: "Place an order", URL: paths.Shop},
	}
}

func (m Mail) tried() string {
	text := "Tried " + components.Count(m.Attempts, "time")
	if m.RetryAt.IsZero() {
		return text + "."
	}
	return text + "; the next attempt is "
}
