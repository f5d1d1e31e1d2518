// Package outage tells the log of failures that go on: once when they begin, once a minute while
// they last, and once when they are over, with how many there were and for how long. A disk that
// is full refuses thousands of writes, and one line about that is read where thousands bury it.
//
// Failures are told apart by their cause, the innermost error: what fails for another reason
// meanwhile has lines of its own. The package must not know what fails, and holds no timer: what
// has to be said is said at the next failure or success.
package outage

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	tellEvery = time.Minute
	// quiet is how long nothing has failed for a cause before that is over: on a full disk some
	// writes find room in between.
	quiet = 10 * time.Second
	// mostCauses are told apart at a time, and the others together.
	mostCauses = 20
)

// Log is where the failures of one kind of work are told. Its methods may be called from many
// goroutines.
type Log struct {
	Logger *slog.Logger
	Now    func() time.Time // absent: time.Now
	Over   string           // what is said when it works again
	Minor  bool             // failures are warnings: who is concerned learns of them elsewhere

	going  atomic.Bool
	mu     sync.Mutex
	causes map[string]*spell // guarded by mu
}

// spell is one cause's.
type spell struct {
	began, told, latest time.Time
	failures            int
}

// Failed tells of n failures, or counts them if that has been told just now. The attributes are
// those of the log's line.
func (l *Log) Failed(message string, n int, err error, attributes ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	s, known := l.causes[l.known(Cause(err))]
	if !known {
		s = &spell{began: now}
		if l.causes == nil {
			l.causes = make(map[string]*spell)
		}
		l.causes[l.known(Cause(err))] = s
		l.going.Store(true)
	}
	s.failures += n
	s.latest = now
	if known && now.Sub(s.told) < tellEvery {
		return
	}
	s.told = now
	if known {
		attributes = append(attributes, "failures", s.failures, "for", s.latest.Sub(s.began).Round(time.Second))
	}
	level := slog.LevelError
	if l.Minor {
		level = slog.LevelWarn
	}
	l.Logger.Log(context.Background(), level, message, append(attributes, "error", err)...)
}

// Worked says that work of this kind was done. It costs nothing while nothing fails.
func (l *Log) Worked() {
	if !l.going.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for cause, s := range l.causes {
		if now.Sub(s.latest) < quiet {
			continue
		}
		delete(l.causes, cause)
		l.Logger.Info(l.Over, "failures", s.failures, "for", s.latest.Sub(s.began).Round(time.Millisecond), "cause", cause)
	}
	l.going.Store(len(l.causes) > 0)
}

func (l *Log) now() time.Time {
	if l.Now == nil {
		return time.Now()
	}
	return l.Now()
}

// known is the name that failures of a cause go by.
func (l *Log) known(cause string) string {
	if _, known := l.causes[cause]; known || len(l.causes) < mostCauses {
		return cause
	}
	return "several"
}

// Cause is what the innermost error says: of several the last, which is the more particular one.
func Cause(err error) string {
	for {
		var inner error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			inner = e.Unwrap()
		case interface{ Unwrap() []error }:
			if all := e.Unwrap(); len(all) > 0 {
				inner = all[len(all)-1]
			}
		}
		if inner == nil {
			return message(err)
		}
		err = inner
	}
}

func message(err error) string {
	if err == nil {
		err = errors.New("unknown")
	}
	return err.Error()
}
