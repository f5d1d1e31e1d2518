package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/workflow"
)

// How long a session lives: idle counts from the last request, lifetime from the sign-in.
// The time of the last request is written at most every touchEvery, so that reading pages
// does not write to the database at every click.
const (
	sessionIdle     = 12 * time.Hour
	sessionLifetime = 7 * 24 * time.Hour
	touchEvery      = 15 * time.Minute
)

// Keys of a session's values.
const (
	keyPerson     = "person"     // id of who signed in
	keyCredential = "credential" // version of the person's credentials at that time
	keySeen       = "seen"       // unix seconds of the last request, to touchEvery
)

func newSessions(store SessionStore, secure bool) *scs.SessionManager {
	// Not scs.New: that starts a goroutine for a store in memory.
	m := &scs.SessionManager{
		Store: rewritable{store}, Codec: scs.GobCodec{}, Lifetime: sessionLifetime,
		Cookie: scs.SessionCookie{
			Name: "countersign", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure, Persist: true,
		},
	}
	if secure {
		m.Cookie.Name = "__Host-countersign" // browsers take it over HTTPS and from this very host only
	}
	return m
}

// visit is one request's session and who is behind it.
type visit struct {
	sessions *scs.SessionManager
	ctx      context.Context // carries the session's values
	cookie   string          // the session cookie's value; the CSRF token is made of it
	person   *models.Person  // nil: nobody
	saved    bool
}

const visitKey = "visit"

func visitOf(c echo.Context) *visit {
	v, _ := c.Get(visitKey).(*visit)
	return v
}

// personOf is who asks, by session or by API key; nil when nobody is signed in.
func personOf(c echo.Context) *models.Person {
	if v := visitOf(c); v != nil {
		return v.person
	}
	return nil
}

// withSession loads the session and the person behind it.
func (s *Server) withSession(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		v := &visit{sessions: s.sessions}
		if cookie, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
			v.cookie = cookie.Value
		}
		ctx, err := s.sessions.Load(r.Context(), v.cookie)
		if err != nil {
			return err
		}
		v.ctx = ctx
		c.SetRequest(r.WithContext(ctx))
		c.Response().Header().Add(echo.HeaderVary, "Cookie")
		c.Set(visitKey, v)
		if v.person, err = s.sessionPerson(ctx); err != nil {
			return err
		}
		if v.person != nil {
			s.touch(r.Context(), v)
		}
		return next(c)
	}
}

// sessionPerson is the person who signed in, as they are now: a session ends when the person
// is locked out, changes the password, or belongs to the demo and the demo is over.
func (s *Server) sessionPerson(ctx context.Context) (*models.Person, error) {
	id := s.sessions.GetString(ctx, keyPerson)
	if id == "" {
		return nil, nil
	}
	seen := time.Unix(s.sessions.GetInt64(ctx, keySeen), 0)
	if s.now().Sub(seen) > sessionIdle {
		return nil, nil
	}
	p, err := s.activePerson(ctx, id)
	if err != nil || p == nil || s.sessions.GetInt64(ctx, keyCredential) != p.CredentialsAt.UnixMilli() {
		return nil, err
	}
	return p, nil
}

// activePerson is the person of that id if they may use Countersign now, else nil.
func (s *Server) activePerson(ctx context.Context, id string) (*models.Person, error) {
	p, err := s.store.Person(ctx, id)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.active(p), nil
}

func (s *Server) active(p models.Person) *models.Person {
	if p.Disabled || p.Demo && !s.demo {
		return nil
	}
	return &p
}

// touch prolongs the session. It loads a copy of its own to write, so that the request goes
// on without a change of the session when that cannot be written: the next sign-in comes
// early, nothing else.
func (s *Server) touch(ctx context.Context, v *visit) {
	seen := time.Unix(s.sessions.GetInt64(v.ctx, keySeen), 0)
	if s.now().Sub(seen) < touchEvery {
		return
	}
	_, err := s.rewriteSession(ctx, v.cookie, func(ctx context.Context) error {
		if !s.sessions.Exists(ctx, keyPerson) {
			return errSignedOut // in another tab meanwhile
		}
		s.sessions.Put(ctx, keySeen, s.now().Unix())
		return nil
	})
	if err != nil && !errors.Is(err, errSignedOut) {
		s.log.WarnContext(ctx, "session not prolonged", "error", err)
	}
}

// signIn makes the session the person's, under a new token, so that a token planted before
// the sign-in is worth nothing after it.
func (s *Server) signIn(c echo.Context, p *models.Person) error {
	v := visitOf(c)
	if err := s.sessions.RenewToken(v.ctx); err != nil {
		return err
	}
	s.sessions.Put(v.ctx, keyPerson, p.ID)
	s.sessions.Put(v.ctx, keyCredential, p.CredentialsAt.UnixMilli())
	s.sessions.Put(v.ctx, keySeen, s.now().Unix())
	v.person = p
	return nil
}

// save writes the session if it has changed and sends its cookie. Every way of answering
// calls it before the status goes out, so an answer is never better than what is stored.
func (v *visit) save(c echo.Context) error {
	if v == nil || v.sessions == nil || v.saved || v.sessions.Status(v.ctx) == scs.Unmodified {
		return nil
	}
	v.saved = true
	if v.sessions.Status(v.ctx) == scs.Destroyed {
		v.setCookie(c, "", time.Time{})
		return nil
	}
	token, expiry, err := v.sessions.Commit(v.ctx)
	if err != nil {
		return err
	}
	v.setCookie(c, token, expiry)
	return nil
}

// ensureCookie gives a browser without a session a random cookie, which no session belongs
// to, for its CSRF tokens to be made of. Nothing is stored for it. A form from another site gets
// none: the browser has kept back the cookie that there is, and this one would replace it.
func (v *visit) ensureCookie(c echo.Context) {
	if v.cookie != "" || v.sessions == nil || !safeMethod(c.Request().Method) && fromElsewhere(c.Request()) {
		return
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	v.cookie = base64.RawURLEncoding.EncodeToString(random)
	v.setCookie(c, v.cookie, time.Now().Add(sessionLifetime))
}

// setCookie keeps the header that scs would add to: nothing here is to be kept at all.
func (v *visit) setCookie(c echo.Context, token string, expiry time.Time) {
	h := c.Response().Header()
	kept := h.Get(echo.HeaderCacheControl)
	v.sessions.WriteSessionCookie(v.ctx, c.Response(), token, expiry)
	h.Set(echo.HeaderCacheControl, kept)
}
