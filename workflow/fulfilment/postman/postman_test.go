package postman_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
	"countersign/workflow/fulfilment/postman"
)

// smtpServer speaks just enough SMTP to take mails, and refuses the first refuse of them.
func smtpServer(t *testing.T, refuse int) (port int, mails <-chan string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	taken := make(chan string, 10)
	go func() {
		for n := 0; ; n++ {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			serve(c, n < refuse, taken)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port, taken
}

func serve(c net.Conn, refuse bool, taken chan<- string) {
	defer c.Close()
	in := bufio.NewScanner(c)
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 test")
	for in.Scan() {
		switch verb, _, _ := strings.Cut(strings.ToUpper(in.Text()), " "); verb {
		case "RCPT":
			if refuse {
				say("451 try later")
				continue
			}
			say("250 ok")
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for in.Scan() && in.Text() != "." {
				text.WriteString(in.Text() + "\n")
			}
			taken <- text.String()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

type report struct {
	id     int64
	reason string // empty: sent
	again  time.Time
}

type outbox struct {
	letters chan postman.Letter
	reports chan report
}

func (o outbox) Claim(context.Context, time.Time, int) ([]postman.Letter, error) {
	select {
	case l := <-o.letters:
		return []postman.Letter{l}, nil
	default:
		return nil, nil
	}
}

func (o outbox) Sent(ctx context.Context, id int64) error {
	if ctx.Err() == nil {
		o.reports <- report{id: id}
	}
	return ctx.Err()
}

func (o outbox) Failed(_ context.Context, id int64, reason string, again time.Time) error {
	o.reports <- report{id, reason, again}
	return nil
}

func TestMailIsSentOrTriedAgain(t *testing.T) {
	port, mails := smtpServer(t, 1)
	o := outbox{letters: make(chan postman.Letter, 5), reports: make(chan report, 5)}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := postman.Postman{Outbox: o, Server: postman.Server{Host: "127.0.0.1", Port: port, From: "shop@example.com"},
		Every: time.Millisecond, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go p.Run(ctx)

	letter := postman.Letter{ID: 7, Attempts: 3, Mail: workflow.Mail{Key: "12345/confirmation", To: "clara@example.com",
		Subject: "Your order 12345 has shipped", Body: "Grüße", At: now}}
	o.letters <- letter
	if r := <-o.reports; r.id != 7 || !strings.Contains(r.reason, "451") || r.again != now.Add(2*time.Minute) {
		t.Errorf("refused mail: %+v", r)
	}
	o.letters <- letter
	if r := <-o.reports; r != (report{id: 7}) {
		t.Errorf("taken mail: %+v", r)
	}
	text := <-mails
	for _, want := range []string{"Subject: Your order 12345 has shipped", "To: <clara@example.com>", "From: <shop@example.com>", "Gr=C3=BC=C3=9Fe"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
}

// A mail that a server has taken is noted as sent although the process is about to end.
func TestTakenMailIsNotedAtTheEnd(t *testing.T) {
	port, mails := smtpServer(t, 0)
	o := outbox{letters: make(chan postman.Letter, 1), reports: make(chan report, 1)}
	ending := &endsInTransit{outbox: o}
	p := postman.Postman{Outbox: ending, Server: postman.Server{Host: "127.0.0.1", Port: port, From: "shop@example.com"},
		Now: time.Now, Logger: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	ending.cancel = cancel
	o.letters <- postman.Letter{ID: 7, Attempts: 1, Mail: workflow.Mail{Key: "k", To: "clara@example.com", Subject: "s", Body: "b", At: time.Now()}}
	p.Run(ctx)
	<-mails
	if len(o.reports) != 1 {
		t.Error("the mail was taken and will be sent again")
	}
}

// endsInTransit ends the process between the server's answer and the note about it.
type endsInTransit struct {
	outbox
	cancel context.CancelFunc
}

func (e *endsInTransit) Sent(ctx context.Context, id int64) error {
	e.cancel()
	return e.outbox.Sent(ctx, id)
}

// A server that is slow keeps a postman busy for longer than the claim lasts; then the rest is
// anybody's, and another postman sends it.
func TestNothingIsSentWithoutAClaim(t *testing.T) {
	port, mails := smtpServer(t, 0)
	o := &slowDay{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), sent: make(chan int64, 10)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.empty = cancel
	p := postman.Postman{Outbox: o, Server: postman.Server{Host: "127.0.0.1", Port: port, From: "shop@example.com"},
		Every: time.Millisecond, Now: func() time.Time { return o.now }, Logger: slog.New(slog.DiscardHandler)}
	p.Run(ctx)
	if len(o.sent) == 0 || len(mails) != len(o.sent) || o.late > 0 {
		t.Errorf("%d mails sent, %d of them when the claim had ended or was about to", len(mails), o.late)
	}
}

// slowDay gives out five letters, each of which takes 50 s.
type slowDay struct {
	now, until time.Time
	sent       chan int64
	late       int
	empty      func()
}

func (o *slowDay) Claim(_ context.Context, until time.Time, _ int) (letters []postman.Letter, err error) {
	if !o.until.IsZero() {
		o.empty()
		return nil, nil
	}
	o.until = until
	for id := range 5 {
		letters = append(letters, postman.Letter{ID: int64(id), Attempts: 1, Mail: workflow.Mail{Key: "k", To: "clara@example.com", Subject: "s", Body: "b", At: o.now}})
	}
	return letters, nil
}

func (o *slowDay) Sent(_ context.Context, id int64) error {
	if o.now = o.now.Add(50 * time.Second); o.now.After(o.until) {
		o.late++
	}
	o.sent <- id
	return nil
}

func (o *slowDay) Failed(context.Context, int64, string, time.Time) error { return nil }
