package web

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"countersign/static"
	"countersign/web/paths"
)

// maxBody bounds every request's body; what is larger is answered with 413.
const maxBody = 1 << 20

// maxDefinitionBody is that of a form with a definition, of which a browser writes up to three
// bytes for one.
const maxDefinitionBody = 4 << 20

func bodyLimit(r *http.Request) int64 {
	if strings.HasPrefix(r.URL.Path, paths.StateMachines) {
		return maxDefinitionBody
	}
	return maxBody
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"

// withRequestID numbers the request for its reader and the log. A number from outside is
// not taken over: whoever sends it could write other people's numbers into our log.
func withRequestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text()[:12])
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// logged writes one line for each request and measures it. Queries, cookies and
// bodies stay out of the log, and so do paths that are secrets themselves.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		_ = next(c) // answered has dealt with errors
		r, res := c.Request(), c.Response()
		took := time.Since(began)
		s.metrics.observe(r.Method, c.Path(), res.Status, took)
		err, _ := c.Get(errorKey).(error)
		level := s.levelOf(c.Path(), res.Status, err)
		attributes := []any{"method", r.Method, "path", loggedPath(c), "status", res.Status,
			"bytes", res.Size, "took", took, "request", requestID(c)}
		if p := personOf(c); p != nil {
			attributes = append(attributes, "person", p.ID)
		}
		if err != nil && res.Status >= http.StatusInternalServerError {
			attributes = append(attributes, "error", err)
		}
		s.log.Log(r.Context(), level, "request", attributes...)
		return nil
	}
}

// levelOf says how loud the line of a request is. That none can be served is an error which is
// told once; each request says it to whoever looks for that one.
func (s *Server) levelOf(path string, status int, err error) slog.Level {
	switch probe := path == paths.Healthz || path == paths.Readyz || path == paths.Metrics; {
	case status == http.StatusServiceUnavailable && err != nil:
		s.refused.Failed("requests cannot be served", 1, err, "path", path)
		if probe {
			return slog.LevelDebug
		}
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case probe:
		s.refused.Worked()
		return slog.LevelDebug // asked every few seconds, and always the same
	default:
		s.refused.Worked()
	}
	return slog.LevelInfo
}

func loggedPath(c echo.Context) string {
	if c.Path() == paths.Setup(":token") {
		return c.Path()
	}
	return c.Request().URL.Path
}

// recovered turns a panic into an error, with its stack in the log.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.log.ErrorContext(c.Request().Context(), "panic", "panic", p,
				"request", requestID(c), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}()
		return next(c)
	}
}

// withHeaders sets what protects every answer. Answers are private and not to be kept unless
// a handler says otherwise; assets do.
func (s *Server) withHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// withOwnHost refuses names that are not this machine's in the demo, whose people sign in
// with one click: a foreign page could otherwise reach it under a name of its own that
// resolves to the loopback address (DNS rebinding).
func withOwnHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !loopbackName(c.Request().Host) {
			return &fault{Status: http.StatusMisdirectedRequest, Code: "foreign_host",
				Message: "In demo mode Countersign answers to 127.0.0.1 and localhost only. Open it under that address, or start it with --no-demo."}
		}
		return next(c)
	}
}

func loopbackName(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimPrefix(host, "sync-") // what AWS's clients write before the host of some operations
	switch strings.TrimSuffix(strings.TrimPrefix(host, "["), "]") {
	case "127.0.0.1", "::1", "localhost":
		return true
	}
	return false
}

// withLimit bounds the body: announced sizes at once, others while they are read.
func withLimit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if asksStepFunctions(r) {
			return next(c) // which has a limit of its own, and its own words for it
		}
		limit := bodyLimit(r)
		if r.ContentLength > limit {
			c.Response().Header().Set("Connection", "close") // the rest is not worth reading
			return &http.MaxBytesError{Limit: limit}
		}
		r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, limit)
		return next(c)
	}
}

// compressed leaves out streams, which must not wait for a block to fill, and assets, which
// come compressed.
func compressed() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: 1024,
		Skipper: func(c echo.Context) bool {
			return strings.HasSuffix(c.Path(), "/live") || strings.HasPrefix(c.Path(), static.Prefix)
		},
	})
}
