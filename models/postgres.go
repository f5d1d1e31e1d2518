package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	connectPatience = 5 * time.Second
	// A peer that is silent for so long, or does not confirm what was sent, is gone.
	peerPatience = 15 * time.Second
)

// everyConnection is what a connection asks of the server: nothing hangs for ever, and the
// locks of a process that vanishes are free soon. What a URL says comes first.
var everyConnection = map[string]string{
	"application_name":  "countersign",
	"jit":               "off", // which pays for queries that take longer than any of ours should
	"statement_timeout": "60s", "lock_timeout": "20s", "idle_in_transaction_session_timeout": "60s",

	"standard_conforming_strings": "on", // an administrator who runs old programs may have set it otherwise

	"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3", "tcp_user_timeout": "20s",
}

// tuned is a copy of config with settings for its connections.
func tuned(config *pgx.ConnConfig, settings map[string]string) *pgx.ConnConfig {
	c := config.Copy()
	wanted := maps.Clone(everyConnection)
	maps.DeleteFunc(wanted, func(name, _ string) bool { return c.RuntimeParams[name] != "" })
	maps.Copy(wanted, settings)
	statements := setOnConnect(wanted) + keepsPromises
	c.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		_, err := conn.Exec(ctx, statements).ReadAll()
		return err
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectPatience / time.Duration(servers(c))
	}
	dialer := &net.Dialer{Control: limitSilence,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 5 * time.Second, Count: 2}}
	c.DialFunc = dialer.DialContext
	return c
}

// servers is how many an address names, to be tried one after the other.
func servers(c *pgx.ConnConfig) int {
	n, host, port := 1, c.Host, c.Port
	for _, f := range c.Fallbacks { // the same server may be tried with TLS and without
		if f.Host != host || f.Port != port {
			n, host, port = n+1, f.Host, f.Port
		}
	}
	return n
}

// openPool opens nothing yet. It keeps up to size connections.
func openPool(config *pgx.ConnConfig, size int, settings map[string]string) *sql.DB {
	pool := stdlib.OpenDB(*tuned(config, settings))
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	return pool
}

// keepsPromises makes sure that a commit is on disk when it returns, also where the server
// is set to answer earlier. What waits for standbys, too, stays as it is set.
const keepsPromises = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`

// The advisory locks of a database are those that keep groups apart, by their bit, and the
// one of migrations, all under a number of ours.
const (
	lockClass     = applicationID
	migrationLock = 100
)

func lockKey(n int) string { return fmt.Sprintf("%d, %d", lockClass, n) }

// bound numbers the parameters of a statement, and makes its arguments such as PostgreSQL
// stores: a text there has no zero byte and is valid UTF-8.
func bound(query string, args []any) (string, []any) {
	var copied bool
	for i, arg := range args {
		text, ok := textOf(arg)
		if !ok || isStorable(text) {
			continue
		}
		if !copied {
			args, copied = append([]any(nil), args...), true
		}
		args[i] = storable(text)
	}
	if strings.IndexByte(query, '?') < 0 {
		return query, args // GORM has numbered them
	}
	numbered, ok := numberings.Load(query)
	if !ok {
		numbered, _ = numberings.LoadOrStore(query, number(query))
	}
	return numbered.(string), args
}

// textOf is an argument that is a text, of whichever type.
func textOf(arg any) (text string, ok bool) {
	switch arg := arg.(type) {
	case string:
		return arg, true
	case nil, int64, int, bool, []byte, float64, driver.Valuer:
		return "", false
	}
	value := reflect.ValueOf(arg)
	return value.String(), value.Kind() == reflect.String
}

func isStorable(text string) bool { return strings.IndexByte(text, 0) < 0 && utf8.ValidString(text) }

// storable is a text as PostgreSQL can have it.
func storable(text string) string {
	if isStorable(text) {
		return text
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}

// numberings are the statements with ? by their text; there are a few dozen, all constants.
var numberings sync.Map

// number replaces every ? outside of literals.
func number(query string) string {
	var b strings.Builder
	n, literal := 0, false
	for _, r := range query {
		switch {
		case r == '\'':
			literal = !literal
		case r == '?' && !literal:
			n++
			fmt.Fprintf(&b, "$%d", n)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// boundPool is a pool of connections to PostgreSQL as GORM, and whoever goes past it, sees it.
type boundPool struct{ *sql.DB }

func (p boundPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	query, args = bound(query, args)
	return p.DB.ExecContext(ctx, query, args...)
}

func (p boundPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query, args = bound(query, args)
	for again := p.spare(); ; again-- {
		rows, err := p.DB.QueryContext(ctx, query, args...)
		if again == 0 || !stale(err) {
			return rows, err
		}
	}
}

func (p boundPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	query, args = bound(query, args)
	for again := p.spare(); ; again-- {
		row := p.DB.QueryRowContext(ctx, query, args...)
		if again == 0 || !stale(row.Err()) {
			return row
		}
	}
}

// spare is how many connections may be found dead, one after the other, when the server
// was restarted, before one is made that is not.
func (p boundPool) spare() int { return p.Stats().MaxOpenConnections + 1 }

// stale says that a query met a connection that had ended before, or a prepared statement
// from before a migration; neither is there any more.
func stale(err error) bool {
	var connecting *pgconn.ConnectError
	if err == nil || errors.As(err, &connecting) {
		return false
	}
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return strings.HasPrefix(said.Code, "57P") || oldPlan(said)
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// oldPlan: another version has migrated since the statement was prepared.
func oldPlan(said *pgconn.PgError) bool {
	return said.Code == "0A000" && strings.Contains(said.Message, "cached plan")
}

// boundConn is one connection in the same way.
type boundConn struct{ *sql.Conn }

func (c boundConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	query, args = bound(query, args)
	return c.Conn.ExecContext(ctx, query, args...)
}

func (c boundConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query, args = bound(query, args)
	return c.Conn.QueryContext(ctx, query, args...)
}

func (c boundConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	query, args = bound(query, args)
	return c.Conn.QueryRowContext(ctx, query, args...)
}
