package models

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"countersign/models/pgtest"
	"countersign/workflow"
)

// onServer performs a statement on a connection of its own.
func onServer(t *testing.T, address, statement string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// eventually tries until it succeeds; connections are made anew meanwhile.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
}

// endConnections has the server end everybody's connections, and returns when they have ended: what
// is sent just before that may or may not be performed.
func endConnections(t *testing.T, address string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	noError(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	noError(t, err)
	theirs, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	noError(t, err)
	_, err = conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid`, theirs)
	noError(t, err)
	eventually(t, "the connections have ended", func() error {
		var left int
		err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1::int[])`, theirs).Scan(&left)
		if err == nil && left > 0 {
			err = fmt.Errorf("%d are left", left)
		}
		return err
	})
}

func TestALostConnectionHeals(t *testing.T) {
	address := migrated.URL(t)
	s := openTestAt(t, address)
	mustCommit(t, s, newCommit(1, "a"))
	changed, cancel := s.Subscribe("anything")
	defer cancel()
	beside := make(chan []workflow.ExecutionID, 1)
	defer s.Hear(func(ids []workflow.ExecutionID) { beside <- ids })()
	endConnections(t, address)
	mustCommit(t, s, newCommit(2, "b")) // by a new connection, without anybody noticing
	if _, err := s.Load(t.Context(), 2); err != nil {
		t.Error(err)
	}
	hears(t, changed) // who knows what has changed meanwhile
	if ids := comes(t, beside, "that it may have been any"); len(ids) > 0 {
		t.Errorf("only %v may have changed", ids)
	}
	other := openTestAt(t, address)
	heard, cancel := s.Subscribe(TopicExecution(3))
	defer cancel()
	mustCommit(t, other, newCommit(3, "c"))
	hears(t, heard)
}

func TestAConnectionLostInAGroup(t *testing.T) {
	address := migrated.URL(t)
	s := openTestAt(t, address)
	times := 0
	err := s.write(t.Context(), nil, func(tx *gorm.DB) error {
		if err := s.audit(tx, AuditEntry{Action: "seen"}); err != nil {
			return err
		}
		if times++; times == 1 {
			endConnections(t, address)
		}
		return s.audit(tx, AuditEntry{Action: "seen"})
	})
	if err != nil || times != 2 {
		t.Errorf("performed %d times, %v", times, err)
	}
	if entries, _, err := s.AuditEntries(t.Context(), AuditFilter{Action: "seen"}, Page{}); err != nil || len(entries) != 2 {
		t.Errorf("%d entries, %v; want those of the second time", len(entries), err)
	}
}

// A statement that fails and is hushed up must not be acknowledged.
func TestAHushedUpFailureIsNotAcknowledged(t *testing.T) {
	s := openTestAt(t, migrated.URL(t))
	errs := writeAll(t, s,
		func(tx *gorm.DB) error {
			_ = s.audit(tx, AuditEntry{Action: "hushed up"})
			_ = tx.Exec(`NOT SQL`)
			return nil
		},
		func(tx *gorm.DB) error { return s.audit(tx, AuditEntry{Action: "innocent"}) })
	entries, _, err := s.AuditEntries(t.Context(), AuditFilter{}, Page{})
	if errs[0] == nil || errs[1] == nil || len(entries) > 0 || err != nil {
		t.Errorf("errors %v, %d entries, %v", errs, len(entries), err)
	}
	mustCommit(t, s, newCommit(1, "a"))
}

func TestADeadlockIsTriedAgain(t *testing.T) {
	address := migrated.URL(t)
	s := []*Store{openTestAt(t, address), openTestAt(t, address)}
	mustCommit(t, s[0], newCommit(1, "a"), newCommit(2, "b"))
	var met sync.WaitGroup
	met.Add(2)
	errs := make([]error, 2)
	var wg sync.WaitGroup
	for i, store := range s {
		first := true
		wg.Go(func() {
			errs[i] = store.writeBlind(context.Background(), nil, func(tx *gorm.DB) error {
				if err := tx.Exec(`UPDATE executions SET cause = cause || 'x' WHERE id = ?`, 1+i).Error; err != nil {
					return err
				}
				if first {
					first = false
					met.Done()
					met.Wait() // each holds what the other wants
				}
				return tx.Exec(`UPDATE executions SET cause = cause || 'x' WHERE id = ?`, 2-i).Error
			})
		})
	}
	wg.Wait()
	for id := range 2 {
		row, err := s[0].Load(t.Context(), workflow.ExecutionID(id+1))
		if err != nil || row.Cause != "xx" || errs[id] != nil {
			t.Errorf("cause %q, %v, %v", row.Cause, err, errs[id])
		}
	}
}

