package web

import (
	"context"
	"strings"
	"time"

	"countersign/models"
)

// attemptStore counts attempts, for all servers that share it.
type attemptStore interface {
	Attempts(name string, burst int, every time.Duration) models.Attempts
}

// signInAttempts spends an attempt of the address and of the e-mail address.
func (s *Server) signInAttempts(ctx context.Context, address, email string) (wait time.Duration, err error) {
	if wait, err = s.addressAttempts.Take(ctx, address); err != nil || wait > 0 {
		return wait, err
	}
	return s.emailAttempts.Take(ctx, strings.ToLower(email))
}

// giveBack returns an attempt that turned out to be right. That may fail: then the next attempts
// are fewer, nothing else.
func (s *Server) giveBack(ctx context.Context, of models.Attempts, key string) {
	if err := of.GiveBack(ctx, key); err != nil {
		s.log.WarnContext(ctx, "attempt not given back", "error", err)
	}
}
