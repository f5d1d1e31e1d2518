package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// How a live region is kept current.
const (
	liveAtMost    = 100 * time.Millisecond // between two messages: changes in between become one
	liveShare     = 20                     // the pause is as many times the rendering: a costly region takes a twentieth of a processor
	liveAtLeast   = 3 * time.Second        // a rendering that waited for a database or a processor must not leave people behind
	liveKeepalive = 15 * time.Second
	liveWrite     = 30 * time.Second // a browser that takes longer to read one message is gone
	liveOfOne     = 40               // open at the same time for one person: pages in many tabs and windows
)

// subscriber is told that something under a topic has changed; package models says which
// topics there are.
type subscriber interface {
	Subscribe(topics ...string) (changed <-chan struct{}, cancel func())
}

// region renders a live region as it is now. final says that it will not change any more.
type region func(ctx context.Context) (body templ.Component, final bool, err error)

// live streams a region, in the form that views/components.Live reads: at once, and again
// after every change under the topics. The stream ends when the browser goes, when the
// server shuts down, and when the visitor may no longer see it; then the browser asks again
// and is told so. Handlers check access to the thing itself within render.
func (s *Server) live(c echo.Context, render region, topics ...string) error {
	leave, ok := s.listeners.enter(visitOf(c).person.ID)
	if !ok {
		return errTooManyStreams
	}
	defer leave()
	// Before the first rendering, so that no change falls between the two.
	changed, cancel := s.store.Subscribe(topics...)
	defer cancel()
	st := &stream{c: c, control: http.NewResponseController(c.Response()), render: render}
	first, err := st.fragment()
	if err != nil {
		return err // nothing is sent yet: an ordinary error
	}
	st.begin()
	if done := st.message(first); done {
		return nil
	}
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	return s.follow(c, st, changed)
}

var errTooManyStreams = &fault{
	Status: http.StatusTooManyRequests, Code: "too_many_live_pages", RetryAfter: liveKeepalive,
	Message: fmt.Sprintf("You have %d live pages open, which is as many as there may be. Close some of them.", liveOfOne),
}

// listeners counts the streams that each person has open.
type listeners struct {
	mu   sync.Mutex
	open map[string]int // guarded by mu
}

// enter counts one more, until leave is called, unless there are too many.
func (l *listeners) enter(person string) (leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[person] >= liveOfOne {
		return nil, false
	}
	if l.open == nil {
		l.open = map[string]int{}
	}
	l.open[person]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.open[person]--; l.open[person] == 0 {
			delete(l.open, person)
		}
	}, true
}

func (s *Server) follow(c echo.Context, st *stream, changed <-chan struct{}) error {
	keepalive := time.NewTicker(liveKeepalive)
	defer keepalive.Stop()
	for {
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-s.closing:
			return nil
		case <-keepalive.C:
			if !s.stillAllowed(c) || st.write(": \n\n") != nil {
				return nil
			}
		case <-changed:
			if !s.stillAllowed(c) {
				return nil
			}
			began := time.Now()
			f, err := st.fragment()
			took := time.Since(began)
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					s.log.WarnContext(c.Request().Context(), "live region not rendered", "path", c.Path(), "error", err)
				}
				return nil // the browser asks again
			}
			if done := st.message(f); done {
				return nil
			}
			if !s.pause(c.Request().Context(), pauseAfter(took)) {
				return nil
			}
		}
	}
}

// pauseAfter is how long nothing is sent after a rendering that took as long.
func pauseAfter(took time.Duration) time.Duration {
	return min(max(liveAtMost, liveShare*took), liveAtLeast)
}

// pause keeps two messages apart; what changes meanwhile waits in the channel.
func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.closing:
	}
	return false
}

// stillAllowed asks again who the visitor is: a session can end while its pages are open.
func (s *Server) stillAllowed(c echo.Context) bool {
	v := visitOf(c)
	// With a context of its own, so that the session is read from the store again.
	ctx, cancel := context.WithTimeout(context.Background(), liveWrite)
	defer cancel()
	ctx, err := s.sessions.Load(ctx, v.cookie)
	if err != nil {
		return false
	}
	p, err := s.sessionPerson(ctx)
	if err != nil || p == nil || p.ID != v.person.ID {
		return false
	}
	route, ok := s.routeOf(c)
	return ok && route.access.allows(p)
}

// fragment is one rendering of a region.
type fragment struct {
	html  []byte
	final bool
}

// stream writes server-sent events.
type stream struct {
	c       echo.Context
	control *http.ResponseController
	render  region
	last    []byte
}

func (st *stream) fragment() (fragment, error) {
	ctx := st.c.Request().Context()
	body, final, err := st.render(ctx)
	if err != nil {
		return fragment{}, err
	}
	var html bytes.Buffer
	err = body.Render(ctx, &html)
	return fragment{html.Bytes(), final}, err
}

// begin sends the header. The server's timeouts are for requests that end.
func (st *stream) begin() {
	_ = st.control.SetReadDeadline(time.Time{})
	h := st.c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold messages back
	st.c.Response().WriteHeader(http.StatusOK)
}

// message sends a fragment unless the browser has the same already; done says that the
// stream has ended.
func (st *stream) message(f fragment) (done bool) {
	if !bytes.Equal(f.html, st.last) || st.last == nil {
		if st.write(event(f.html)) != nil {
			return true
		}
		st.last = f.html
	}
	if f.final {
		_ = st.write("event: end\ndata: \n\n")
	}
	return f.final
}

func (st *stream) write(text string) error {
	_ = st.control.SetWriteDeadline(time.Now().Add(liveWrite))
	if _, err := st.c.Response().Write([]byte(text)); err != nil {
		return err
	}
	return st.control.Flush()
}

// event is an unnamed event: each line of the data begins with "data: ". A carriage return
// would end a line too (HTML standard, 9.2.6), so none is sent.
func event(data []byte) string {
	var out bytes.Buffer
	data = bytes.ReplaceAll(data, []byte("\r"), nil)
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		out.WriteString("data: ")
		out.Write(line)
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
	return out.String()
}
