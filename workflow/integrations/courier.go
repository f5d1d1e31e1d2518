package integrations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"countersign/workflow"
	"countersign/workflow/outage"
)

// DeliveryBook is where messages wait for webhooks.
type DeliveryBook interface {
	// ClaimDeliveries takes deliveries that are due; nobody else gets them until the given time.
	ClaimDeliveries(ctx context.Context, until time.Time, limit int) ([]workflow.Delivery, error)
	MarkDelivered(ctx context.Context, id int64) error
	// MarkDeliveryFailed says why and when to try again; the zero time gives up.
	MarkDeliveryFailed(ctx context.Context, id int64, reason string, again time.Time) error
}

// Courier takes messages to webhooks. One that crashes in between delivers again, under the
// same id.
type Courier struct {
	Book   DeliveryBook
	Wake   <-chan struct{} // something may be due; nil: found by looking
	Every  time.Duration   // how often to look; 2 s when 0
	Now    func() time.Time
	Logger *slog.Logger
	client *http.Client

	book, posts outage.Log // of the book, and of webhooks
}

const (
	deliveries      = 16 // on their way at the same time
	deliveryTimeout = 15 * time.Second
	claimFor        = time.Minute
	lastPause       = 20 * time.Minute
	giveUpAfter     = 24 * time.Hour
	answerKept      = 4 << 10 // of a webhook's answer: enough to use the connection again
)

// Run delivers until ctx ends, and returns when what came of the last is noted. A webhook
// that is slow keeps its own place busy and no other.
func (c *Courier) Run(ctx context.Context) {
	c.client = newClient(nil)
	c.book = outage.Log{Logger: c.Logger, Now: c.Now, Over: "messages for webhooks can be read and noted again"}
	c.posts = outage.Log{Logger: c.Logger, Now: c.Now, Over: "messages are delivered again", Minor: true}
	every := c.Every
	if every == 0 {
		every = 2 * time.Second
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var under sync.WaitGroup
	defer under.Wait()
	done := make(chan struct{}, deliveries)
	for free, more := deliveries, true; ; {
		if more && free > 0 {
			claimed := c.claim(ctx, free)
			more = len(claimed) == free
			free -= len(claimed)
			for _, d := range claimed {
				under.Go(func() {
					c.deliver(ctx, d)
					done <- struct{}{}
				})
			}
		}
		select {
		case <-done:
			free++
		case <-ticker.C:
			more = true
		case <-c.Wake:
			more = true
		case <-ctx.Done():
			return
		}
	}
}

func (c *Courier) claim(ctx context.Context, limit int) []workflow.Delivery {
	claimed, err := c.Book.ClaimDeliveries(ctx, c.Now().Add(claimFor), limit)
	switch {
	case err == nil:
		c.book.Worked()
	case ctx.Err() == nil:
		c.book.Failed("messages for webhooks cannot be read", 1, err)
	}
	return claimed
}

func (c *Courier) deliver(ctx context.Context, d workflow.Delivery) {
	problem, final := c.post(ctx, d)
	if ctx.Err() != nil && problem != "" {
		return // it is due again when the claim ends
	}
	ctx = context.WithoutCancel(ctx) // a webhook has answered: that must not be forgotten
	if err := c.note(ctx, d, problem, final); err != nil {
		c.book.Failed("what became of a delivery cannot be noted", 1, err, "delivery", d.ID)
	}
}

func (c *Courier) note(ctx context.Context, d workflow.Delivery, problem string, final bool) error {
	if problem == "" {
		c.posts.Worked()
		return c.Book.MarkDelivered(ctx, d.ID)
	}
	again := c.Now().Add(pause(d.Attempts))
	if final || again.After(d.Message.At.Add(giveUpAfter)) {
		again = time.Time{}
	}
	c.posts.Failed("a message was not delivered", 1, errors.New(problem), "delivery", d.ID, "topic", d.Message.Topic, "attempt", d.Attempts, "final", again.IsZero())
	return c.Book.MarkDeliveryFailed(ctx, d.ID, problem, again)
}

// pause doubles with every attempt, from one second on.
func pause(attempts int) time.Duration {
	wait := time.Second
	for range attempts - 1 {
		if wait *= 2; wait >= lastPause {
			return lastPause
		}
	}
	return wait
}

// post says what went wrong, and whether trying again is no use: SNS takes what a receiver
// calls the sender's fault for final.
func (c *Courier) post(ctx context.Context, d workflow.Delivery) (problem string, final bool) {
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	r, err := c.notification(ctx, d)
	if err != nil {
		return reason(err), true
	}
	a, err := exchange(c.client, r, answerKept)
	switch {
	case err != nil && tookTooLong(err):
		return fmt.Sprintf("The webhook did not answer within %v.", deliveryTimeout), false
	case err != nil:
		return "The webhook was not reached: " + reason(err), false
	case a.success():
		return "", false
	}
	final = a.status < 500 && a.status != http.StatusRequestTimeout && a.status != http.StatusTooManyRequests
	return fmt.Sprintf("The webhook answered with HTTP status %d (%s).", a.status, http.StatusText(a.status)), final
}

// notification is a message in the shape of SNS's HTTP notifications.
func (c *Courier) notification(ctx context.Context, d workflow.Delivery) (*http.Request, error) {
	m, topic := d.Message, string(workflow.TopicARN(d.Message.Topic))
	body, err := unescaped(struct {
		Type       string          `json:"Type"`
		MessageID  string          `json:"MessageId"`
		TopicARN   string          `json:"TopicArn"`
		Subject    string          `json:"Subject,omitempty"`
		Message    string          `json:"Message"`
		Timestamp  string          `json:"Timestamp"`
		Attributes json.RawMessage `json:"MessageAttributes,omitempty"`
	}{"Notification", m.ID, topic, m.Subject, m.Body, m.At.UTC().Format("2006-01-02T15:04:05.000Z"), m.Attributes})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Subscription.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "text/plain; charset=UTF-8") // SNS says so of its JSON
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("X-Amz-Sns-Message-Type", "Notification")
	r.Header.Set("X-Amz-Sns-Message-Id", m.ID)
	r.Header.Set("X-Amz-Sns-Topic-Arn", topic)
	r.Header.Set("X-Amz-Sns-Subscription-Arn", topic+":"+d.Subscription.ID)
	sign(r.Header, d.Subscription.Signing, m.ID, c.Now(), body)
	return r, nil
}
