package upkeep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"countersign/models"
)

// Backup copies a database while it is in use.
type Backup struct {
	Database string `env:"DATABASE_URL" default:"countersign.db" placeholder:"FILE" help:"SQLite file to copy; a process may be using it."`
	NoVerify bool   `help:"Only copy; do not look whether file, books and histories are in order."`
	File     string `arg:"" help:"File to make. It appears when it is complete."`
}

// Run copies to a temporary name, verifies the copy, and only then gives it its name.
func (c *Backup) Run(ctx context.Context) error {
	if err := notPostgres(c.Database, "back it up with its own tools: pg_dump --format=custom --file=FILE \"$DATABASE_URL\""); err != nil {
		return err
	}
	if err := mustExist(c.Database, "name the database to back up with --database"); err != nil {
		return err
	}
	if c.File == "" {
		return UsageError("the name of the backup is empty; name a file that does not exist yet")
	}
	if strings.HasSuffix(c.File, partSuffix) {
		return UsageError(c.File + " has the name of an unfinished backup; choose one that does not end in " + partSuffix)
	}
	if err := mustNotExist(c.File); err != nil {
		return err
	}
	begun := time.Now()
	copied, err := copyOf(ctx, c.Database, c.File)
	if err != nil {
		return err
	}
	defer copied.discard()
	took := time.Since(begun)
	found := "not verified"
	if !c.NoVerify {
		if found, err = verified(ctx, copied.temporary, c.Database); err != nil {
			return fmt.Errorf("%w; there is no backup (--no-verify makes one all the same)", ofOriginal(c.Database, err))
		}
	}
	if err := copied.publish(); err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s, copied in %s; %s\n", c.File, megabytes(info.Size()), seconds(took), found)
	return nil
}

// ofOriginal says of the original what was found in its copy.
func ofOriginal(database string, err error) error {
	var found *models.OpenError
	if !errors.As(err, &found) {
		return err
	}
	of := *found
	of.Path, of.Message = database, strings.ReplaceAll(found.Message, found.Path, database)
	return &of
}

// verified says in words what is in a copy of a database, and prints what is wrong with it.
func verified(ctx context.Context, copied, name string) (string, error) {
	begun := time.Now()
	found, err := models.Verify(ctx, copied)
	if err != nil {
		return "", err
	}
	if err := complain(name, found.Problems); err != nil {
		return "", err
	}
	return fmt.Sprintf("file, books and histories are in order: %d orders, %d executions, %d history events (verified in %s)",
		found.Orders, found.Executions, found.Events, seconds(time.Since(begun))), nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
