package web

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
	"unicode"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// showFault is the error page: inside the navigation for somebody who is signed in.
func (s *Server) showFault(c echo.Context, f *fault) error {
	m := pages.NewFailure(f.Status, f.Message)
	if f == errForged {
		m.Title = "This form is out of date"
	}
	if f.Status >= http.StatusInternalServerError {
		m.Reference = requestID(c)
	}
	if visitOf(c) == nil && (f.Status == http.StatusNotFound || f.Status == http.StatusMethodNotAllowed) {
		// No route, so nobody has looked who this is; with their navigation they find on.
		if err := s.withSession(func(echo.Context) error { return nil })(c); err != nil {
			s.log.WarnContext(c.Request().Context(), "error page shown to nobody known", "error", err, "request", requestID(c))
		}
	}
	frame := s.frame(c, m.Title, layouts.None)
	if frame.Person == nil {
		return s.showPlain(c, f.Status, frame, pages.FailurePage(m))
	}
	return s.show(c, f.Status, frame, pages.FailurePage(m))
}

// needsMe counts what waits for this person's decision, for the badge in the navigation.
// A page is worth showing without it.
func (s *Server) needsMe(c echo.Context, p *models.Person) workflow.Count {
	if !p.Has(workflow.RoleApprover) {
		return workflow.Count{}
	}
	counts, err := s.store.CountApprovals(c.Request().Context(), p.ID)
	if err != nil {
		s.log.WarnContext(c.Request().Context(), "approvals not counted", "error", err)
		return workflow.Count{}
	}
	return counts.NeedsMe
}

func tooMany(wait time.Duration) *fault {
	return &fault{
		Status: http.StatusTooManyRequests, Code: "too_many_attempts", RetryAfter: wait,
		Message: fmt.Sprintf("Too many attempts came from here or for this account. Try again in %d seconds.", wholeSeconds(wait)),
	}
}

func setRetryAfter(c echo.Context, wait time.Duration) {
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(wholeSeconds(wait)))
}

func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
