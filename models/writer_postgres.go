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
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// postgresSession writes to a database that other processes write to as well. It connects
// again when its connection is lost.
type postgresSession struct {
	server *writerServer
	link   *writerLink // what db speaks over
	db     *gorm.DB
	origin string // of its notifications
	used   time.Time
}

// writerServer is where the sessions of a process get their connections.
type writerServer struct {
	pool *sql.DB

	mu       sync.Mutex
	failed   time.Time // guarded by mu: the latest attempt to connect, if it failed
	failedBy error     // guarded by mu
}

// connect does not try for a while when it has just failed: writes are not to wait for a
// server that does not answer.
func (s *writerServer) connect(ctx context.Context) (*sql.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.failed.IsZero() && time.Since(s.failed) < connectPause {
		return nil, s.failedBy
	}
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		s.failed, s.failedBy = time.Now(), fmt.Errorf("%w: %w", errNoConnection, err)
		return nil, s.failedBy
	}
	s.failed = time.Time{}
	return conn, nil
}

// writerLink is the connection of the moment; Conn is nil when there is none.
type writerLink struct {
	boundConn
	before string // statements to be sent with the next one
}

// ExecContext sends what comes before and the statement together.
func (l *writerLink) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if l.before == "" {
		return l.boundConn.ExecContext(ctx, query, args...)
	}
	query, args = bound(query, args)
	var batch pgx.Batch
	for statement := range strings.SplitSeq(strings.TrimSuffix(l.before, "; "), "; ") {
		batch.Queue(statement)
	}
	l.before = ""
	var affected int64
	batch.Queue(query, args...).Exec(func(done pgconn.CommandTag) error {
		affected = done.RowsAffected()
		return nil
	})
	err := l.raw(func(conn *pgx.Conn) error { return conn.SendBatch(ctx, &batch).Close() })
	return driver.RowsAffected(affected), err
}

func (l *writerLink) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := l.catchUp(); err != nil {
		return nil, err
	}
	return l.boundConn.QueryContext(ctx, query, args...)
}

// QueryRowContext leaves it to the query to fail when what comes before it does.
func (l *writerLink) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = l.catchUp()
	return l.boundConn.QueryRowContext(ctx, query, args...)
}

// catchUp sends what comes before.
func (l *writerLink) catchUp() error {
	if l.before == "" {
		return nil
	}
	_, err := l.tell("")
	return err
}

// tell performs statements without parameters in one round trip, after those that come
// before, and returns the tag of the last one.
func (l *writerLink) tell(text string) (tag string, err error) {
	text, l.before = l.before+text, ""
	err = l.raw(func(conn *pgx.Conn) error {
		ctx, cancel := context.WithTimeout(context.Background(), groupPatience)
		defer cancel()
		results, err := conn.PgConn().Exec(ctx, text).ReadAll()
		if err == nil && len(results) > 0 {
			tag = results[len(results)-1].CommandTag.String()
		}
		return err
	})
	return tag, err
}

func (l *writerLink) raw(fn func(conn *pgx.Conn) error) error {
	return l.Raw(func(c any) error { return fn(c.(*stdlib.Conn).Conn()) })
}

// connectPause is between two attempts to connect.
const connectPause = time.Second

func newPostgresSession(server *writerServer, origin string, over func(gorm.ConnPool) (*gorm.DB, error)) (*postgresSession, error) {
	s := &postgresSession{server: server, link: new(writerLink), origin: origin}
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
	conn, err := s.server.connect(ctx)
	if err == nil {
		s.link.Conn = conn
	}
	return err
}

// mayBeGone is how long a connection may have lain idle before it is asked whether it is there
// still: what is sent over one that is not may or may not have been performed.
const mayBeGone = 100 * time.Millisecond

// ready makes sure that there is a connection, and one that is alive.
func (s *postgresSession) ready() error {
	if err := s.connect(context.Background()); err != nil {
		return err
	}
	idle := time.Since(s.used)
	s.used = time.Now()
	if idle < mayBeGone {
		return nil
	}
	return s.say("SELECT 1")
}

// errNoConnection: nothing was written because the server could not be reached.
var errNoConnection = errors.New("no connection to PostgreSQL")

const beginTransaction = "BEGIN ISOLATION LEVEL READ COMMITTED"

// takeLocks are the statements that take locks, in the order of all.
func takeLocks(needs locks) (statements []string) {
	for n := range allLocks {
		if needs&(1<<n) != 0 {
			statements = append(statements, "SELECT pg_advisory_xact_lock("+lockKey(n)+")")
		}
	}
	return statements
}

func (s *postgresSession) begin(needs locks) error {
	if err := s.connect(context.Background()); err != nil {
		return err
	}
	if err := s.say(strings.Join(append([]string{beginTransaction}, takeLocks(needs)...), "; ")); err != nil {
		s.rollback()
		return err
	}
	return nil
}

// Savepoints are not worth a round trip of their own: they go with the next statement.
func (s *postgresSession) savepoint() error {
	s.link.before += "SAVEPOINT one; "
	return nil
}

func (s *postgresSession) release() error {
	if s.status() == 'E' { // a statement had failed, and the write did not say so
		return errors.New("a statement failed unnoticed")
	}
	s.link.before += "RELEASE SAVEPOINT one; "
	return nil
}

// status is PostgreSQL's: I outside of a transaction, T in one, E in one that has failed.
func (s *postgresSession) status() (status byte) {
	_ = s.link.raw(func(conn *pgx.Conn) error { status = conn.PgConn().TxStatus(); return nil })
	return status
}

func (s *postgresSession) rollbackTo() error {
	return s.say("ROLLBACK TO SAVEPOINT one")
}

func (s *postgresSession) commit(group []*write) error {
	var text string
	for _, payload := range notifications(s.origin, group) {
		text += "SELECT pg_notify('" + channel + "', " + literal(payload) + "); "
	}
	if tallies := talliesOf(group); tallies != nil {
		text += `INSERT INTO metric_tallies (tallies) VALUES ('\x` + hex.EncodeToString(tallies) + `'); `
	}
	tag, err := s.link.tell(text + "COMMIT")
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
	s.link.before = ""
	if err := s.say("ROLLBACK"); err != nil || s.lost() {
		_ = s.link.Raw(func(any) error { return driver.ErrBadConn })
		_ = s.link.Close()
		s.link.Conn = nil
	}
}

// say performs statements without parameters in one round trip.
func (s *postgresSession) say(text string) error {
	_, err := s.link.tell(text)
	return err
}

func (s *postgresSession) lost() bool {
	closed := true
	_ = s.link.raw(func(conn *pgx.Conn) error { closed = conn.IsClosed(); return nil })
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
	stalled := said.Code == "25P03"                                                                     // and the server has undone it
	return serialisation || deadlock || stalled || oldPlan(said) || strings.HasPrefix(said.Code, "57P") // the server ends the connection
}

// lostConnection says that there was no answer, rather than one that says no.
func lostConnection(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &network) || pgconn.SafeToRetry(err) || errors.Is(err, pgconn.ErrConnClosed)
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
