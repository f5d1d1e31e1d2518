package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/workflow"
)

const realm = `Bearer realm="countersign"`

// keyFault is 401. RFC 6750, 3: no error code when no key was sent at all.
func keyFault(message, challenge string) *fault {
	return &fault{Status: http.StatusUnauthorized, Code: "unauthorised", Message: message, Challenge: challenge}
}

// withKey finds the person whose API key the request carries. A cookie counts for nothing
// here, so these routes need no CSRF token. Only wrong keys count as attempts: a program
// may send many requests at the same time, beside others that guess from its address.
func (s *Server) withKey(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		scheme, key, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
		if key = strings.TrimSpace(key); !strings.EqualFold(scheme, "Bearer") || key == "" {
			return keyFault("This address needs an API key: send the header Authorization: Bearer KEY.", realm)
		}
		p, err := s.keyPerson(c.Request().Context(), key)
		if err != nil {
			return err
		}
		if p == nil {
			wait, err := s.keyAttempts.Take(c.Request().Context(), c.RealIP())
			if err != nil {
				return err
			}
			if wait > 0 {
				return tooMany(wait)
			}
			return keyFault("This API key is not known or has been revoked. Make a new one and send that.", realm+`, error="invalid_token"`)
		}
		c.Set(visitKey, &visit{person: p})
		return next(c)
	}
}

// keyPerson is who bears the key, or nil. The demo's key belongs to a demo person, so it
// opens nothing once the demo is over.
func (s *Server) keyPerson(ctx context.Context, key string) (*models.Person, error) {
	p, _, err := s.store.PersonByAPIKey(ctx, key)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil, nil
	}
	if err != nil && p.ID == "" {
		return nil, err
	}
	if err != nil { // known, but not noted as used just now: no reason to turn the caller away
		s.log.WarnContext(ctx, "use of API key not noted", "error", err)
	}
	return s.active(p), nil
}
