package models

import (
	"context"
	"fmt"
	"os"

	"gorm.io/gorm"
)

// How a file becomes smaller: pages that are free are used again first, so that a few of them are
// worth their space; many are given back, few at a time.
const (
	freeShare     = 10   // a tenth of the file may be free
	freePages     = 2000 // and as many pages in any case
	shrinkPages   = 64
	incrementally = 2 // what PRAGMA auto_vacuum answers
)

// Shrink gives a little of what is free in the database's file back to the system; more says
// that there is more of it. A database made before 0013_retention keeps its size until Compact.
func (s *Store) Shrink(ctx context.Context) (more bool, err error) {
	if _, file := s.dialect.(sqliteDialect); !file {
		return false, nil
	}
	var mode, free, all int64
	row := s.read(ctx).Raw(`SELECT (SELECT auto_vacuum FROM pragma_auto_vacuum), (SELECT freelist_count FROM pragma_freelist_count),
		(SELECT page_count FROM pragma_page_count)`).Row()
	if err := row.Scan(&mode, &free, &all); err != nil {
		return false, fmt.Errorf("shrink the database: %w", err)
	}
	if mode != incrementally || free <= freePages || free < all/freeShare {
		return false, nil
	}
	err = s.write(ctx, nil, func(tx *gorm.DB) error {
		rows, err := tx.Raw(fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, shrinkPages)).Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() { // a page each
		}
		return rows.Err()
	})
	if err != nil {
		return false, fmt.Errorf("shrink the database: %w", err)
	}
	return true, nil
}

// Compact writes the database at path anew, without what is free in it, and lets it shrink by
// itself from then on. No process may be using it. It returns the sizes before and after.
func Compact(ctx context.Context, path string) (before, after int64, err error) {
	path, err = usablePath(path)
	if err != nil {
		return 0, 0, err
	}
	lock, err := lockDatabase(path)
	if err != nil {
		return 0, 0, err
	}
	defer lock.release()
	if before, err = sizeOf(path); err != nil {
		return 0, 0, err
	}
	if err := vacuum(ctx, path); err != nil {
		return 0, 0, unusable(path, err)
	}
	after, err = sizeOf(path)
	return before, after, err
}

func vacuum(ctx context.Context, path string) (err error) {
	db, err := openSQLite(ctx, path, 1, settings{dsn: writerPragmas.dsn, pragmas: []string{shrinkable}})
	if err != nil {
		return err
	}
	defer func() {
		if closed := db.Close(); err == nil {
			err = closed
		}
	}()
	for _, statement := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, unusable(path, err)
	}
	return info.Size(), nil
}
