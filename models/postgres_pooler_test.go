package models

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
)

// pooler hands its connections on between transactions, the one that was used last first unless
// they take turns.
type pooler struct {
	free  []*pgx.Conn
	turns bool
}

// client is somebody who believes to have a connection.
func (p *pooler) client() asker {
	var held *pgx.Conn
	return func(ctx context.Context, text string) (string, error) {
		if held == nil {
			next := len(p.free) - 1
			if p.turns {
				next = 0
			}
			held = p.free[next]
			p.free = slices.Delete(p.free, next, next+1)
		}
		answer, err := asks(held)(ctx, text)
		if held.PgConn().TxStatus() == 'I' {
			p.free, held = append(p.free, held), nil
		}
		return answer, err
	}
}

func TestAPoolerBetweenTransactionsIsNoticed(t *testing.T) {
	address := migrated.URL(t)
	conns := make([]*pgx.Conn, 2)
	for i := range conns {
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		conns[i] = conn
	}
	if kept, err := keepsSession(t.Context(), asks(conns[0]), asks(conns[1])); err != nil || !kept {
		t.Errorf("the server itself: kept %v, %v", kept, err)
	}
	for _, turns := range []bool{false, true} {
		p := &pooler{slices.Clone(conns), turns}
		if kept, err := keepsSession(t.Context(), p.client(), p.client()); err != nil || kept {
			t.Errorf("through a pooler whose connections take turns %v: kept %v, %v", turns, kept, err)
		}
	}
}

// What connections ask for is in force, and what the address says comes before it.
func TestConnectionsAreSet(t *testing.T) {
	config, err := pgx.ParseConfig(migrated.URL(t) + "&lock_timeout=7s")
	if err != nil {
		t.Fatal(err)
	}
	pool := openPool(config, 1, map[string]string{"default_transaction_read_only": "on"})
	defer pool.Close()
	for name, want := range map[string]string{"lock_timeout": "7s", "statement_timeout": "1min", "default_transaction_read_only": "on",
		"application_name": "countersign", "synchronous_commit": "on"} {
		var got string
		if err := pool.QueryRow("SELECT current_setting($1)", name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", name, got, want, err)
		}
	}
}
