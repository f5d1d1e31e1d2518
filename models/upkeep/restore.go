package upkeep

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"countersign/models"
)

// Restore brings a backup back.
type Restore struct {
	Database string `env:"DATABASE_URL" default:"countersign.db" placeholder:"FILE" help:"SQLite file to make."`
	Replace  bool   `help:"There is a database already: keep it beside the new one under another name."`
	File     string `arg:"" help:"The backup; it is only read."`
}

// Run verifies a copy of the backup before anything is changed. Whatever happens, the database
// is then either the one that was there or the restored one.
func (c *Restore) Run(ctx context.Context) error {
	if err := notPostgres(c.Database, "restore it with its own tools: pg_restore --dbname=\"$DATABASE_URL\" FILE"); err != nil {
		return err
	}
	if strings.HasSuffix(c.File, partSuffix) {
		return fmt.Errorf("%s is what an interrupted backup has left, and not whole; name a backup that was finished, and remove this one", c.File)
	}
	if err := mustExist(c.File, "name the backup to restore"); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(c.Database); err == nil {
		c.Database = real
	}
	release, err := models.LockDatabase(c.Database)
	if err != nil {
		return err
	}
	defer release()
	there := mustNotExist(c.Database) != nil
	if there && !c.Replace {
		return fmt.Errorf("%s exists; with --replace the backup takes its place, and it is kept under another name", c.Database)
	}
	copied, err := copyOf(ctx, c.File, c.Database)
	if err != nil {
		return unusableBackup(c.File, err)
	}
	defer copied.discard()
	found, err := verified(ctx, copied.temporary, c.File)
	if err != nil {
		return unusableBackup(c.File, err)
	}
	aside, undo, err := putAside(c.Database, time.Now())
	if err != nil {
		return err
	}
	if err := copied.publish(); err != nil {
		undo()
		return err
	}
	fmt.Printf("%s: restored from %s; %s\n", c.Database, c.File, found)
	if there {
		fmt.Printf("What was there before is now %s\n", aside)
	}
	return nil
}

// unusableBackup says that it is the backup that will not do, not the database.
func unusableBackup(file string, err error) error {
	var found *models.OpenError
	if !errors.As(err, &found) || found.Reason != models.OpenNotDatabase {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	detail := ""
	if found.Err != nil {
		detail = fmt.Sprintf(" (%v)", found.Err)
	}
	return &models.OpenError{Reason: found.Reason, Path: file, Err: err,
		Message: file + " is damaged, or no Countersign database" + detail + "; nothing was changed, try another backup"}
}
