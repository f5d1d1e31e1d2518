package stories

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"countersign/static"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// watched serves an execution page with its stream, as handlers do.
type watched struct {
	t *testing.T

	mu      sync.Mutex
	page    pages.Execution
	changed chan struct{} // closed and replaced when the page changes
}

func (s *watched) show(m pages.Execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page = m
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *watched) now() (pages.Execution, chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.page, s.changed
}

func (s *watched) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy)
	m, _ := s.now()
	switch {
	case strings.HasPrefix(r.URL.Path, static.Prefix):
		static.Handler().ServeHTTP(w, r)
	case strings.HasSuffix(r.URL.Path, "/live"):
		s.stream(w, r)
	default:
		p := page(olga, m.Name, layouts.Executions)
		p.Asset, p.Now, p.Width = static.URL, m.Now, layouts.Wide
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := shell(p, pages.ExecutionPage(m)).Render(context.Background(), w); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *watched) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for {
		m, changed := s.now()
		var html strings.Builder
		if err := pages.ExecutionFragment(m).Render(r.Context(), &html); err != nil {
			return
		}
		fmt.Fprintf(w, "data: %s\n\n", strings.ReplaceAll(html.String(), "\n", "\ndata: "))
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func watch(t *testing.T, name string) (*watched, string) {
	t.Helper()
	m := execution(name)
	m.Now = time.Now()
	s := &watched{t: t, page: m, changed: make(chan struct{})}
	server := httptest.NewServer(s)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return s, server.URL + paths.Execution(m.Name)
}

func TestExecutionPageMovesAndKeepsItsReadersPlace(t *testing.T) {
	s, url := watch(t, "waiting")
	ctx := browse(t)
	do(t, ctx, chromedp.EmulateViewport(1400, 900), chromedp.Navigate(url))
	until(t, ctx, note+` === "on"`)
	until(t, ctx, `document.querySelector('.graph-node[aria-current]').dataset.mark === "waits"`)

	// What the reader has opened, scrolled and made larger must stay as it is.
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`
		document.querySelector("#event-5 > summary").click();
		document.querySelector("#execution-input > summary").click();
		document.querySelector('[data-graph-zoom="in"]').click();
		document.querySelector("#graph-scroll").scrollTop = 120;
		scrollTo({ top: 700, behavior: "instant" })`))
	until(t, ctx, `document.querySelector("#event-5").open && document.documentElement.dataset.graphSize !== undefined`)
	finished := execution("rejected")
	finished.Now, finished.Status = time.Now(), workflow.Failed
	s.show(finished)
	until(t, ctx, `document.querySelectorAll('.graph-node[data-mark="succeeded"]').length > 5 && document.body.textContent.includes("Failed in OrderRejected")`)
	until(t, ctx, `document.querySelector("#event-5").open && document.querySelector("#execution-input").open`)
	until(t, ctx, `document.querySelector("#graph-scroll").scrollTop === 120 && document.documentElement.dataset.graphSize !== undefined`)
	until(t, ctx, `scrollY > 400`)
	until(t, ctx, `document.querySelector("#stop-execution") === null`)
}

func TestExecutionPageStopAsksFirst(t *testing.T) {
	_, url := watch(t, "waiting")
	ctx := browse(t)
	do(t, ctx, chromedp.EmulateViewport(1400, 900), chromedp.Navigate(url))
	until(t, ctx, `document.querySelector("#stop-execution") !== null && !document.querySelector("#stop-execution").open`)
	do(t, ctx, chromedp.Click(chromedp.CSS(`button[commandfor="stop-execution"]`)))
	until(t, ctx, `document.querySelector("#stop-execution").open && document.activeElement.textContent === "Let it go on"`)
}

func TestRetryCountsDown(t *testing.T) {
	ctx := browse(t) // takes its time, which would be counted
	s, url := watch(t, "retrying")
	m, _ := s.now()
	at := m.Now.Add(50 * time.Second)
	for i := range m.Graph.Nodes {
		if m.Graph.Nodes[i].Mark == pages.Retries {
			m.Graph.Nodes[i].Until = at
		}
	}
	m.Waits[0].Until = at
	s.show(m)
	do(t, ctx, chromedp.Navigate(url))
	// Less than what the server said, without another message from it.
	until(t, ctx, `/^[1-4]?\d s$/.test(document.querySelector("[data-until]").textContent)`)
	until(t, ctx, `/^in [1-4]?\d s$/.test(document.querySelector(".notice time[data-countdown]").textContent)`)
}

func TestSelectingAStateKeepsThePlace(t *testing.T) {
	_, url := watch(t, "completed")
	ctx := browse(t)
	do(t, ctx, chromedp.EmulateViewport(1400, 700), chromedp.Navigate(url))
	until(t, ctx, note+` === "on"`)
	do(t, ctx, chromedp.Evaluate[chromedp.Void](`scrollTo({ top: 300, behavior: "instant" }); document.querySelector('.timeline a[href*="ProcessPayment"]').click()`))
	until(t, ctx, `location.search === "?state=ProcessPayment" && document.readyState === "complete" && Math.abs(scrollY - 300) < 2`)
}

func TestExecutionPageFitsAPhone(t *testing.T) {
	_, url := watch(t, "attention")
	ctx := browse(t)
	do(t, ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(url))
	until(t, ctx, `document.querySelector(".graph-node[aria-current] .box").getBoundingClientRect().left > 0`)
	until(t, ctx, `document.documentElement.scrollWidth <= 390`)
}
