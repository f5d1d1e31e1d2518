package web

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"go.uber.org/goleak"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

// Streams, sessions and servers leave nothing behind. How long a drawing may take is for a person
// who waits for it; a test gets the careful one, however busy the machine is.
func TestMain(m *testing.M) {
	drawWithin = time.Hour
	goleak.VerifyTestMain(m)
}

// liveSite serves a live region over a real connection.
type liveSite struct {
	*site
	url   string
	shown atomic.Value // shown
}

// shown is what the region says, and whether it will ever say anything else. Both change at once.
type shown struct {
	text  string
	final bool
}

const livePath = "/test/live"

func openLive(t *testing.T) *liveSite {
	t.Helper()
	l := &liveSite{site: openSite(t)}
	l.shown.Store(shown{"one", false})
	l.add(route{http.MethodGet, livePath, signedIn, func(c echo.Context) error {
		return l.live(c, func(context.Context) (templ.Component, bool, error) {
			now := l.shown.Load().(shown)
			return templ.Raw("<p>" + now.text + "</p>"), now.final, nil
		}, models.TopicOrders)
	}})
	l.url = l.listen() + livePath
	return l
}

// listen serves the site over real connections and returns its address.
func (s *site) listen() string {
	s.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	s.t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			s.t.Error(err)
		}
		if err := <-served; err != nil {
			s.t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// change makes the region show text and says so under its topic.
func (l *liveSite) change(text string) { l.shows(shown{text, false}) }

func (l *liveSite) shows(now shown) {
	l.t.Helper()
	l.shown.Store(now)
	if err := l.store.Apply(l.t.Context(), l.store.SetOrderStatus("none", 0, workflow.OrderShipping, "", false, l.clock.now())); err != nil {
		l.t.Fatal(err)
	}
}

// connect opens the stream as a browser does.
func (l *liveSite) connect(b *browser) (*http.Response, *bufio.Reader) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	l.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html, text/event-stream")
	r.Header.Set("Accept-Encoding", "gzip")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	transport := &http.Transport{}
	l.t.Cleanup(transport.CloseIdleConnections)
	res, err := transport.RoundTrip(r)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { res.Body.Close() })
	return res, bufio.NewReader(res.Body)
}

// message reads one event. Comments, which keep a stream alive on which nothing happens, are none.
func (l *liveSite) message(stream *bufio.Reader) string {
	l.t.Helper()
	var lines []string
	for {
		line, err := stream.ReadString('\n')
		switch {
		case err != nil:
			l.t.Fatalf("stream ended within %q: %v", lines, err)
		case strings.HasPrefix(line, ":"):
		case line != "\n":
			lines = append(lines, line)
		case len(lines) > 0:
			return strings.Join(lines, "")
		}
	}
}

func (l *liveSite) expect(stream *bufio.Reader, want string) {
	l.t.Helper()
	if got := l.message(stream); got != want {
		l.t.Fatalf("message %q, want %q", got, want)
	}
}

func TestLiveRegionIsSentAtOnceAndAfterEveryChange(t *testing.T) {
	l := openLive(t)
	res, stream := l.connect(l.as(models.DemoCustomer))
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" ||
		res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Content-Encoding") != "" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	l.expect(stream, "data: <p>one</p>\n")
	l.change("two\nlines\r")
	l.expect(stream, "data: <p>two\ndata: lines</p>\n")
	for _, text := range []string{"a", "b", "c"} {
		l.change(text)
	}
	for got := ""; got != "data: <p>c</p>\n"; { // some of a, b, c in one message, never less than the last
		got = l.message(stream)
	}
	l.shows(shown{"the end", true})
	l.expect(stream, "data: <p>the end</p>\n")
	l.expect(stream, "event: end\ndata: \n")
	if _, err := stream.ReadByte(); err != io.EOF {
		t.Errorf("the stream goes on: %v", err)
	}
}

// However long a rendering has waited for others, the next change is shown soon.
func TestPausesBetweenMessages(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		time.Millisecond: liveAtMost, 50 * time.Millisecond: time.Second, 10 * time.Second: 3 * time.Second,
	} {
		if got := pauseAfter(took); got != want {
			t.Errorf("after %v it pauses for %v, want %v", took, got, want)
		}
	}
}

func TestWhatIsFinalFromTheStartEndsAtOnce(t *testing.T) {
	l := openLive(t)
	l.shown.Store(shown{"one", true})
	_, stream := l.connect(l.as(models.DemoCustomer))
	l.expect(stream, "data: <p>one</p>\n")
	l.expect(stream, "event: end\ndata: \n")
}

func TestStreamIsNotForStrangers(t *testing.T) {
	l := openLive(t)
	res, _ := l.connect(l.browser())
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %d", res.StatusCode)
	}
}

func TestStreamEndsWithTheSession(t *testing.T) {
	l := openLive(t)
	b := l.as(models.DemoCustomer)
	_, stream := l.connect(b)
	l.expect(stream, "data: <p>one</p>\n")
	b.post(paths.SignOut, nil).is(http.StatusSeeOther)
	l.change("a secret")
	if line, err := stream.ReadString('\n'); err != io.EOF {
		t.Errorf("got %q %v", line, err)
	}
}

func TestStreamsEndAtShutdown(t *testing.T) {
	l := openLive(t)
	_, stream := l.connect(l.as(models.DemoCustomer))
	l.expect(stream, "data: <p>one</p>\n")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := l.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.ReadByte(); err != io.EOF {
		t.Errorf("the stream goes on: %v", err)
	}
}

func TestStreamEndsWhenTheBrowserGoes(t *testing.T) {
	l := openLive(t)
	ended := make(chan struct{})
	l.add(route{http.MethodGet, "/test/gone/live", signedIn, func(c echo.Context) error {
		defer close(ended)
		return l.live(c, func(context.Context) (templ.Component, bool, error) { return templ.Raw("x"), false, nil }, models.TopicOrders)
	}})
	l.url = strings.Replace(l.url, livePath, "/test/gone/live", 1)
	res, stream := l.connect(l.as(models.DemoCustomer))
	l.expect(stream, "data: x\n")
	res.Body.Close()
	<-ended
}
