package pgtest

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

func ask(t *testing.T, url, query string) (answer string, err error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return "", err
	}
	defer conn.Close(t.Context())
	err = conn.QueryRow(t.Context(), query).Scan(&answer)
	return answer, err
}

func TestEveryTestHasItsOwnDatabase(t *testing.T) {
	names := map[string]bool{}
	for range 2 {
		name, err := ask(t, URL(t), "SELECT current_database() || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()")
		if err != nil || names[name] {
			t.Errorf("%q, %v", name, err)
		}
		names[name] = true
	}
}

func TestAClusterStopsStartsAndGoes(t *testing.T) {
	var dir string
	t.Run("lives", func(t *testing.T) {
		c := Start(t)
		dir = c.dir
		url := c.URL(t)
		if fsync, err := ask(t, url, "SHOW fsync"); err != nil || fsync != "on" {
			t.Errorf("fsync %q, %v", fsync, err)
		}
		for _, crash := range []bool{false, true} {
			c.Stop(t, crash)
			if _, err := ask(t, url, "SELECT 'there'"); err == nil {
				t.Error("it answers although it was stopped")
			}
			c.Start(t)
			if _, err := ask(t, url, "SELECT 'there'"); err != nil {
				t.Error(err)
			}
		}
	})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("its directory: %v", err)
	}
}
