package upkeep

import (
	"context"
	"fmt"
	"time"

	"countersign/models"
)

// Migrate moves an installation from an SQLite file to a PostgreSQL database.
type Migrate struct {
	From string `required:"" placeholder:"FILE" help:"SQLite file that no process uses."`
	To   string `required:"" env:"DATABASE_URL" placeholder:"URL" help:"An empty database: postgres://USER:PASSWORD@HOST:PORT/DATABASE."`
}

const progressEvery = 2 * time.Second

// Run says how far it has come, and goes on there when it is called again.
func (c *Migrate) Run(ctx context.Context) error {
	if !onServer(c.To) || onServer(c.From) {
		return UsageError("migrate goes from a file to a server: --from countersign.db --to postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	if err := mustExist(c.From, "name the file to move with --from"); err != nil {
		return err
	}
	said, tables, rows := time.Now(), 0, int64(0)
	err := models.Move(ctx, c.From, c.To, func(m models.Moving) {
		switch {
		case m.Done:
			tables, rows = tables+1, rows+m.Rows
			fmt.Printf("%s: %d rows, compared\n", m.Table, m.Rows)
		case time.Since(said) > progressEvery:
			said = time.Now()
			fmt.Printf("%s: %d rows so far\n", m.Table, m.Rows)
		}
	})
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted: %w; the same command goes on from here", ctx.Err())
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s is now %s: %d tables, %d rows, each compared.\nStart Countersign with that database (DATABASE_URL=postgres://…); the file is kept, and no Countersign starts on it any more.\n",
		c.From, models.Place(c.To), tables, rows)
	return nil
}
