package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"countersign/models"
	"countersign/web/paths"
)

func TestHealthAndReadiness(t *testing.T) {
	broken := false
	s := openSite(t, func(o *Options) {
		o.Ready = func(context.Context) error {
			if broken {
				return errors.New("disk on fire")
			}
			return nil
		}
	})
	b := s.browser()
	b.get(paths.Healthz).is(http.StatusOK)
	b.get(paths.Readyz).is(http.StatusOK)
	broken = true
	if a := b.get(paths.Readyz).is(http.StatusServiceUnavailable); strings.Contains(a.body, "fire") || a.Header.Get("Retry-After") == "" {
		t.Errorf("%v %s", a.Header, a.body)
	}
	b.get(paths.Healthz).is(http.StatusOK)
	broken = false
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.get(paths.Readyz).is(http.StatusServiceUnavailable)
}

func TestLeavingIsSaidBeforeRequestsAreRefused(t *testing.T) {
	s := openSite(t)
	b := s.browser()
	s.Leave()
	b.get(paths.Readyz).is(http.StatusServiceUnavailable).says("shutting down")
	b.get(paths.Healthz).is(http.StatusOK)
	b.get(paths.SignIn).is(http.StatusOK)
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// What asks every few seconds fills no log, and one that hangs up is not the database's failure.
func TestProbesAreQuiet(t *testing.T) {
	var log bytes.Buffer
	broken := false
	s := openSite(t, func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.Ready = func(ctx context.Context) error {
			if broken {
				return errors.New("disk on fire")
			}
			return ctx.Err()
		}
	})
	b := s.browser()
	for _, path := range []string{paths.Healthz, paths.Readyz, paths.Metrics} {
		b.get(path).is(http.StatusOK)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	b.send(httptest.NewRequestWithContext(gone, http.MethodGet, paths.Readyz, nil)).is(statusClientGone)
	if strings.Contains(log.String(), "level=ERROR") || strings.Contains(log.String(), "status=200") {
		t.Errorf("the log says\n%s", &log)
	}
	broken = true
	for range 3 {
		b.get(paths.Readyz).is(http.StatusServiceUnavailable)
	}
	if strings.Count(log.String(), "level=ERROR") != 1 || !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("the log says\n%s", &log)
	}
}

// An operator reads why, and nothing that is for the log alone.
func TestReadinessSaysWhy(t *testing.T) {
	var failure error
	s := openSite(t, func(o *Options) { o.Ready = func(context.Context) error { return failure } })
	for _, cause := range []struct {
		err  error
		says string
	}{
		{fmt.Errorf("%w: UPDATE secrets: database disk image is malformed", models.ErrDamaged), "Backup and restore"},
		{fmt.Errorf("%w: %w: UPDATE secrets", models.ErrUnwritable, models.ErrDamaged), "Backup and restore"},
		{fmt.Errorf("%w: UPDATE secrets: disk is full", models.ErrUnwritable), "disk is full"},
	} {
		failure = cause.err
		if a := s.browser().get(paths.Readyz).is(http.StatusServiceUnavailable); !strings.Contains(a.body, cause.says) || strings.Contains(a.body, "UPDATE") {
			t.Errorf("%v: %s", cause.err, a.body)
		}
	}
}

func TestMetricsAreForThisMachineAndOperators(t *testing.T) {
	s := openSite(t, withoutDemo)
	if err := s.store.AddPerson(t.Context(), models.Person{ID: "op", Name: "Op", Email: "op@example.com", Roles: operators.roles[:1]}, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.store.AddPerson(t.Context(), models.Person{ID: "cu", Name: "Cu", Email: "cu@example.com"}, ""); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		address, key, forwarded string
		status                  int
	}{
		{"127.0.0.1:1", "", "", 200}, {"[::1]:1", "", "", 200},
		{"127.0.0.1:1", "", "10.0.0.1", 401}, {"10.0.0.1:1", "", "", 401},
		{"10.0.0.1:1", s.keyOf("cu"), "", 403}, {"10.0.0.1:1", s.keyOf("op"), "", 200},
	} {
		r := httptest.NewRequest(http.MethodGet, paths.Metrics, nil)
		if tc.key != "" {
			r.Header.Set("Authorization", "Bearer "+tc.key)
		}
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		b := s.browser()
		b.address = tc.address
		if a := b.send(r); a.StatusCode != tc.status {
			t.Errorf("%+v: got %d", tc, a.StatusCode)
		}
	}
}

func TestMetricsSayHowManyOrdersWaitForSomebody(t *testing.T) {
	s := openSite(t)
	b := s.browser()
	b.get(paths.Metrics).is(http.StatusOK).says("countersign_orders_needing_attention 0").says("countersign_orders_awaiting_approval 0")
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	if a := b.get(paths.Metrics).is(http.StatusOK).says("countersign_build_info"); strings.Contains(a.body, "orders_needing") {
		t.Errorf("counted without a database:\n%s", a.body)
	}
}

func TestMetricsCountByRouteAndNotByPath(t *testing.T) {
	s := openSite(t)
	b := s.browser()
	s.call(models.DemoKey, http.MethodGet, paths.APIOrder("secret-number"), "")
	b.get("/made/up")
	b.send(httptest.NewRequest("BREW", "/made/up", nil))
	a := b.get(paths.Metrics).is(http.StatusOK)
	a.says(`countersign_http_request_duration_seconds_count{method="GET",route="/api/orders/:orderId",status="404"} 1`)
	a.says(`route="none"`).says(`method="other"`).says(`countersign_build_info{version="test"} 1`)
	for _, leaked := range []string{"secret-number", "made/up", "BREW"} {
		if strings.Contains(a.body, leaked) {
			t.Errorf("a label says %q", leaked)
		}
	}
}
