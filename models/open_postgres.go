package models

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

func isPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
}

// Place names the database that an address leads to, for people to read: without a password.
func Place(address string) string {
	if !isPostgres(address) {
		return address
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return "a PostgreSQL database"
	}
	return placeOf(config)
}

// openPostgres takes no exclusive use: any number of processes may have the database open.
func (s *Store) openPostgres(ctx context.Context, url string) error {
	s.dialect = postgresDialect{}
	config, err := postgresConfig(url)
	if err != nil {
		return err
	}
	at := placeOf(config)
	for _, step := range []func(context.Context, *pgx.ConnConfig) error{s.preparePostgres, s.openListener, s.openPostgresWriter, s.openPostgresReaders} {
		if err := step(ctx, config); err != nil {
			return unusablePostgres(at, config.Database, err)
		}
	}
	if err := s.openMeter(ctx); err != nil {
		return unusablePostgres(at, config.Database, err)
	}
	return nil
}

func postgresConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil { // which may quote a part of the password
		return nil, openError(OpenUnreachable, "", nil, "the --database that begins with postgres:// is no address of a PostgreSQL database; "+
			"write postgres://USER:PASSWORD@HOST:5432/DATABASE, and what is special in it as %%20")
	}
	return config, nil
}

// placeOf names a database without telling the password.
func placeOf(c *pgx.ConnConfig) string {
	if c.Database == "" {
		c.Database = c.User
	}
	return "database " + c.Database + " at " + net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))
}

// migrationPatience is how long a process waits for another that brings the tables up to date.
const migrationPatience = 5 * time.Minute

