package upkeep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"countersign/models"
)

// Audit checks what is stored.
type Audit struct {
	Database string `env:"DATABASE_URL" default:"countersign.db" placeholder:"FILE" help:"SQLite file that no process uses, or postgres://… at any time."`
}

// Run prints every violation. Unlike serve it makes no database: of a name with a typing
// mistake it would say that all is well.
func (c *Audit) Run(ctx context.Context) error {
	if err := mustHoldSomething(ctx, c.Database, "name the database to check with --database"); err != nil {
		return err
	}
	store, err := models.Open(ctx, models.Options{URL: c.Database, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer store.Close()
	name := models.Place(c.Database)
	if err := inOrder(ctx, store, name); err != nil {
		return err
	}
	what := "file, books and histories"
	if onServer(c.Database) {
		what = "books and histories"
	}
	fmt.Printf("%s: %s are in order\n", name, what)
	return nil
}

// mustHoldSomething refuses a file that does not exist and an empty database on a server.
func mustHoldSomething(ctx context.Context, database, advice string) error {
	if !onServer(database) {
		return mustExist(database, advice)
	}
	err := models.Fresh(ctx, database)
	var held *models.OpenError
	switch {
	case err == nil:
		at := models.Place(database)
		return &models.OpenError{Reason: models.OpenUnreachable, Path: at, Message: at + " is empty; " + advice}
	case errors.As(err, &held) && held.Reason == models.OpenInUse:
		return nil
	}
	return err
}

func mustExist(path, advice string) error {
	if path == "" {
		return UsageError("the name of the file is empty; " + advice)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return &models.OpenError{Reason: models.OpenUnreachable, Path: path, Err: err, Message: path + " does not exist; " + advice}
	}
	return nil
}

// inOrder looks into the file, the books and histories of a database.
func inOrder(ctx context.Context, store *models.Store, name string) error {
	file, err := store.CheckFile(ctx)
	if err != nil {
		return err
	}
	books, err := store.CheckBooks(ctx)
	if err != nil {
		return err
	}
	histories, err := store.CheckHistories(ctx)
	if err != nil {
		return err
	}
	return complain(name, slices.Concat(file, books, histories))
}

// complain prints what is wrong with a database, if anything is.
func complain(name string, problems []string) error {
	for _, problem := range problems {
		fmt.Println(problem)
	}
	switch n := len(problems); n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s: one thing is wrong", name)
	default:
		return fmt.Errorf("%s: %d things are wrong", name, n)
	}
}

// UsageError says that a command was called for what it is not there for.
type UsageError string

func (e UsageError) Error() string { return string(e) }

func onServer(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// notPostgres refuses to do with files what PostgreSQL's own tools do. The URL may hold a
// password and is not repeated.
func notPostgres(database, advice string) error {
	if onServer(database) {
		return UsageError("the database is in PostgreSQL; " + advice)
	}
	return nil
}
