package models

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// setOnConnect makes statements that set what a connection asks of the server. They are sent once
// there is a connection, not with the request for one, which poolers refuse that do not know them.
func setOnConnect(settings map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		b.WriteString("SELECT set_config(" + literal(name) + ", " + literal(settings[name]) + ", false); ")
	}
	return b.String()
}

// asker performs a statement without parameters on a connection and answers with its first value.
type asker func(ctx context.Context, text string) (string, error)

func asks(conn *pgx.Conn) asker {
	return func(ctx context.Context, text string) (string, error) {
		results, err := conn.PgConn().Exec(ctx, text).ReadAll()
		return firstValue(results), err
	}
}

func firstValue(results []*pgconn.Result) string {
	if len(results) == 0 || len(results[0].Rows) == 0 {
		return ""
	}
	return string(results[0].Rows[0][0])
}

// checkPooler refuses a pooler that gives a connection to somebody else between two transactions:
// what this process prepares, locks and listens to would be another's, or nobody's.
func checkPooler(ctx context.Context, config *pgx.ConnConfig) error {
	var conns [2]*pgx.Conn
	for i := range conns {
		conn, err := pgx.ConnectConfig(ctx, tuned(config, nil))
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		conns[i] = conn
	}
	kept, err := keepsSession(ctx, asks(conns[0]), asks(conns[1]))
	if err == nil && !kept {
		err = &serverError{OpenUnreachable, "is reached through a pooler that hands connections on between transactions (PgBouncer: pool_mode=transaction), " +
			"where LISTEN, prepared statements and advisory locks do not work; name the server itself, or a pooler in session mode"}
	}
	return err
}

// keepsSession says whether one finds again what it has set: at once, as a pooler that takes turns
// does not, and although another has begun a transaction meanwhile, and with it has taken the
// connection that was used last.
func keepsSession(ctx context.Context, one, another asker) (kept bool, err error) {
	mark := rand.Text()
	if _, err := one(ctx, setOnConnect(map[string]string{"countersign.session": mark})); err != nil {
		return false, err
	}
	const look = "SELECT current_setting('countersign.session', true)"
	if found, err := one(ctx, look); err != nil || found != mark {
		return false, err
	}
	if _, err := another(ctx, "BEGIN; SELECT 1"); err != nil {
		return false, err
	}
	found, err := one(ctx, look)
	if err != nil {
		return false, err
	}
	_, err = another(ctx, "ROLLBACK")
	return found == mark, err
}
