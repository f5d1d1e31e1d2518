package web

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
)

// SessionStore keeps sessions. *models.Sessions is one.
type SessionStore interface {
	scs.CtxStore
	// Replace writes a session's data if it is still what was read; replaced is false when
	// another request, of this process or another, has changed or ended it meanwhile.
	Replace(ctx context.Context, token string, read, data []byte, expiry time.Time) (replaced bool, err error)
}

// maxRewrites is how often a session is read again because it has changed meanwhile. Each
// failure is another request's success, so only a browser that sends that many changes at
// once gets there.
const maxRewrites = 64

// errSessionChanged: the session is not any more what it was when it was read.
var errSessionChanged = errors.New("the session was changed by another request")

// rewriteSession changes a stored session as it is now, not as it was when the request came: of
// two requests neither undoes the other's change, and none brings back a session that has been
// ended. change may be called several times; an error from it leaves everything as it is.
// The context that is returned carries the session as written.
func (s *Server) rewriteSession(ctx context.Context, token string, change func(ctx context.Context) error) (context.Context, error) {
	for range maxRewrites {
		ctx, err := s.sessions.Load(context.WithValue(ctx, rewriteKey{}, new(rewrite)), token)
		if err != nil {
			return ctx, err
		}
		if err := change(ctx); err != nil {
			return ctx, err
		}
		if _, _, err := s.sessions.Commit(ctx); !errors.Is(err, errSessionChanged) {
			return ctx, err
		}
	}
	return ctx, errSessionChanged
}

type rewriteKey struct{}

// rewrite is what a session was when rewriteSession read it.
type rewrite struct{ read []byte }

// rewritable is the store that scs sees: within rewriteSession it remembers what is read and
// writes that alone.
type rewritable struct{ SessionStore }

func (r rewritable) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	data, found, err = r.SessionStore.FindCtx(ctx, token)
	if w, ok := ctx.Value(rewriteKey{}).(*rewrite); ok {
		w.read = data
	}
	return data, found, err
}

func (r rewritable) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	w, ok := ctx.Value(rewriteKey{}).(*rewrite)
	if !ok {
		return r.SessionStore.CommitCtx(ctx, token, data, expiry)
	}
	replaced, err := r.Replace(ctx, token, w.read, data, expiry)
	if err == nil && !replaced {
		return errSessionChanged
	}
	return err
}