// preparePostgres looks whether the server will do and brings the tables up to date. Of
// processes that start together one does, and the others wait for it.
func (s *Store) preparePostgres(ctx context.Context, config *pgx.ConnConfig) error {
	pool := openPool(config, 1, map[string]string{"lock_timeout": strconv.FormatInt(migrationPatience.Milliseconds(), 10)})
	defer pool.Close()
	if err := pool.PingContext(ctx); err != nil {
		return err
	}
	if err := checkPooler(ctx, config); err != nil {
		return err
	}
	if err := s.checkServer(ctx, pool); err != nil {
		return err
	}
	if _, err := pool.ExecContext(ctx, "SELECT pg_advisory_lock("+lockKey(migrationLock)+")"); err != nil {
		return err
	}
	if err := checkOurs(ctx, pool); err != nil {
		return err
	}
	if s.moving {
		if err := markTarget(ctx, pool); err != nil {
			return err
		}
	}
	for _, statement := range basis {
		if _, err := pool.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if err := s.migrate(ctx, boundPool{pool}); err != nil {
		return err
	}
	// No part of the history is kept for the metrics to count: that stands in metric_tallies.
	_, err := pool.ExecContext(ctx, `UPDATE metric_progress SET counted_to = $1 WHERE counted_to <> $1`, int64(math.MaxInt64))
	return err
}

// leastServer is the oldest version that is tested.
const leastServer = 130000

func (s *Store) checkServer(ctx context.Context, pool *sql.DB) error {
	var version int
	var name, encoding, fsync string
	var standby bool
	err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('server_encoding'),
		current_setting('fsync'), pg_is_in_recovery()`).Scan(&version, &name, &encoding, &fsync, &standby)
	switch {
	case err != nil:
		return err
	case version < leastServer:
		return &serverError{OpenUnreachable, "is PostgreSQL " + name + ", which is too old; use version 13 or later"}
	case encoding != "UTF8":
		return &serverError{OpenNotDatabase, "has the encoding " + encoding + "; make one with ENCODING 'UTF8' TEMPLATE template0"}
	case standby:
		return &serverError{OpenReadOnly, "is a standby, which cannot be written; name the primary server"}
	case fsync != "on": // its administrator has decided so: a trial, or a disk that needs none
		s.log.Error("PostgreSQL runs with fsync=off: when its machine fails, what was acknowledged is lost and the database may be damaged")
	}
	s.checkRoom(ctx, pool)
	return nil
}

// checkRoom warns when there will be too few connections, which shows only later, under load. A
// server that only speaks PostgreSQL's protocol need not count them.
func (s *Store) checkRoom(ctx context.Context, pool *sql.DB) {
	var room int
	err := pool.QueryRowContext(ctx, `SELECT least(
		current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - (SELECT sum(numbackends) FROM pg_stat_database),
		(SELECT CASE WHEN datconnlimit >= 0 THEN datconnlimit - pg_stat_get_db_numbackends(oid) END FROM pg_database WHERE datname = current_database()),
		(SELECT CASE WHEN rolconnlimit >= 0 THEN rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usename = rolname) END
			FROM pg_roles WHERE rolname = current_user))`).Scan(&room)
	if err != nil {
		return
	}
	if room++; room < connections() { // the present one will be free
		s.log.Warn("PostgreSQL has fewer connections left than this process may need under load: raise max_connections, "+
			"or the limit of the user or the database, or start fewer replicas", "left", room, "needed", connections())
	}
}

// connections is how many a process keeps at most: of the writers, of the listener, and of readers.
func connections() int { return 1 + freeLanes + 1 + 2*readerCount() + 2*gatherQueries }

// checkOurs refuses to put tables among those of another program.
func checkOurs(ctx context.Context, pool *sql.DB) error {
	var foreign bool
	err := pool.QueryRowContext(ctx, `SELECT to_regclass('countersign') IS NULL
		AND EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema())`).Scan(&foreign)
	if err == nil && foreign {
		err = &serverError{OpenNotDatabase, "has tables of another program; make an empty database for Countersign"}
	}
	return err
}

func (s *Store) openPostgresWriter(ctx context.Context, config *pgx.ConnConfig) error {
	pool := openPool(config, 1+freeLanes, allOf(byKey, map[string]string{
		"idle_in_transaction_session_timeout": strconv.FormatInt(stallPatience.Milliseconds(), 10)}))
	s.onClose(pool.Close)
	server, sessions := &writerServer{pool: pool}, make([]session, 1+freeLanes)
	for i := range sessions {
		lane, err := newPostgresSession(server, s.origin, s.gorm)
		if err != nil {
			return err
		}
		if err := lane.connect(ctx); err != nil {
			return err
		}
		sessions[i] = lane
	}
	s.writer = startWriter(&s.writing, maxGroup, sessions[0])
	s.onClose(s.writer.close)
	s.free = startWriter(&s.writing, freeGroup, sessions[1:]...)
	s.onClose(s.free.close)
	return nil
}

// stallPatience is how long a process may stall in the middle of a group while others wait for
// its locks. Then the server undoes the group and lets them go on; nothing that a group does
// takes so long.
var stallPatience = 5 * time.Second

// byKey is for connections whose statements find a few rows by their keys: such a plan is made
// once and stays right however large a table grows. Left to itself the server makes it when the
// tables are empty, or anew for every statement.
var byKey = map[string]string{"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}

// What needs no locks has connections of its own: it does not wait while a group waits for
// another process, and while one group waits for answers of the server another is under way.
const (
	freeLanes = 2
	freeGroup = 128
)

// openPostgresReaders opens connections on which writing is an error.
func (s *Store) openPostgresReaders(ctx context.Context, config *pgx.ConnConfig) (err error) {
	readOnly := map[string]string{"default_transaction_read_only": "on", "statement_timeout": "10min"}
	readers, lookups := openPool(config, 2*readerCount(), readOnly), openPool(config, 2*gatherQueries, allOf(byKey, readOnly))
	s.onClose(readers.Close)
	s.onClose(lookups.Close)
	if err := readers.PingContext(ctx); err != nil {
		return err
	}
	s.lookups = boundPool{lookups}
	s.reader, err = s.gorm(boundPool{readers})
	return err
}

func allOf(all ...map[string]string) map[string]string {
	sum := make(map[string]string)
	for _, some := range all {
		maps.Copy(sum, some)
	}
	return sum
}

// serverError is a server or database that will not do; says completes a sentence about it.
type serverError struct {
	reason OpenReason
	says   string
}

func (e *serverError) Error() string { return e.says }

// unusablePostgres words why a database on a server cannot be used.
func unusablePostgres(at, name string, err error) error {
	var server *serverError
	var said *pgconn.PgError
	code := ""
	if errors.As(err, &said) {
		code = said.Code
	}
	switch {
	case errors.As(err, &server):
		return openError(server.reason, at, err, "%s %s", at, server.says)
	case errors.Is(err, errNewerDatabase):
		return openError(OpenNewer, at, err, "%s was written by a newer version of Countersign; start that version, or choose another --database", at)
	case errors.Is(err, errMoving):
		return openError(OpenMoved, at, err, "%s is being filled by countersign migrate; let that finish, or run the same command again until it does; or else make the database anew", at)
	case code == "3D000":
		return openError(OpenUnreachable, at, err, "there is no %s; make it (CREATE DATABASE %s), or choose another --database", at, name)
	case code == "28P01" || code == "28000":
		return openError(OpenUnreachable, at, err, "%s does not let this user in: %s; mend user and password in --database", at, said.Message)
	case code == "53300":
		return openError(OpenUnreachable, at, err, "%s takes no more connections: %s; raise max_connections or start fewer replicas", at, said.Message)
	case code == "55P03":
		return openError(OpenInUse, at, err, "%s is being brought up to date by another process, which takes long; start this one again later", at)
	case code == "42501" || code == "25006":
		return openError(OpenReadOnly, at, err, "%s cannot be written by this user: %s; grant that, or choose another --database", at, said.Message)
	}
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) || errors.Is(err, os.ErrDeadlineExceeded) {
		return openError(OpenUnreachable, at, err, "%s cannot be reached: %s; see to the server and the way to it, or choose another --database", at, attempt(connecting, err))
	}
	return openError(OpenUnreachable, at, err, "%s cannot be opened: %s; mend that or choose another --database", at, oneLine(err))
}

// attempt is what went wrong at the last of several that were made, with TLS and without, and at
// each address of the host.
func attempt(connecting *pgconn.ConnectError, err error) string {
	text := err.Error()
	if connecting != nil {
		text = connecting.Unwrap().Error()
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// oneLine is what the system said. pgx leaves passwords out of what it says.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

var _ gorm.ConnPool = boundPool{}
