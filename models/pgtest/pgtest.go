// Package pgtest gives tests PostgreSQL databases of their own.
//
// They are made on the server that COUNTERSIGN_TEST_POSTGRES names, or else on a private
// cluster: started once for each test binary from the PostgreSQL that is installed, in a
// temporary directory, and gone with the process, however that ends. Where there is
// neither, a test is skipped with one line, or fails if COUNTERSIGN_TEST_NOTHING_SKIPPED=1.
//
// The package is for tests only and knows nothing of what is stored.
package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a server may take to start or to answer.
const patience = 60 * time.Second

var shared = sync.OnceValues(func() (server, error) {
	if given := os.Getenv("COUNTERSIGN_TEST_POSTGRES"); given != "" {
		return server{url: given}, nil
	}
	c, err := start(false)
	if err != nil {
		return server{}, err
	}
	common = c
	return c.server, nil
})

// common is the cluster of this process; it lives as long as something refers to it.
var common *Cluster

// URL makes an empty database that does not outlive the process. The cluster does not wait
// for the disk, so a crash of the machine would lose it; use Start where that matters.
func URL(t testing.TB) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		absent(t, err)
	}
	return s.database(t, "template0")
}

// absent says that there is no PostgreSQL.
func absent(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("COUNTERSIGN_TEST_NOTHING_SKIPPED") == "1" {
		t.Fatalf("there is no PostgreSQL to test with: %v", err)
	}
	t.Skipf("needs PostgreSQL (or COUNTERSIGN_TEST_POSTGRES=postgres://…): %v", err)
}

// Template makes databases that are alike, by copying one that is prepared once: quicker
// than preparing each.
type Template struct {
	Prepare func(url string) error

	once sync.Once
	name string
	err  error
}

// URL makes a database as URL does, prepared.
func (p *Template) URL(t testing.TB) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		absent(t, err)
	}
	p.once.Do(func() {
		if p.name, p.err = s.create("template0"); p.err == nil {
			p.err = p.Prepare(s.of(p.name))
		}
		if common == nil && p.err == nil { // somebody's server: nothing stays behind on it
			p.err = s.drop(p.name)
		}
	})
	if p.err != nil {
		t.Fatal("prepare a test database: ", p.err)
	}
	if common != nil {
		return s.database(t, p.name)
	}
	of := s.database(t, "template0")
	if err := p.Prepare(of); err != nil {
		t.Fatal("prepare a test database: ", err)
	}
	return of
}

// server is where databases can be made.
type server struct {
	url      string
	ours     bool   // it goes with this process
	strategy string // by which it copies databases; empty: by its own
}

func (s server) database(t testing.TB, template string) string {
	t.Helper()
	name, err := s.create(template)
	if err != nil {
		t.Fatal("make a test database: ", err)
	}
	if s.ours {
		return s.of(name) // gone with the cluster; dropping it costs a checkpoint
	}
	t.Cleanup(func() {
		if err := s.drop(name); err != nil {
			t.Logf("drop the test database: %v", err)
		}
	})
	return s.of(name)
}

func (s server) create(template string) (name string, err error) {
	name = "countersign_" + strings.ToLower(rand.Text()[:12])
	return name, s.execute("CREATE DATABASE " + name + " TEMPLATE " + template + " ENCODING 'UTF8'" + s.strategy)
}

func (s server) drop(name string) error {
	return s.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
}

// of is the address of a database.
func (s server) of(name string) string {
	of, err := url.Parse(s.url)
	if err != nil {
		return s.url // it was good enough to make the database with
	}
	of.Path = "/" + name
	return of.String()
}

func (s server) execute(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}
