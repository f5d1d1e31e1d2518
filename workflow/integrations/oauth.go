package integrations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"countersign/workflow"
)

// tokens are the access tokens of connections, kept in memory until shortly before they end.
type tokens struct {
	client *http.Client
	now    func() time.Time

	mu    sync.Mutex
	known map[string]accessToken // guarded by mu; by connection id
}

type accessToken struct {
	text   string
	ends   time.Time
	madeAt time.Time // of the connection's change that it belongs to
}

const (
	tokenMargin = 30 * time.Second
	tokenLasts  = 5 * time.Minute // when the party does not say
	maxToken    = 64 << 10
)

// of is a connection's token, fetched when there is none in force or when anew asks for it.
func (t *tokens) of(ctx context.Context, c workflow.Connection, anew bool) (string, error) {
	t.mu.Lock()
	known := t.known[c.ID]
	t.mu.Unlock()
	if !anew && known.text != "" && known.madeAt.Equal(c.UpdatedAt) && t.now().Before(known.ends) {
		return known.text, nil
	}
	fresh, err := t.fetch(ctx, c)
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	t.known[c.ID] = fresh
	t.mu.Unlock()
	return fresh.text, nil
}

// fetch is the client credentials grant (RFC 6749, section 4.4). Credentials go into the
// header; a party that refuses that is asked again with them in the body (section 2.3.1).
func (t *tokens) fetch(ctx context.Context, c workflow.Connection) (accessToken, error) {
	a, err := t.ask(ctx, c, false)
	if err == nil && (a.status == http.StatusUnauthorized || a.status == http.StatusBadRequest) {
		a, err = t.ask(ctx, c, true)
	}
	var private *privateAddressError
	switch {
	case errors.As(err, &private):
		return accessToken{}, err
	case ctx.Err() != nil:
		return accessToken{}, ctx.Err()
	case err != nil:
		return accessToken{}, unauthorised(c, "The token endpoint was not reached: %s", reason(err))
	case !a.success():
		return accessToken{}, unauthorised(c, "The token endpoint answered with HTTP status %d.", a.status)
	}
	var answer struct {
		Token   string      `json:"access_token"`
		Expires json.Number `json:"expires_in"`
	}
	if json.Unmarshal(a.body, &answer) != nil || answer.Token == "" || !validHeader("Authorization", answer.Token) {
		return accessToken{}, unauthorised(c, "The token endpoint's answer holds no access_token.")
	}
	lasts := tokenLasts
	if seconds, err := answer.Expires.Float64(); err == nil && seconds > 0 && seconds < 1e8 {
		lasts = time.Duration(seconds * float64(time.Second))
	}
	return accessToken{answer.Token, t.now().Add(lasts - min(tokenMargin, lasts/2)), c.UpdatedAt}, nil
}

func (t *tokens) ask(ctx context.Context, c workflow.Connection, inBody bool) (reply, error) {
	fields := url.Values{"grant_type": {"client_credentials"}}
	if c.Scope != "" {
		fields.Set("scope", c.Scope)
	}
	if inBody {
		fields.Set("client_id", c.User)
		fields.Set("client_secret", c.Secret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.TokenURL, strings.NewReader(fields.Encode()))
	if err != nil {
		return reply{}, err
	}
	if !inBody {
		r.SetBasicAuth(url.QueryEscape(c.User), url.QueryEscape(c.Secret))
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent)
	return exchange(t.client, r, maxToken)
}

func unauthorised(c workflow.Connection, format string, args ...any) *workflow.TaskError {
	return workflow.Failf("Events.ConnectionResource.InvalidConnectionState", "Connection %s is not authorised. %s", c.Name, fmt.Sprintf(format, args...))
}