func TestARestartedServer(t *testing.T) {
	cluster := pgtest.Start(t)
	s := uncounted(openTestAt(t, cluster.URL(t)))
	mustCommit(t, s, newCommit(1, "a"))
	for i, crash := range []bool{false, true} {
		cluster.Stop(t, crash)
		for _, w := range []*writer{s.writer, s.free} { // long ago: what is sent a moment later may have arrived
			for _, l := range w.lanes {
				l.session.(*postgresSession).used = time.Time{}
			}
		}
		if err := s.Commit(t.Context(), newCommit(2, "b")); !errors.Is(err, ErrUnwritable) {
			t.Errorf("without a server a commit says %v", err)
		}
		began := time.Now()
		if err := s.Commit(t.Context(), newCommit(2, "b")); !errors.Is(err, ErrUnwritable) || time.Since(began) > 5*time.Second {
			t.Errorf("without a server a commit says %v after %v", err, time.Since(began))
		}
		if err := s.Ready(t.Context()); err == nil {
			t.Error("ready without a server")
		}
		cluster.Start(t)
		eventually(t, "ready again", func() error { return s.Ready(t.Context()) })
		mustCommit(t, s, newCommit(workflow.ExecutionID(10+i), string(rune('p'+i))))
		if _, err := s.Load(t.Context(), 1); err != nil {
			t.Error(err)
		}
	}
}

// Texts that PostgreSQL cannot hold: a function's error may have any.
func TestTextsThatCannotBeStored(t *testing.T) {
	s := openTestAt(t, migrated.URL(t))
	c := newCommit(1, "a")
	c.Info.Error, c.Info.Cause = "zero \x00 byte", "not \xff UTF-8"
	mustCommit(t, s, c)
	if row, err := s.Load(t.Context(), 1); err != nil || row.Error != "zero \uFFFD byte" || row.Cause != "not \uFFFD UTF-8" {
		t.Errorf("%q, %q, %v", row.Error, row.Cause, err)
	}
	if _, err := s.Person(t.Context(), "\x00"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("looking for a zero byte: %v", err)
	}
	for _, id := range []workflow.OrderID{"\x00", "\xff"} {
		if _, err := s.OrderInfo(t.Context(), id); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("looking for order %q: %v", id, err)
		}
	}
}

// An administrator who runs old programs may have set how literals are read, for everybody.
func TestLiteralsMeanWhatTheySay(t *testing.T) {
	address := migrated.URL(t)
	onServer(t, address, `DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET standard_conforming_strings = off'; END $$`)
	s := uncounted(openTestAt(t, address))
	begin(t, s, 1, testStart)
	if ids, err := s.talliesToFold(t.Context()); err != nil || len(ids) != 1 {
		t.Errorf("%d groups to count, %v", len(ids), err)
	}
}

// What cannot be read is left out of the metrics, and does not keep the rest from being counted.
func TestMetricsGoOnBehindWhatIsDamaged(t *testing.T) {
	address := migrated.URL(t)
	s := uncounted(openTestAt(t, address))
	onServer(t, address, `INSERT INTO metric_tallies (id, tallies) VALUES (-1, 'nonsense')`)
	begin(t, s, 1, testStart)
	if err := s.countUp(t.Context(), true); err != nil {
		t.Error(err)
	}
	if ids, err := s.talliesToFold(t.Context()); err != nil || len(ids) != 0 {
		t.Errorf("%d groups are left, %v", len(ids), err)
	}
}

func TestUnusableServers(t *testing.T) {
	address := pgtest.URL(t)
	other := func(change func(u *url.URL)) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return u.String()
	}
	for _, test := range []struct {
		name, address string
		reason        OpenReason
		says          string
	}{
		{"no server", other(func(u *url.URL) { u.Host = "127.0.0.1:1" }), OpenUnreachable, "at 127.0.0.1:1 cannot be reached"},
		{"wrong password", other(func(u *url.URL) { u.User = url.UserPassword("countersign", "hunter2") }), OpenUnreachable, "mend user and password"},
		{"no database", other(func(u *url.URL) { u.Path = "/nothing" }), OpenUnreachable, "there is no database nothing"},
		{"no address", "postgres://user:hunter2%zz@host/database", OpenUnreachable, "write postgres://USER:PASSWORD@HOST"},
	} {
		err := openSaid(t, test.address, slog.DiscardHandler)
		wantOpenError(t, err, test.reason, test.says)
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "correct")) {
			t.Errorf("%s: the password stands in %v", test.name, err)
		}
	}
	if err := Fresh(t.Context(), address); err != nil {
		t.Error(err)
	}
	onServer(t, address, `CREATE TABLE bookmarks (url text)`)
	wantOpenError(t, Fresh(t.Context(), address), OpenInUse, "holds data; name an empty one")
	wantOpenError(t, openSaid(t, address, slog.DiscardHandler), OpenNotDatabase, "has tables of another program")
}

