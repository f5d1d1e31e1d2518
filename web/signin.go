package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/views/layouts"
	"countersign/views/pages"
	"countersign/workflow"
)

// peopleStore says who somebody is.
type peopleStore interface {
	Person(ctx context.Context, id string) (models.Person, error)
	People(ctx context.Context) ([]models.Person, error)
	PersonByAPIKey(ctx context.Context, secret string) (models.Person, models.APIKey, error)
	CountApprovals(ctx context.Context, personID string) (models.ApprovalCounts, error)
}

// signInStore is what signing in reads and writes down.
type signInStore interface {
	PersonByEmail(ctx context.Context, email string) (models.Person, error)
	RecordSignIn(ctx context.Context, personID, how string) error
	RecordAudit(ctx context.Context, e models.AuditEntry) error
	Settings(ctx context.Context) (workflow.Settings, error)
}

const wrongSignIn = "E-mail or password is not right."

func (s *Server) signInForm(c echo.Context) error {
	return s.showSignIn(c, http.StatusOK, pages.SignIn{Next: localPath(c.QueryParam("next"))})
}

func (s *Server) showSignIn(c echo.Context, status int, m pages.SignIn) error {
	ctx := c.Request().Context()
	settings, err := s.store.Settings(ctx)
	if err != nil {
		return err
	}
	if s.demo {
		if m.People, err = s.demoPeople(c); err != nil {
			return err
		}
	}
	frame := s.frame(c, "Sign in", layouts.None)
	m.CSRF, m.Demo, m.Now, m.Limit = frame.CSRF, s.demo, frame.Now, settings.ApprovalLimit
	return s.showPlain(c, status, frame, pages.SignInPage(m))
}

// signInByPassword takes as long for an e-mail address that nobody has as for a wrong password, and
// says the same.
func (s *Server) signInByPassword(c echo.Context) error {
	ctx := c.Request().Context()
	form := pages.SignIn{Email: strings.TrimSpace(field(c, "email")), Next: localPath(field(c, "next"))}
	wait, err := s.signInAttempts(ctx, c.RealIP(), form.Email)
	if err != nil {
		return err
	}
	if wait > 0 {
		form.Problem, form.Wait = tooMany(wait).Message, s.now().Add(wait)
		setRetryAfter(c, wait)
		return s.showSignIn(c, http.StatusTooManyRequests, form)
	}
	p, err := s.personBehind(ctx, form.Email, field(c, "password"))
	if err != nil {
		return err
	}
	if p == nil {
		form.Problem = wrongSignIn
		if err := s.noteFailedSignIn(c, form.Email); err != nil {
			return err
		}
		return s.showSignIn(c, http.StatusUnprocessableEntity, form)
	}
	s.giveBack(ctx, s.addressAttempts, c.RealIP())
	s.giveBack(ctx, s.emailAttempts, strings.ToLower(form.Email))
	return s.enter(c, p, "password", form.Next)
}

// personBehind is who has this e-mail address and password, or nil.
func (s *Server) personBehind(ctx context.Context, email, password string) (*models.Person, error) {
	p, err := s.store.PersonByEmail(ctx, email)
	if err != nil && !errors.Is(err, workflow.ErrNotFound) {
		return nil, err
	}
	right, err := verifyPassword(ctx, password, p.PasswordHash)
	if err != nil || !right {
		return nil, err
	}
	return s.active(p), nil
}

func (s *Server) noteFailedSignIn(c echo.Context, email string) error {
	p, err := s.store.PersonByEmail(c.Request().Context(), email)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil // what strangers type is not written down
	}
	if err != nil {
		return err
	}
	return s.store.RecordAudit(c.Request().Context(), models.AuditEntry{
		PersonID: p.ID, Action: models.AuditSignInFailed, Subject: "person " + p.ID, Detail: "from " + c.RealIP(),
	})
}

// enter signs the person in and leads to where they wanted to go.
func (s *Server) enter(c echo.Context, p *models.Person, how, next string) error {
	if err := s.store.RecordSignIn(c.Request().Context(), p.ID, how); err != nil {
		return err
	}
	if err := s.signIn(c, p); err != nil {
		return err
	}
	return seeOther(c, cmp.Or(next, firstPage(p)))
}
