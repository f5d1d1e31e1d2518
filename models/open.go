package models

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"countersign/workflow"
	"countersign/workflow/outage"
)

// Options say which database to open.
type Options struct {
	URL    string           // postgres://…, or the path of an SQLite file, made when it is absent
	Now    func() time.Time // absent: time.Now
	Logger *slog.Logger     // absent: slog.Default()
}

// Store is an open database. All its methods may be called from many goroutines.
type Store struct {
	dialect  dialect
	writer   *writer
	reader   *gorm.DB
	hub      hub
	hearers  hearers
	meter    meter
	settings cache[any]
	orders   orderCache // only if exclusive
	gathered gatherers
	started  cache[workflow.Deployment] // by the ARNs of state machines
	now      func() time.Time
	log      *slog.Logger
	release  []func() error // what Close undoes, last first

	fullAt    atomic.Int64 // Unix milliseconds: when PostgreSQL had no room; 0: never
	damage    damage       // of an SQLite file
	writing   outage.Log   // of writes that fail
	counting  outage.Log   // of metrics that cannot be counted
	exclusive bool
	moving    bool
	origin    string        // tells this process's notifications apart
	free      *writer       // of what needs no locks, on PostgreSQL
	lookups   gorm.ConnPool // of gatherers, on PostgreSQL
}

// Open opens the database and brings its tables up to date; of a file it takes exclusive
// use. A database that cannot be used is reported as an *OpenError.
func Open(ctx context.Context, o Options) (*Store, error) { return openStore(ctx, o, false) }

// openStore opens also, for Move alone, what Move has moved or has begun to fill.
func openStore(ctx context.Context, o Options, moving bool) (*Store, error) {
	s := &Store{now: o.Now, log: o.Logger, moving: moving, origin: rand.Text()[:8]}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.writing = outage.Log{Logger: s.log, Now: s.now, Over: "writes to the database succeed again"}
	s.counting = outage.Log{Logger: s.log, Now: s.now, Over: "metrics are counted again"}
	open := s.openSQLite
	if isPostgres(o.URL) {
		open = s.openPostgres
	}
	if err := open(ctx, o.URL); err != nil {
		_ = s.Close()
		return nil, err
	}
	s.gather()
	return s, nil
}

// gorm lays GORM over connections. The driver keeps prepared statements, so GORM need not.
func (s *Store) gorm(pool gorm.ConnPool) (*gorm.DB, error) {
	return gorm.Open(s.dialect.gorm(pool), &gorm.Config{
		NowFunc:                s.now,
		Logger:                 logger.Discard, // errors are returned, and callers log them
		SkipDefaultTransaction: true,           // the writer's group is the transaction
		TranslateError:         true,
	})
}

func (s *Store) onClose(f func() error) { s.release = append(s.release, f) }

// Close finishes the writes that are queued and closes the database. Writes that
// come later get an error. Closing twice does nothing.
func (s *Store) Close() error {
	var first error
	for len(s.release) > 0 {
		last := len(s.release) - 1
		if err := s.release[last](); err != nil && first == nil {
			first = err
		}
		s.release = s.release[:last]
	}
	return first
}

// Exclusive says that no other process can use the database at the same time.
func (s *Store) Exclusive() bool { return s.exclusive }

// read is where queries start; it sees everything committed and cannot write.
func (s *Store) read(ctx context.Context) *gorm.DB { return s.reader.WithContext(ctx) }
