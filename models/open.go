package models

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"countersign/workflow"
)

// Options say which database to open.
type Options struct {
	URL    string           // path of the SQLite file, made when it is absent
	Now    func() time.Time // absent: time.Now
	Logger *slog.Logger     // absent: slog.Default()
}

// Store is an open database. All its methods may be called from many goroutines.
type Store struct {
	dialect  dialect
	writer   *writer
	reader   *gorm.DB
	hub      hub
	meter    meter
	settings cache[any]
	started  cache[workflow.Deployment] // by the ARNs of state machines
	now      func() time.Time
	log      *slog.Logger
	release  []func() error // what Close undoes, last first
}

// Open opens the database, brings its tables up to date and takes exclusive use
// of it. A database that cannot be used is reported as an *OpenError.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{dialect: sqliteDialect{}, now: o.Now, log: o.Logger}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := s.open(ctx, o.URL); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, url string) error {
	path, err := usablePath(url)
	if err != nil {
		return err
	}
	lock, err := lockDatabase(path)
	if err != nil {
		return err
	}
	s.onClose(lock.release)
	if err := makeFile(path); err != nil {
		return err
	}
	for _, step := range []func(context.Context, string) error{newDatabase, s.openWriter, s.openReaders, s.openMeter} {
		if err := step(ctx, path); err != nil {
			return unusable(path, err)
		}
	}
	return nil
}

// openWriter opens the only connection that writes, and brings the tables up to date.
func (s *Store) openWriter(ctx context.Context, path string) error {
	pool, err := openSQLite(ctx, path, 1, writerPragmas)
	if err != nil {
		return err
	}
	s.onClose(pool.Close)
	if err := s.migrate(ctx, pool); err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	s.onClose(conn.Close)
	if err := checkDurable(ctx, conn); err != nil {
		return err
	}
	db, err := s.gorm(&writerConn{conn: conn})
	if err != nil {
		return err
	}
	file, err := openedFile(path)
	if err != nil {
		return err
	}
	if s.writer, err = startWriter(ctx, file, conn, db, s.log); err != nil {
		return err
	}
	s.onClose(s.writer.close)
	return nil
}

func (s *Store) openReaders(ctx context.Context, path string) error {
	pool, err := openSQLite(ctx, path, readerCount(), readerPragmas)
	if err != nil {
		return err
	}
	s.onClose(pool.Close)
	s.reader, err = s.gorm(pool)
	return err
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

// read is where queries start; it sees everything committed and cannot write.
func (s *Store) read(ctx context.Context) *gorm.DB { return s.reader.WithContext(ctx) }
