package models

import "context"

func (s *Store) openSQLite(ctx context.Context, url string) error {
	s.dialect, s.exclusive = sqliteDialect{}, true
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
	for _, step := range []func(context.Context, string) error{newDatabase, s.openWriter, s.openReaders} {
		if err := step(ctx, path); err != nil {
			return unusable(path, err)
		}
	}
	if err := s.openMeter(ctx); err != nil {
		return unusable(path, err)
	}
	if err := s.damage.tellTo(s.log, path); err != nil {
		return unusable(path, err)
	}
	return nil
}

// openWriter opens the only connection that writes, and brings the tables up to date.
func (s *Store) openWriter(ctx context.Context, path string) error {
	pool, err := openSQLite(ctx, path, 1, writerPragmas.watchedBy(&s.damage))
	if err != nil {
		return err
	}
	s.onClose(pool.Close)
	if err := s.checkMoved(ctx, path, pool); err != nil {
		return err
	}
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
	file, err := openedDatabase(path)
	if err != nil {
		return err
	}
	session, err := newSQLiteSession(ctx, file, &s.damage, conn, db)
	if err != nil {
		return err
	}
	s.writer = startWriter(&s.writing, maxGroup, session)
	s.onClose(s.writer.close)
	return nil
}

func (s *Store) openReaders(ctx context.Context, path string) error {
	pool, err := openSQLite(ctx, path, readerCount(), readerPragmas.watchedBy(&s.damage))
	if err != nil {
		return err
	}
	s.onClose(pool.Close)
	s.reader, err = s.gorm(pool)
	return err
}
