package upkeep

import (
	"context"
	"fmt"
	"time"

	"countersign/models"
)

// Compact makes a database's file as small as it can be.
type Compact struct {
	Database string `env:"DATABASE_URL" default:"countersign.db" help:"SQLite file that no process uses."`
}

// Run needs room for a second copy while it works; interrupted, it has changed nothing.
func (c *Compact) Run(ctx context.Context) error {
	if err := notPostgres(c.Database, "its own VACUUM looks after it"); err != nil {
		return err
	}
	if err := mustExist(c.Database, "name the database to compact with --database"); err != nil {
		return err
	}
	began := time.Now()
	before, after, err := models.Compact(ctx, c.Database)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %s, was %s; took %s\n", c.Database, megabytes(after), megabytes(before), seconds(time.Since(began)))
	return nil
}
