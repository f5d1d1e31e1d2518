// Package postman takes mails from the outbox to an SMTP server.
//
// A mail stays in the outbox until a server has taken it. It is claimed for a while
// before it is sent, so that two postmen do not send it at the same time; a crash in
// between sends it again, under the same Message-ID. The package must not know how the
// outbox is stored or what a mail is about.
package postman

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"countersign/workflow"
	"countersign/workflow/outage"

	"github.com/wneessen/go-mail"
)

// Letter is a claimed mail.
type Letter struct {
	workflow.Mail
	ID       int64
	Attempts int // this one included
}

// Outbox is where mails wait.
type Outbox interface {
	// Claim takes unsent mails that are due; nobody else gets them until the given time.
	Claim(ctx context.Context, until time.Time, limit int) ([]Letter, error)
	Sent(ctx context.Context, id int64) error
	Failed(ctx context.Context, id int64, reason string, again time.Time) error
}

// Server is the SMTP server and the sender's address.
type Server struct {
	Host     string
	Port     int
	Username string // empty: no authentication
	Password string
	From     string
	TLS      bool // demand STARTTLS; otherwise it is used when offered
}

// Postman sends what is in the outbox.
type Postman struct {
	Outbox Outbox
	Server Server
	Every  time.Duration // how often to look; 2 s when 0
	Now    func() time.Time
	Logger *slog.Logger

	box, mails outage.Log // of an outbox, and of mails
}

const (
	batch     = 20
	claimFor  = 5 * time.Minute
	oneTakes  = 2 * time.Minute // at most: the server may hesitate at every step
	firstWait = 30 * time.Second
	lastWait  = time.Hour
)

// Run sends mails until ctx ends. It returns when what came of the last is noted.
func (p *Postman) Run(ctx context.Context) {
	every := p.Every
	if every == 0 {
		every = 2 * time.Second
	}
	p.box = outage.Log{Logger: p.Logger, Now: p.Now, Over: "the outbox can be used again"}
	p.mails = outage.Log{Logger: p.Logger, Now: p.Now, Over: "mails are sent again", Minor: true}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		p.round(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (p *Postman) round(ctx context.Context) {
	until := p.Now().Add(claimFor)
	letters, err := p.Outbox.Claim(ctx, until, batch)
	switch {
	case err == nil:
		p.box.Worked()
	case ctx.Err() == nil:
		p.box.Failed("the outbox cannot be read", 1, err)
	}
	for _, letter := range letters {
		if ctx.Err() != nil || p.Now().Add(oneTakes).After(until) {
			return // the rest is due again when the claim ends, for whoever is quicker
		}
		if err := p.deliver(ctx, letter); err != nil {
			p.box.Failed("the outbox cannot be written", 1, err, "mail", letter.ID)
		}
	}
}

func (p *Postman) deliver(ctx context.Context, letter Letter) error {
	err := p.send(ctx, letter)
	ctx = context.WithoutCancel(ctx) // a server has answered: that must not be forgotten
	if err == nil {
		p.mails.Worked()
		return p.Outbox.Sent(ctx, letter.ID)
	}
	p.mails.Failed("a mail was not sent; trying again", 1, err, "mail", letter.ID, "attempt", letter.Attempts)
	return p.Outbox.Failed(ctx, letter.ID, err.Error(), p.Now().Add(pause(letter.Attempts)))
}

// pause doubles with every attempt, up to an hour.
func pause(attempts int) time.Duration {
	wait := firstWait
	for range attempts - 1 {
		if wait *= 2; wait >= lastWait {
			return lastWait
		}
	}
	return wait
}

func (p *Postman) send(ctx context.Context, letter Letter) error {
	message, err := p.message(letter)
	if err != nil {
		return err
	}
	options := []mail.Option{mail.WithPort(p.Server.Port), mail.WithTimeout(30 * time.Second), mail.WithTLSPolicy(mail.TLSOpportunistic)}
	if p.Server.TLS {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if p.Server.Username != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(p.Server.Username), mail.WithPassword(p.Server.Password))
	}
	client, err := mail.NewClient(p.Server.Host, options...)
	if err != nil {
		return fmt.Errorf("SMTP server %s: %w", p.Server.Host, err)
	}
	if err := client.DialAndSendWithContext(ctx, message); err != nil {
		return fmt.Errorf("send by %s: %w", p.Server.Host, err)
	}
	return nil
}

func (p *Postman) message(letter Letter) (*mail.Msg, error) {
	m := mail.NewMsg()
	if err := m.From(p.Server.From); err != nil {
		return nil, fmt.Errorf("sender %q: %w", p.Server.From, err)
	}
	if err := m.To(letter.To); err != nil {
		return nil, fmt.Errorf("recipient %q: %w", letter.To, err)
	}
	key := sha256.Sum256([]byte(letter.Key))
	m.SetMessageIDWithValue(hex.EncodeToString(key[:16]) + "@" + p.Server.Host)
	m.SetDateWithValue(letter.At)
	m.Subject(letter.Subject)
	m.SetBodyString(mail.TypeTextPlain, letter.Body)
	return m, nil
}
