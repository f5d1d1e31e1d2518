package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestWhatMachinesAsk is for supervisors, load balancers and metrics collectors.
func TestWhatMachinesAsk(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	a.person(t, "clara", desktop).orders(notebook, goodCard)
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready"} {
		response, err := http.Get(a.URL + path) // no key
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != 200 || strings.TrimSpace(string(body)) != want {
			t.Errorf("%s: status %d, %q, %v", path, response.StatusCode, body, err)
		}
	}
	status, body, err := a.request(t.Context(), "GET", "/metrics", "")
	if err != nil || status != 200 {
		t.Fatalf("/metrics: status %d, %v", status, err)
	}
	for _, want := range []string{"countersign_http_request_duration_seconds_bucket", `countersign_build_info{`, "countersign_state_transitions_total"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
}
