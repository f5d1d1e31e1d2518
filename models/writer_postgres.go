package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// postgresSession writes to a database that other processes write to as well. It connects
// again when its connection is lost.
type postgresSession struct {
	pool *sql.DB
	link *writerLink // what db speaks over
	db   *gorm.DB

	process *atomic.Uint32 // of the server, for this connection

	failed   time.Time // the latest attempt to connect, if it failed
	failedBy error
}

// writerLink is the connection of the moment; conn is nil when there is none.
type writerLink struct{ boundConn }

// connectPause keeps writes from waiting for a server that was just found not to answer.
const connectPause = time.Second

func newPostgresSession(config *pgx.ConnConfig, process *atomic.Uint32, over func(gorm.ConnPool) (*gorm.DB, error)) (*postgresSession, error) {
	s := &postgresSession{pool: openPool(config, 1, nil), link: new(writerLink), process: process}
	var err error
	s.db, err = over(&writerConn{conn: s.link})
	return s, err
}

func (s *postgresSession) gorm() *gorm.DB { return s.db }

// connect makes sure that there is a connection.
func (s *postgresSession) connect(ctx context.Context) error {
	if s.link.Conn != nil {
		return nil
	}
	if !s.failed.IsZero() && time.Since(s.failed) < connectPause {
		return s.failedBy
	}
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		s.failed, s.failedBy = time.Now(), fmt.Errorf("%w: %w", errNoConnection, err)
		return s.failedBy
	}
	s.link.Conn, s.failed = conn, time.Time{}
	return s.raw(func(conn *pgx.Conn) error {
		s.process.Store(conn.PgConn().PID())
		return nil
	})
}

// errNoConnection: nothing was written because the server could not be reached.
var errNoConnection = errors.New("no connection to PostgreSQL")

func (s *postgresSession) begin(needs locks) error {
	if err := s.connect(context.Background()); err != nil {
		return err
	}
	text := "BEGIN ISOLATION LEVEL READ COMMITTED"
	for n := range allLocks {
		if needs&(1<<n) != 0 {
			text += "; SELECT pg_advisory_xact_lock(" + lockKey(n) + ")"
		}
	}
	if err := s.say(text); err != nil {
		s.rollback()
		return err
	}
	return nil
}

func (s *postgresSession) savepoint() error  { return s.say("SAVEPOINT one") }
func (s *postgresSession) rollbackTo() error { return s.say("ROLLBACK TO SAVEPOINT one") }
func (s *postgresSession) release() error    { return s.say("RELEASE SAVEPOINT one") }

func (s *postgresSession) commit(group []*write) error {
	text := notifications(group)
	if tallies := talliesOf(group); tallies != nil {
		text += `INSERT INTO metric_tallies (tallies) VALUES ('\x` + hex.EncodeToString(tallies) + `'); `
	}
	tag, err := s.tell(text + "COMMIT")
	switch {
	case err != nil && s.lost():
		return fmt.Errorf("%w: %w", errUncertain, err)
	case err != nil:
		return err
	case tag != "COMMIT": // a statement had failed, and somebody did not say so
		return fmt.Errorf("%w: PostgreSQL answered %s", errGroupLost, tag)
	}
	return nil
}

// rollback gives a connection that is lost back to the pool, which throws it away.
func (s *postgresSession) rollback() {
	if s.link.Conn == nil {
		return
	}
	if err := s.say("ROLLBACK"); err != nil || s.lost() {
		_ = s.link.Raw(func(any) error { return driver.ErrBadConn })
		_ = s.link.Close()
		s.link.Conn = nil
	}
}

// say performs statements without parameters in one round trip.
func (s *postgresSession) say(text string) error {
	_, err := s.tell(text)
	return err
}

// tell returns the tag of the last statement.
func (s *postgresSession) tell(text string) (tag string, err error) {
	err = s.raw(func(conn *pgx.Conn) error {
		results, err := conn.PgConn().Exec(context.Background(), text).ReadAll()
		if err == nil && len(results) > 0 {
			tag = results[len(results)-1].CommandTag.String()
		}
		return err
	})
	return tag, err
}

func (s *postgresSession) raw(fn func(conn *pgx.Conn) error) error {
	return s.link.Raw(func(c any) error { return fn(c.(*stdlib.Conn).Conn()) })
}

func (s *postgresSession) lost() bool {
	closed := true
	_ = s.raw(func(conn *pgx.Conn) error { closed = conn.IsClosed(); return nil })
	return closed
}

// again is for a group that other processes' groups came in the way of, and for one whose
// connection was lost before it was to be committed.
func (s *postgresSession) again(err error) bool {
	if errors.Is(err, errUncertain) || errors.Is(err, errNoConnection) {
		return false
	}
	var said *pgconn.PgError
	if !errors.As(err, &said) {
		return lostConnection(err)
	}
	serialisation, deadlock := said.Code == "40001", said.Code == "40P01"
	return serialisation || deadlock || oldPlan(said) || strings.HasPrefix(said.Code, "57P") // the server ends the connection
}

// lostConnection says that there was no answer, rather than one that says no.
func lostConnection(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &network) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

func (s *postgresSession) close() error {
	if s.link.Conn == nil {
		return nil
	}
	if err := s.link.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil
}