func TestAServerThatForgetsIsSaidLoudly(t *testing.T) {
	var said bytes.Buffer
	address := migrated.URL(t)
	if err := openSaid(t, address, slog.NewTextHandler(&said, nil)); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var fsync string
	if err := conn.QueryRow(t.Context(), "SHOW fsync").Scan(&fsync); err != nil {
		t.Fatal(err)
	}
	if forgets := fsync == "off"; forgets != strings.Contains(said.String(), "fsync=off") {
		t.Errorf("fsync=%s, and the log says %q", fsync, said.String())
	}
}

// Where the server answers before the disk has it, the writer asks for more.
func TestCommitsWaitForTheDisk(t *testing.T) {
	address := migrated.URL(t)
	u, _ := url.Parse(address)
	onServer(t, address, `ALTER DATABASE `+strings.TrimPrefix(u.Path, "/")+` SET synchronous_commit = off`)
	s := openTestAt(t, address)
	var setting string
	err := s.write(t.Context(), nil, func(tx *gorm.DB) error { return tx.Raw("SHOW synchronous_commit").Scan(&setting).Error })
	if err != nil || setting != "on" {
		t.Errorf("synchronous_commit=%s, %v", setting, err)
	}
}

func TestNamesAreOrderedByTheirBytes(t *testing.T) {
	s := openTestAt(t, migrated.URL(t))
	for _, name := range []string{"a", "B", "_", "ä", "Z"} {
		if err := s.AddPerson(t.Context(), Person{ID: name, Name: name, Email: name}, ""); err != nil {
			t.Fatal(err)
		}
	}
	people, err := s.People(t.Context())
	order := ""
	for _, p := range people {
		order += p.Name
	}
	if order != "BZ_aä" {
		t.Errorf("%q, %v", order, err)
	}
}

// What a new series is called is looked up in the transaction that makes it: when that is lost,
// the series is made again.
func TestAConnectionLostWhileMetricsAreWritten(t *testing.T) {
	address := migrated.URL(t)
	s := uncounted(openTestAt(t, address))
	begin(t, s, 1, testStart)
	ids, err := s.talliesToFold(t.Context())
	if err != nil || len(ids) == 0 {
		t.Fatalf("%d groups to count, %v", len(ids), err)
	}
	times := 0
	err = s.writeSheets(t.Context(), nil, func(tx *gorm.DB) error {
		if times++; times == 1 {
			endConnections(t, address)
		}
		return tx.Exec(`DELETE FROM metric_tallies`).Error
	})
	if err != nil || times != 2 {
		t.Errorf("performed %d times, %v", times, err)
	}
}

func TestWhoIsToBlameForAFailedRead(t *testing.T) {
	s := openTestAt(t, migrated.URL(t))
	ask := func(query string) error { return s.read(t.Context()).Exec(query).Error }
	if err := ask(`SELECT 1 FROM nothing`); err == nil || Unavailable(err) {
		t.Errorf("a statement that is wrong: %v", err)
	}
	for _, err := range []error{
		ask(`DO $$ BEGIN RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END $$`),
		ask(`DO $$ BEGIN RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = '55P03'; END $$`),
		ask(`DO $$ BEGIN RAISE EXCEPTION 'the database system is starting up' USING ERRCODE = '57P03'; END $$`),
		ask(`SELECT pg_terminate_backend(pg_backend_pid())`),
	} {
		if err == nil || !Unavailable(err) {
			t.Errorf("not available: %v", err)
		}
	}
}

// Of several servers, the one that has failed over to another may be silent rather than gone.
func TestASilentServerIsPassedOver(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	u, err := url.Parse(migrated.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = silent.Addr().String() + "," + u.Host
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := listenOn(t.Context(), tuned(config, nil))
	if err != nil {
		t.Fatal(err)
	}
	closeListener(conn)
}

// What a write was refused for may be in anybody's words.
func TestARefusalIsNotTakenForALostConnection(t *testing.T) {
	s := openTestAt(t, migrated.URL(t))
	times := 0
	err := s.write(t.Context(), nil, func(*gorm.DB) error {
		times++
		return fmt.Errorf("topic conn closed: %w", workflow.ErrExists)
	})
	if times != 1 || !errors.Is(err, workflow.ErrExists) || errors.Is(err, ErrUnwritable) {
		t.Errorf("performed %d times, %v", times, err)
	}
}

// A server without room takes changes that need none.
func TestAFullServerIsNotReady(t *testing.T) {
	s := uncounted(openTestAt(t, migrated.URL(t)))
	now := opening
	s.now = func() time.Time { return now }
	err := s.write(t.Context(), nil, func(tx *gorm.DB) error {
		return tx.Exec("DO $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$").Error
	})
	if !errors.Is(err, ErrUnwritable) {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); !errors.Is(err, ErrUnwritable) {
		t.Errorf("ready: %v", err)
	}
	now = now.Add(fullFor)
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}
