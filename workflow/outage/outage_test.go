package outage

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"
)

// told is a log on a clock of its own.
func told(over string) (l *Log, text *strings.Builder, wait func(time.Duration)) {
	text = new(strings.Builder)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	untimed := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	l = &Log{Logger: slog.New(slog.NewTextHandler(text, &slog.HandlerOptions{ReplaceAttr: untimed})), Now: func() time.Time { return now }, Over: over}
	return l, text, func(d time.Duration) { now = now.Add(d) }
}

func TestAnOutageIsToldThreeTimes(t *testing.T) {
	l, text, wait := told("writes work again")
	full := errors.New("disk is full")
	l.Worked()
	for i := range 1000 {
		l.Failed("writes failed", 2, fmt.Errorf("write %d: %w", i, full), "writes", i)
		wait(70 * time.Millisecond)
		if i%3 == 0 {
			l.Worked() // a small one found room
		}
	}
	wait(quiet)
	for range 3 {
		l.Worked()
	}
	l.Failed("writes failed", 1, full)
	want := `level=ERROR msg="writes failed" writes=0 error="write 0: disk is full"
level=ERROR msg="writes failed" writes=858 failures=1718 for=1m0s error="write 858: disk is full"
level=INFO msg="writes work again" failures=2000 for=1m9.93s cause="disk is full"
level=ERROR msg="writes failed" error="disk is full"
`
	if text.String() != want {
		t.Errorf("it said\n%s\nwant\n%s", text, want)
	}
}

func TestCausesAreToldApart(t *testing.T) {
	l, text, wait := told("over")
	for i := range 100 {
		l.Failed("reading", 1, fmt.Errorf("execution %d: %w", i, io.ErrUnexpectedEOF))
		l.Failed("reading", 1, fmt.Errorf("execution %d: %w", i, errors.Join(io.EOF, fmt.Errorf("%w: %w", io.EOF, errors.New("locked")))))
	}
	if n := strings.Count(text.String(), "\n"); n != 2 {
		t.Errorf("%d lines:\n%s", n, text)
	}
	for i := range 100 {
		l.Failed("reading", 1, fmt.Errorf("cause %d", i))
	}
	if n := strings.Count(text.String(), "\n"); n != mostCauses+1 {
		t.Errorf("%d lines:\n%s", n, text)
	}
	wait(quiet)
	l.Worked()
	if n := len(regexp.MustCompile("msg=over").FindAllString(text.String(), -1)); n != mostCauses+1 || !strings.Contains(text.String(), "failures=82 for=0s cause=several") {
		t.Errorf("%d lines:\n%s", n, text)
	}
}
